"""Notifications: texts, channels, and the outbox behind all channels."""
