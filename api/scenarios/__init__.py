"""Scenarios on a real Temporal server in skipped time."""
