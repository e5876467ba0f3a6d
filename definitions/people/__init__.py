"""People, teams, roles and services: how principals are written, whom they mean, and which ids exist."""
