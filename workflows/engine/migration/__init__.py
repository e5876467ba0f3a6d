"""Moving a ticket to another definition, or to new calendars: an explicit act, all of it or nothing."""

from __future__ import annotations

from workflows.engine.migration.preview import Preview, preview
from workflows.engine.migration.transfer import migrate

__all__ = ["Preview", "migrate", "preview"]
