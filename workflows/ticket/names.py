"""The names that a ticket goes by in Temporal, each made in one place."""

from __future__ import annotations

TASK_QUEUE = "stanchion"
"""Where workers look for tickets unless a setting says otherwise."""

EVENT = "event"
"""The update, and the signal of the same name, that brings an event to a ticket."""

ANSWER = "answer"
"""The signal that tells a ticket what became of an event that it has sent to another one."""

CHILD_ENDED = "child_ended"
"""The signal that tells a ticket that one of its children has ended."""

ORGANIZATION_CHANGED = "organization_changed"
"""The signal that tells a ticket that people whom it waits for may have left."""

SNAPSHOT = "snapshot"
EXPLAIN = "explain"
ANSWERED = "answered"
CARRIES = "carries"
"""Queries."""

REFUSED = "refused:"
"""The type of an ApplicationError that carries a refusal is this and the refusal's code."""

LAZY_TIMER = 2
"""The interpreter version since which a timer that rings too early is left alone."""

INTERPRETER = LAZY_TIMER
"""The version of the shell's and the core's behaviour that a new run starts with; a run keeps its own to its end."""

_PREFIX = "ticket:"


def workflow_id(key: str) -> str:
    """The workflow id of a ticket."""
    return _PREFIX + key


def ticket_key(workflow: str) -> str:
    """The ticket of a workflow id; raises ValueError for an id that is not a ticket's."""
    if not workflow.startswith(_PREFIX):
        raise ValueError(f"{workflow!r} is not the workflow id of a ticket")
    return workflow.removeprefix(_PREFIX)
