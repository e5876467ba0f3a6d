"""What a scenario expects (LANGUAGE, section 9)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from definitions.schema.model import Called, EventName, Identifier, Json, Listed, Model, PersonId, Some
from definitions.times import to_instant


def _instant(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("a moment is written as 2026-03-14T20:00:00+01:00")
    try:
        return to_instant(value)
    except ValueError as error:
        raise ValueError("a moment is written as 2026-03-14T20:00:00+01:00") from error


Instant = Annotated[int, BeforeValidator(_instant, json_schema_input_type=str), Called("moment")]
"""UTC seconds; written as RFC 3339 text with its offset."""
Length = Annotated[str, Called("length")]
"""Hours, minutes and seconds, as results show them: ``3m45s``."""


class ClockExpectation(Model, title="Expected service level"):
    """What a service level must say now."""

    status: Literal["waiting", "running", "paused", "met", "breached", "canceled"] | None = None
    """How its run stands; ``waiting`` has not begun."""
    due: Instant | None = None
    """When it is due; of a paused clock, as if it went on now."""
    elapsed: Length | None = None
    """Working time that has run, without pauses."""
    actual: Length | None = None
    """All time since it began."""
    remaining: Length | None = None
    """Working time that is left; negative when it is overdue."""
    breached_at: Instant | None = None
    """When it was breached."""


class ExpectedNotice(Model, title="Notice"):
    """One notice to one person."""

    to: PersonId
    """Who was told."""
    template: Identifier | None = None
    """By which template."""
    reason: Literal["approval_requested", "approval_withdrawn", "reminder", "task_assigned", "problem"] | None = None
    """Why, where the engine tells it and not a step of the process."""


class ExpectedStart(Model, title="Started ticket"):
    """A ticket, or a workflow written in Python, that this ticket or a trigger has started."""

    process: Identifier | None = None
    """Of which process."""
    workflow: Identifier | None = None
    """The name of a workflow written in Python."""
    key: str | None = None
    """Its key. Scenarios count: PRB-1, PRB-2 …"""
    with_: dict[Identifier, Json] = Field(default_factory=dict, alias="with")
    """What it was opened with; only the fields that are given are compared."""
    fields: dict[Identifier, Json] = Field(default_factory=dict)
    """Another word for ``with``."""
    link: Identifier | None = None
    """The field of this ticket that points to it."""


class ExpectedSend(Model, title="Sent event"):
    """An event that this ticket has sent to others."""

    event: EventName
    """Its name."""
    to: Some[str] | None = None
    """To whom: keys, or as the step has it: ``parent``, ``children``, ``link:x``, ``linked:x``."""
    with_: dict[Identifier, Json] = Field(default_factory=dict, alias="with")
    """The values that it carried."""


class Expect(Model):
    """What must hold now. Only what is given is compared: mappings on their keys, lists whole and in order."""

    state: Some[Identifier] | None = None
    """The state that is active, innermost; a list for parallel regions."""
    fields: dict[str, Json] = Field(default_factory=dict)
    """Values of its fields; null where one is unset. Times are compared as moments, durations by length."""
    assignee: str | None = None
    """To whom it is assigned, as it was assigned; null for nobody."""
    tags: Listed[str] = ()
    """The tags of the states that are active."""
    allowed: Listed[EventName] = ()
    """The events that ``as`` could send now."""
    service_levels: dict[Identifier, ClockExpectation] = Field(default_factory=dict)
    """What its clocks say, by id."""
    notified: Listed[ExpectedNotice] = ()
    """Who was told since the last ``expect``, in order."""
    started: Listed[ExpectedStart] = ()
    """What was started since the last ``expect``."""
    sent: Listed[ExpectedSend] = ()
    """What was sent since the last ``expect``."""
    open_approvals: Listed[PersonId] = ()
    """Who is still asked."""
    open_tasks: Listed[str] = ()
    """Which tasks are open, by id."""
