"""Definition files as text.

A strict reader turns YAML into plain data and keeps the position of every key and value. Every problem with a file is a
``Problem``: file, line, column, code, message, object and hint.
"""
