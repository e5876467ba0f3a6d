"""Triggers and schedules: the intents of a process for an event from outside, and its planned tickets. Pure.

See LANGUAGE, section 8. No ticket is read here: an intent names tickets by a key or a match, and its performer finds
them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from definitions.expressions import EvaluationFailed, Scope, compile_expression
from definitions.expressions.trigger_scopes import schedule_scope, trigger_scope
from definitions.schema.model import Json
from definitions.schema.process import Process, Schedule, Trigger
from definitions.times import Instant
from workflows.engine.compiled import Compiled
from workflows.engine.draft.field_values import WrongValue, read_value

CALENDAR_CHANGED = "stanchion.calendar_changed"
"""The type of the event for a change of a freeze or a maintenance window at run time (LANGUAGE, section 8)."""
LONGEST_KEY = 1_000
"""The maximum length of a correlation key, in characters."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event from outside, by the attributes of CloudEvents 1.0."""

    type: str
    id: str
    source: str
    """The attribute as sent, which is not the authenticated sender."""
    data: Json = None
    subject: str | None = None
    time: Instant | None = None
    hops: int = 0
    """The links of the chain that has led here, where a request of a ticket has brought the event."""
    chain: str = ""
    """The id of that chain."""


@dataclass(frozen=True, slots=True)
class StartIntent:
    """Open a ticket, unless a ticket with the same key is open. ``trigger`` is the index of the trigger."""

    trigger: int
    fields: Mapping[str, Json]
    key: str | None = None


@dataclass(frozen=True, slots=True)
class SendIntent:
    """Send an event to the open ticket with this key, or to every open ticket with these values (one of both)."""

    trigger: int
    event: str
    fields: Mapping[str, Json] = field(default_factory=dict)
    key: str | None = None
    match: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class NoIntent:
    """A trigger whose evaluation failed: reported in the log and the response, and never raised."""

    trigger: int
    reason: str


Intent = StartIntent | SendIntent | NoIntent


@dataclass(frozen=True, slots=True)
class PlannedTicket:
    """A ticket that a schedule opens; ``each`` is its service if the schedule has ``each: services``."""

    fields: Mapping[str, Json]
    each: str | None = None


def intents(compiled: Compiled, event: Occurrence, source: str, now: Instant) -> tuple[Intent, ...]:
    """The intents of a process's triggers for an event, in their order.

    ``source`` is the authenticated sender; ``now`` (UTC seconds) is the time of arrival.
    """
    bound: dict[str, Json] = {
        "event.data": event.data,
        "event.type": event.type,
        "event.source": event.source,
        "event.subject": event.subject,
        "event.id": event.id,
        "event.time": event.time,
        "actor.id": f"source:{source}",
        "now": now,
    }
    evaluate = _evaluator(compiled, _scope(compiled, "trigger", trigger_scope), bound)
    found = (
        _intent(compiled.process, index, trigger, evaluate)
        for index, trigger in enumerate(compiled.process.triggers)
        if trigger.on == event.type
    )
    return tuple(intent for intent in found if intent is not None)


def planned(
    compiled: Compiled, schedule: Schedule, services: tuple[str, ...], at: Instant
) -> tuple[PlannedTicket, ...]:
    """The tickets that a schedule opens for the moment ``at`` (UTC seconds). Raises EvaluationFailed."""
    each = schedule.each is not None
    scope = _scope(compiled, f"schedule {each}", lambda process: schedule_scope(process, each=each))
    found = []
    for service in services if each else (None,):
        evaluate = _evaluator(compiled, scope, {"now": at, "each": service})
        found.append(PlannedTicket({name: evaluate(value) for name, value in schedule.start.items()}, service))
    return tuple(found)


def in_force(schedules: Iterable[Schedule], written: Schedule) -> Schedule | None:
    """The schedule of a process that stands for ``written`` today: the same, or the same after an edit.

    An edit keeps the times, or what is opened: a schedule with neither is another schedule. None if it was removed.
    """
    known = tuple(schedules)
    if written in known:
        return written
    for same in (_times, _tickets):
        edited = [one for one in known if same(one) == same(written)]
        if len(edited) == 1:
            return edited[0]
    return None


def _times(schedule: Schedule) -> tuple[Json, ...]:
    return schedule.cron, schedule.time_zone


def _tickets(schedule: Schedule) -> tuple[Json, ...]:
    return schedule.each, schedule.start


Evaluate = Callable[[Json], Json]
_scopes: dict[tuple[str, str], Scope] = {}
"""Scopes by the digest of the process and the kind of expressions: a scope caches its compiled expressions."""


def _scope(compiled: Compiled, kind: str, make: Callable[[Process], Scope]) -> Scope:
    known = _scopes.get((compiled.digest, kind))
    if known is None:
        known = _scopes[compiled.digest, kind] = make(compiled.process)
    return known


def _evaluator(compiled: Compiled, scope: Scope, bound: Mapping[str, Json]) -> Evaluate:
    tables = {f"tables.{name}": rows for name, rows in compiled.process.tables.items()}

    def evaluate(written: Json) -> Json:
        """Evaluates text that starts with ``=``, also within lists and mappings; any other value is literal."""
        if isinstance(written, str) and written.startswith("="):
            return compile_expression(written[1:], scope).evaluate({**tables, **bound}, compiled.wall_clock)
        if isinstance(written, list | tuple):
            return [evaluate(one) for one in written]
        if isinstance(written, Mapping):
            return {key: evaluate(one) for key, one in written.items()}
        return written

    return evaluate


def _intent(process: Process, index: int, trigger: Trigger, evaluate: Evaluate) -> Intent | None:
    try:
        if trigger.when is not None and evaluate(f"={trigger.when}") is not True:
            return None
    except EvaluationFailed as failure:
        return NoIntent(index, f"when: {failure}")
    try:
        key = None if trigger.key is None else _key(evaluate(trigger.key))
        if trigger.start is not None:
            return StartIntent(index, {name: evaluate(value) for name, value in trigger.start.items()}, key)
        form = {name: evaluate(value) for name, value in trigger.with_.items()}
        match = None if trigger.match is None else dict(_matched(process, trigger.match, evaluate))
        return SendIntent(index, str(trigger.send), form, key, match)
    except (EvaluationFailed, WrongValue) as failure:
        return NoIntent(index, str(failure))


def _key(value: Json) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        shown = "nothing" if value in (None, "") else json.dumps(value, ensure_ascii=False)
        raise WrongValue(f"key: takes text or a whole number, not {shown}"[:200])
    text = str(value)
    if len(text) > LONGEST_KEY:
        raise WrongValue(f"key: longer than {LONGEST_KEY} characters")
    return text


def _matched(process: Process, match: Mapping[str, Json], evaluate: Evaluate) -> Iterator[tuple[str, Json]]:
    """The values in the form in which tickets hold them: datetimes in UTC, numbers as numbers; no value is null."""
    for name, written in match.items():
        try:
            value = read_value(process.fields[name], evaluate(written))
            yield name, None if value == [] else value
        except WrongValue as wrong:
            raise WrongValue(f"match: {name} {wrong}") from wrong
