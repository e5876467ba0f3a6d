"""Permissions on a ticket: its actions and its viewers."""
