"""The world: what changes outside of a ticket's history. Records, people, calendars, notifications."""
