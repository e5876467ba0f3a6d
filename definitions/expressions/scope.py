"""The names that an expression of a process may use, each with its kind (LANGUAGE, section 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from definitions.expressions.kinds import (
    ANY,
    BOOLEAN,
    DURATION,
    INTEGER,
    NUMBER,
    OF_FIELD,
    TEXT,
    TIME,
    Kind,
    list_of,
    map_of,
)
from definitions.expressions.shapes import Shape
from definitions.schema.model import DURATION as DURATION_TEXT
from definitions.schema.model import Json
from definitions.schema.process import FieldSpec, Process
from definitions.schema.states import State, Transition

STATES = "__states"
"""The bound list of active states, for ``in_state``."""
TAGS = "__tags"
"""The bound list of tags of active states, for ``tag``."""


@dataclass(frozen=True, eq=False)
class Scope:
    """Names and their kinds. Compared by identity, since a scope remembers the expressions compiled in it."""

    variables: Mapping[str, Kind]
    options: Mapping[str, tuple[str, ...]]
    """The options of each name that is a choice."""
    tables: Mapping[str, Json]
    states: frozenset[str]
    tags: frozenset[str]
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    """The shapes of saved results, by name, where they are known: only checks of definitions ask."""
    empty_lists: bool = True
    """``list == null`` holds for an empty list as well; false for tickets of an interpreter without empty lists."""
    remembered: dict[object, object] = field(default_factory=dict, repr=False)
    """Compiled expressions and environments. Only ``definitions.expressions`` writes it."""


def scope_of(
    process: Process,
    *,
    each: bool = False,
    callback: bool = False,
    tables: Mapping[str, Json] | None = None,
    shapes: Mapping[str, Shape] | None = None,
    empty_lists: bool = True,
) -> Scope:
    """The names of ``process``, with the element for expressions under an ``each``, and the address for a ``callback``.

    ``event.<field>`` is a name for every field that a form of the process lists. ``tables`` are the organization's
    tables, which replace tables of the process with the same name. ``shapes`` are those of saved
    results. Make one scope for a process: it remembers the
    expressions compiled in it.
    """
    every_table = {**process.tables, **(tables or {})}
    forms = {name for transition in _transitions(process) for name in transition.form}
    variables = dict(_given(process))
    options: dict[str, tuple[str, ...]] = {}
    for name, spec in process.fields.items():
        owners = ("ticket", "event") if name in forms else ("ticket",)
        for owner in owners:
            variables[f"{owner}.{name}"] = kind_of(spec)
            if spec.type == "choice":
                options[f"{owner}.{name}"] = spec.options
        if spec.type == "service" and not spec.list:
            variables.update({f"{name}.{fact}": TEXT for fact in ("owner", "team", "calendar", "title")})
    variables.update({f"tables.{name}": kind_of_table(rows) for name, rows in every_table.items()})
    if each:
        variables["each"] = ANY
    if callback:
        variables["callback.url"] = TEXT
    states = dict(process.walk())
    tags = frozenset(tag for state in states.values() for tag in state.tags)
    return Scope(variables, options, every_table, frozenset(states), tags, shapes or {}, empty_lists)


def kind_of(spec: FieldSpec) -> Kind:
    one = OF_FIELD[spec.type]
    return list_of(one) if spec.list else one


def kind_of_table(rows: Json) -> Kind:
    """The kind of a table: mappings by text, down to values of one kind. Texts are durations if all of them are."""
    if isinstance(rows, dict):
        return map_of(_one_kind([kind_of_table(row) for row in rows.values()]))
    if isinstance(rows, list):
        return list_of(_one_kind([kind_of_table(row) for row in rows]))
    if isinstance(rows, bool):
        return BOOLEAN
    if isinstance(rows, int):
        return INTEGER
    if isinstance(rows, float):
        return NUMBER
    if isinstance(rows, str):
        return DURATION if DURATION_TEXT.fullmatch(rows) else TEXT
    return ANY


def _one_kind(kinds: list[Kind]) -> Kind:
    different = set(kinds)
    if len(different) == 1:
        return different.pop()
    if different == {INTEGER, NUMBER}:
        return NUMBER
    if different == {TEXT, DURATION}:
        return TEXT
    return ANY


def _given(process: Process) -> Iterator[tuple[str, Kind]]:
    """The names of every process, and the names of the results of its waiting blocks."""
    yield from (("ticket.key", TEXT), ("ticket.opened_at", TIME), ("ticket.assignee", TEXT), ("ticket.state", TEXT))
    yield from (("event.name", TEXT), ("event.data", ANY), ("event.comment", TEXT), ("event.assignee", TEXT))
    yield from (("event.ticket", TEXT), ("event.state", TEXT))
    yield from (("actor.id", TEXT), ("actor.teams", list_of(TEXT)), ("actor.roles", list_of(TEXT)), ("now", TIME))
    for state_id, state in process.walk():
        if state.approval is not None:
            yield f"approval.{state_id}.outcome", TEXT
            yield f"approval.{state_id}.approvers", list_of(TEXT)
            yield f"approval.{state_id}.reason", TEXT
        for step in state.run or ():
            if step.save is not None:
                yield f"run.{state_id}.{step.save}", ANY if step.each is None else list_of(ANY)
        if state.child is not None:
            yield f"child.{state_id}", list_of(ANY)


def _transitions(process: Process) -> Iterator[Transition]:
    for alternatives in process.on.values():
        yield from alternatives
    for _, state in process.walk():
        yield from transitions_of(state)


def transitions_of(state: State) -> Iterator[Transition]:
    """Every transition of a state: of events, without events, and of time, each in document order."""
    for alternatives in state.on.values():
        yield from alternatives
    yield from state.always
    yield from state.after
