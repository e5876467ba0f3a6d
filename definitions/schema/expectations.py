"""The expectations of scenarios (LANGUAGE, section 9)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from definitions.schema.model import Called, EventName, Identifier, Json, Listed, Model, PersonId, Some
from definitions.times import to_instant

_FIRST, _AFTER = to_instant("1900-01-01T00:00:00Z"), to_instant("3000-01-01T00:00:00Z")


def _instant(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("write a moment as 2026-03-14T20:00:00+01:00")
    try:
        instant = to_instant(value)
    except ValueError as error:
        raise ValueError("write a moment as 2026-03-14T20:00:00+01:00") from error
    if not _FIRST <= instant < _AFTER:
        raise ValueError("a scenario is played in the years 1900 to 2999")
    return instant


Instant = Annotated[int, BeforeValidator(_instant, json_schema_input_type=str), Called("moment")]
"""UTC seconds; written as RFC 3339 text with its offset."""
Length = Annotated[str, Called("length")]
"""Hours, minutes and seconds, in the form of results: ``3m45s``."""


class ClockExpectation(Model, title="Expected service level"):
    """The expected values of a service level now."""

    status: Literal["waiting", "running", "paused", "met", "breached", "canceled"] | None = None
    """The status of its run. A run that is ``waiting`` has not begun."""
    due: Instant | None = None
    """The due time. For a paused clock, the due time if the clock continued now."""
    elapsed: Length | None = None
    """The working time since it began, without pauses."""
    actual: Length | None = None
    """All of the time since it began."""
    remaining: Length | None = None
    """The working time until it is due; negative if it is overdue."""
    breached_at: Instant | None = None
    """The time of the breach."""


class ExpectedNotice(Model, title="Notice"):
    """A notification of one person."""

    to: PersonId
    """The person notified."""
    template: Identifier | None = None
    """The template used."""
    reason: (
        Literal["approval_requested", "approval_withdrawn", "reminder", "task_assigned", "ticket_assigned", "problem"]
        | None
    ) = None
    """The reason, for a notification of the engine itself, without a step of the process."""


class ExpectedStart(Model, title="Started ticket"):
    """A ticket, or a workflow written in Python, that this ticket or a trigger started."""

    process: Identifier | None = None
    """The process of the ticket."""
    workflow: Identifier | None = None
    """The name of the workflow written in Python."""
    key: str | None = None
    """The key of the ticket. Scenarios count: PRB-1, PRB-2 …"""
    with_: dict[Identifier, Json] = Field(default_factory=dict, alias="with")
    """The fields it was opened with. Only the fields given here are compared."""
    fields: dict[Identifier, Json] = Field(default_factory=dict)
    """Another name for ``with``."""
    link: Identifier | None = None
    """The field of this ticket that holds the new ticket's key."""


class ExpectedSend(Model, title="Sent event"):
    """An event that this ticket sent to other tickets."""

    event: EventName
    """The name of the event."""
    to: Some[str] | None = None
    """The receivers: keys, or the words of the step: ``parent``, ``children``, ``link:x``, ``linked:x``."""
    with_: dict[Identifier, Json] = Field(default_factory=dict, alias="with")
    """The values that the event carried."""


class Expect(Model):
    """What must hold now. Only the keys given here are compared: mappings key by key, lists whole and in order."""

    state: Some[Identifier] | None = None
    """The innermost active state; a list for parallel regions."""
    fields: dict[str, Json] = Field(default_factory=dict)
    """The values of fields; null for an unset field. Times are compared as moments, durations by length."""
    assignee: str | None = None
    """The assignee, as assigned; null for no assignee."""
    watchers: Listed[str] = ()
    """The watchers, as added by ``watch``, in order."""
    tags: Listed[str] = ()
    """The tags of the active states."""
    allowed: Listed[EventName] = ()
    """The events that ``as`` could send now."""
    service_levels: dict[Identifier, ClockExpectation] = Field(default_factory=dict)
    """The values of its service levels, by id."""
    notified: Listed[ExpectedNotice] = ()
    """The notifications since the last ``expect``, in order."""
    started: Listed[ExpectedStart] = ()
    """The tickets and workflows started since the last ``expect``."""
    sent: Listed[ExpectedSend] = ()
    """The events sent to other tickets since the last ``expect``."""
    open_approvals: Listed[PersonId] = ()
    """The people whose approval is still open."""
    open_tasks: Listed[str] = ()
    """The ids of the open tasks."""
