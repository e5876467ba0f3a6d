"""Loads folders of definition files.

Files are read, validated against the language's models, merged and checked. The result holds the processes that can
run, the organization, templates and scenarios, and every problem of every file.
"""
