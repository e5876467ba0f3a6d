"""Migration: moves a ticket to another definition, or to new calendars, in one step or not at all.

Theory of operation. A ticket keeps the definition and the calendars with which it was opened, until a person migrates
it. A ``Route`` pairs the snapshot with both definitions and a map of state ids; ``transfer.migrate`` collects every
reason against it (states, fields, blocks under way, controls), and refuses with all of them and their
remedies. Otherwise each part of the snapshot is carried over by its own module: facts are kept (visits, votes,
intervals of clocks), and deadlines are computed from them by the new definition, never from the time of the migration.
A part whose meaning differs is forgotten or begins anew. No step of ``entry``, ``exit`` or ``do`` is performed;
afterwards the ticket runs to completion as after every event. ``preview`` tries a migration and reports the
differences.

Reading order: route, transfer; then values, timing, questions, blocks, ledgers, controls, preview.
"""

from __future__ import annotations

from workflows.engine.migration.preview import Preview, preview
from workflows.engine.migration.transfer import migrate

__all__ = ["Preview", "migrate", "preview"]
