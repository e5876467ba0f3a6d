"""Scenarios on a real Temporal server that skips time."""
