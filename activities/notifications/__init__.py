"""Telling people: texts, channels, and an outbox behind all of them."""
