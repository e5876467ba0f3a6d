"""The records store: all tickets, for years. SQLite file or PostgreSQL, one idempotent transaction a macrostep."""
