"""Moving a ticket to another definition, or to new calendars: an explicit act, all of it or nothing."""

from __future__ import annotations

from workflows.engine.migration.migrating import migrate
from workflows.engine.migration.previewing import Preview, preview

__all__ = ["Preview", "migrate", "preview"]
