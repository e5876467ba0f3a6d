"""People, teams, roles and services: who is who, how principals are written, who a reference means."""
