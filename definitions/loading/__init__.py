"""Folders of files become processes and an organization that can run, or problems with their places."""
