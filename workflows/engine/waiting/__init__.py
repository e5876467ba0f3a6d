"""What a state waits for: approvals, tasks, automation and children; and the timers of its transitions.

A block lives for one visit to its state. ``enter`` keeps it in the snapshot, with absolute deadlines, and wants
effects: who approves, what runs. Answers and people's events come through ``step`` and are written to it. Time comes
as ``remind`` and ``fire``, in the one order of ``workflows.engine.due_order``. When it is over it appends an
``Outcome`` to the draft: ``run_to_completion`` offers it to the chart as an event, once or until a transition takes
it. ``leave`` withdraws what is open then. All chart content, ``step``, deadlines and explanations go over ``BLOCKS``.

To add a block:

- its model and ``OUTCOMES`` in ``definitions.schema.waiting``, its key in ``definitions.schema.states.State``, an
  example in ``definitions/schema/examples``, and ``python -m definitions.documents.json_schema --write``;
- what a ticket remembers of it in ``model.snapshot``, in ``draft.view`` and in ``draft.draft``;
- its module here, and its name in ``BLOCKS``: mypy holds it against ``Block``;
- what becomes of it in a migration: its line in ``CARRIED`` of ``migration.blocks``.

An answer or an event of its own is a new class in ``model.events``: ``step`` then does not type-check until it
handles it.
"""

from __future__ import annotations

from workflows.engine.waiting import approvals, children, runs, tasks
from workflows.engine.waiting.block import Block

BLOCKS: tuple[Block, ...] = (approvals, tasks, runs, children)
"""In the order in which they are entered, left and fired."""
