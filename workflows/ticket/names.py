"""The names of a ticket in Temporal: workflow id, update, signals, queries; each is made here alone."""

from __future__ import annotations

TASK_QUEUE = "stanchion"
"""The task queue of tickets, unless a setting names another."""

EVENT = "event"
"""The update, and the signal of the same name, that brings an event to a ticket."""

ANSWER = "answer"
"""The signal that answers an event which the ticket has sent: taken or refused."""

CHILD_ENDED = "child_ended"
"""The signal that reports the end of a child."""

ORGANIZATION_CHANGED = "organization_changed"
"""The signal that reports a changed organization: approvers and task holders may have left."""

SETTLE = "settle"
"""The signal that asks a ticket to record itself as it is, because its record is ahead of its history."""

SNAPSHOT = "snapshot"
EXPLAIN = "explain"
ANSWERED = "answered"
CARRIES = "carries"
"""Queries."""

NUMBERED = "numbered"
"""The memo of a ticket's workflow that holds its ``NumberedStart``."""

FAILURES = 2
"""Failures of a workflow task in a row after which its ticket is stuck. One failure may be a worker that stopped."""

PROBE = "stanchion_probe"
ALIVE = "alive"
"""The workflow that shows whether a worker answers, and its query."""

REFUSED = "refused:"
"""The type of an ApplicationError that carries a refusal is this and the refusal's code."""

_PREFIX = "ticket:"


def workflow_id(key: str) -> str:
    """The workflow id of a ticket."""
    return _PREFIX + key


def probe_id(task_queue: str) -> str:
    """The workflow id of the probe of a task queue's workers."""
    return f"probe:{task_queue}"


def ticket_key(workflow: str) -> str:
    """The ticket of a workflow id; raises ValueError for an id that is not a ticket's."""
    if not workflow.startswith(_PREFIX):
        raise ValueError(f"{workflow!r} is not the workflow id of a ticket")
    return workflow.removeprefix(_PREFIX)
