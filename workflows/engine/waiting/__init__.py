"""The waiting blocks of a state: approvals, tasks, automation and children; and the timers of its transitions.

A block lives for one visit to its state. ``enter`` writes it to the snapshot, with absolute deadlines, and adds its
effects: a look-up of approvers, a run. ``step`` writes answers and people's events to it. ``remind`` and ``fire`` bring
it time, in the order of ``workflows.engine.due_order``. A block that ends appends an ``Outcome`` to the draft, and
``run_to_completion`` offers the outcome to the chart as an event, once or until a transition takes it. ``leave``
withdraws everything that is still open. Chart content, ``step``, deadlines and explanations iterate over ``BLOCKS``.

To add a block, write:

- its model and ``OUTCOMES`` in ``definitions.schema.waiting``, its key in ``definitions.schema.states.State``, an
  example in ``definitions/schema/examples``, and run ``python -m definitions.documents.json_schema --write``;
- its state in ``model.snapshot``, ``draft.view`` and ``draft.draft``;
- its module in this package, with its name in ``BLOCKS``: mypy checks it against ``Block``;
- its migration, a line in ``CARRIED`` of ``migration.blocks``.

An answer or event of the block is a new class in ``model.events``. ``step`` does not type-check until it handles the
class.
"""

from __future__ import annotations

from workflows.engine.waiting import approvals, children, runs, tasks
from workflows.engine.waiting.block import Block

BLOCKS: tuple[Block, ...] = (approvals, tasks, runs, children)
"""The blocks in the order in which they are entered, left and fired."""
