"""What an event from outside means to a process, and what its schedules open (LANGUAGE, section 8). Pure.

Nothing here looks at tickets: a key or a match says which ones, and who performs the intents finds them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from definitions.expressions import EvaluationFailed, Scope, compile_expression
from definitions.expressions.trigger_scopes import schedule_scope, trigger_scope
from definitions.schema.model import Json
from definitions.schema.process import Process, Schedule, Trigger
from definitions.times import Instant
from workflows.engine.compiled import Compiled
from workflows.engine.draft.field_values import WrongValue, read_value

CALENDAR_CHANGED = "stanchion.calendar_changed"
"""The type of the event that a freeze or a maintenance window has changed while running (LANGUAGE, section 8)."""
LONGEST_KEY = 1_000
"""Characters of a correlation key."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event from outside, by the attributes of CloudEvents 1.0."""

    type: str
    id: str
    source: str
    """The attribute, as sent: not who is authenticated."""
    data: Json = None
    subject: str | None = None
    time: Instant | None = None


@dataclass(frozen=True, slots=True)
class StartIntent:
    """Open a ticket; with a key, unless one of the same key is open. ``trigger`` is its place in the process."""

    trigger: int
    fields: Mapping[str, Json]
    key: str | None = None


@dataclass(frozen=True, slots=True)
class SendIntent:
    """Send an event to the open ticket of this key, or to every open one with these values (exactly one of both)."""

    trigger: int
    event: str
    fields: Mapping[str, Json] = field(default_factory=dict)
    key: str | None = None
    match: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class NoIntent:
    """A trigger of this type of event that could not be decided: for the log and the answer, never an exception."""

    trigger: int
    reason: str


Intent = StartIntent | SendIntent | NoIntent


@dataclass(frozen=True, slots=True)
class Planned:
    """One ticket that a schedule opens; ``each`` is the service with ``each: services``."""

    fields: Mapping[str, Json]
    each: str | None = None


def intents(compiled: Compiled, event: Occurrence, source: str, now: Instant) -> tuple[Intent, ...]:
    """What the triggers of a process want done for an event, in their order.

    ``source`` is the machine that sent it, as authenticated; ``now`` (UTC seconds) is when it came.
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


def planned(compiled: Compiled, schedule: Schedule, services: tuple[str, ...], at: Instant) -> tuple[Planned, ...]:
    """The tickets that a schedule opens for the moment ``at`` (UTC seconds). Raises EvaluationFailed."""
    each = schedule.each is not None
    scope = _scope(compiled, f"schedule {each}", lambda process: schedule_scope(process, each=each))
    found = []
    for service in services if each else (None,):
        evaluate = _evaluator(compiled, scope, {"now": at, "each": service})
        found.append(Planned({name: evaluate(value) for name, value in schedule.start.items()}, service))
    return tuple(found)


Evaluate = Callable[[Json], Json]
_scopes: dict[tuple[str, str], Scope] = {}
"""By the digest of the process and the kind of expressions: a scope remembers what was compiled in it."""


def _scope(compiled: Compiled, kind: str, make: Callable[[Process], Scope]) -> Scope:
    known = _scopes.get((compiled.digest, kind))
    if known is None:
        known = _scopes[compiled.digest, kind] = make(compiled.process)
    return known


def _evaluator(compiled: Compiled, scope: Scope, bound: Mapping[str, Json]) -> Evaluate:
    tables = {f"tables.{name}": rows for name, rows in compiled.process.tables.items()}

    def evaluate(written: Json) -> Json:
        """A value as written: literal, unless it is text that starts with ``=``; inside lists and mappings too."""
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
        raise WrongValue(f"key: text is needed, not {value!r}"[:200])
    text = str(value)
    if len(text) > LONGEST_KEY:
        raise WrongValue(f"key: longer than {LONGEST_KEY} characters")
    return text


def _matched(process: Process, match: Mapping[str, Json], evaluate: Evaluate) -> Iterator[tuple[str, Json]]:
    """The values as tickets hold them: a datetime in UTC, a number as a number."""
    for name, written in match.items():
        try:
            yield name, read_value(process.fields[name], evaluate(written))
        except WrongValue as wrong:
            raise WrongValue(f"match: {name} {wrong}") from wrong
