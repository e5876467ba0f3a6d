"""A process as the engine runs it: its chart, its rules by transition, its calendars. It is built once per digest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Literal

from definitions.calendars.compiled_calendar import EPOCH_ORDINAL, CompiledCalendar
from definitions.calendars.hours import DAY
from definitions.calendars.zone import ZoneOffsets
from definitions.expressions import compile_expression
from definitions.expressions.scope import Scope, scope_of
from definitions.pinned import Pinned, unpin_calendars, unpin_process
from definitions.schema.process import FieldSpec, Process
from definitions.schema.states import State, Timed, Transition
from definitions.schema.steps import Step
from definitions.schema.waiting import OUTCOMES
from workflows.engine.model.interpreter import INTERPRETER, STRICT_CORE
from workflows.engine.model.snapshot import Outcome
from workflows.engine.statechart import Chart, StateSpec, TransitionSpec, compile_chart

MIGRATES = ("role:process_owner",)
"""The default of ``may.migrate``; it permits nobody in an organization without this role."""


@dataclass(frozen=True, slots=True)
class WallClock:
    """The organization's wall clock for expressions, built from the offsets that the ticket carries."""

    offsets: ZoneOffsets

    def add_days(self, instant: int, days: int) -> int:
        """The same wall-clock time ``days`` days later, in UTC seconds."""
        return self.offsets.instant(self.offsets.wall(instant) + days * DAY)

    def date_of(self, instant: int) -> str:
        """The date ``YYYY-MM-DD`` on this clock at a UTC instant."""
        return date.fromordinal(self.offsets.wall(instant) // DAY + EPOCH_ORDINAL).isoformat()

    def midnight(self, day: str) -> int:
        """The first instant of a date ``YYYY-MM-DD``, in UTC seconds."""
        return self.offsets.instant((date.fromisoformat(day).toordinal() - EPOCH_ORDINAL) * DAY)


@dataclass(frozen=True, slots=True)
class Rule:
    """The parts of a transition that the chart does not know."""

    transition: Transition
    source: str
    event: str | None
    """The event descriptor; None for ``always`` and ``after``."""
    timer: int | None = None
    """The index of the ``after``."""
    outcomes: frozenset[str] = frozenset()
    """The outcomes of its source and of the states inside it. Only the engine sends them."""

    @property
    def cause(self) -> str:
        """The cause of the transition, as the definition names it: ``'submit'``, ``always``, ``after``."""
        return f"'{self.event}'" if self.event else "always" if self.timer is None else "after"

    @property
    def outcome_only(self) -> bool:
        """Whether it handles an outcome of its source or of a state inside it; no event from outside takes it then."""
        return self.event in self.outcomes

    def takes_from_outside(self, event: str) -> bool:
        """Whether it takes an event of this name from outside; ``*`` takes no outcome from outside either."""
        return not self.outcome_only and event not in self.outcomes


@lru_cache(maxsize=64)
def _wall_clock(zone: ZoneOffsets) -> WallClock:
    """One clock per zone, shared by all tickets: expressions cache their values by the clock."""
    return WallClock(zone)


@dataclass(frozen=True, eq=False, slots=True)
class Compiled:
    """A compiled definition with the calendars of the ticket."""

    process: Process
    digest: str
    calendars: Mapping[str, CompiledCalendar]
    calendar: str
    """The organization's own calendar."""
    chart: Chart
    rules: tuple[Rule, ...]
    """Ordered by the index of the chart's transitions."""
    states: Mapping[str, State]
    scope: Scope
    named: tuple[str, ...]
    """Every principal that acts in the process. They may see its tickets by default."""
    raised: frozenset[str]
    """Events that steps of the process raise; only the engine sends them."""
    computed: Mapping[str, frozenset[str] | None]
    """Each computed field with the fields that it reads, ordered so that a field comes after the fields it reads.

    None stands for an expression that reads more than fields.
    """
    limits: Mapping[str, frozenset[str]]
    """For each field with a ``min`` or ``max``, the names that those expressions read."""
    services: tuple[str, ...]
    """The fields of type service."""
    people: tuple[str, ...]
    """The fields of type person that are not computed."""
    interpreter: int = INTERPRETER
    """The version of the rules by which the engine runs the process."""
    is_restless: bool = False
    """Whether computed fields are renewed at the end of every step, because some of them read more than fields."""
    lists: frozenset[str] = frozenset()
    """The fields whose values are lists, and that expressions read as an empty list where they have no value."""
    _named_sets: dict[tuple[str, ...], frozenset[str]] = field(default_factory=dict, repr=False)
    """The states that each list of states and ``tag:x`` means, computed once."""

    @property
    def zone(self) -> CompiledCalendar:
        """The calendar ``always``, which carries the organization's time zone."""
        return self.calendars["always"]

    @property
    def wall_clock(self) -> WallClock:
        """The clock of the organization's zone. Raises KeyError where the ticket carries no calendar."""
        return _wall_clock(self.zone.zone)

    @property
    def is_strict(self) -> bool:
        """Whether the core follows SCXML for the outcomes of compound states, and for internal transitions."""
        return self.interpreter >= STRICT_CORE

    def ending(self, state_id: str, active: Collection[str]) -> Literal["done", "failed"]:
        """The outcome of a compound state that is in a final state.

        It is ``failed`` where that is ``final: failed``, in a parallel state where a region has failed.
        """
        state = self.states[state_id]
        if state.parallel:
            failed = any(self.ending(region, active) == "failed" for region in self.chart.child_states(state_id))
        else:
            failed = any(child.final == "failed" and name in active for name, child in state.states.items())
        return "failed" if failed and self.is_strict else "done"

    def is_of_states(self, outcome: Outcome) -> bool:
        """Whether the states inside the outcome's state have ended: in tickets of older builds, if it has no block."""
        return outcome.of_states or (outcome.timer is None and self.states[outcome.state].waits_for is None)

    def is_offered(self, state_id: str, source: str) -> bool:
        """Whether the outcome of a compound state is offered to the transitions of ``source``, itself or an ancestor.

        It is the event ``done.state.<id>`` of SCXML 3.7, which the state alone takes. Interpreters before
        ``STRICT_CORE`` also offer it to the states around it, as far as the parallel state of which it is in a region.
        """
        if self.is_strict:
            return source == state_id
        inside = [state_id]
        for ancestor in self.chart.ancestors(state_id):
            if self.chart.states[ancestor].kind == "parallel":
                return source in inside
            inside.append(ancestor)
        return True

    def timed(self, state_id: str, index: int) -> int:
        """The chart's index of the ``index``-th ``after`` of a state."""
        return next(i for i in self.chart.states[state_id].transitions if self.rules[i].timer == index)

    def tags(self, active: Sequence[str]) -> tuple[str, ...]:
        """The tags of active states, each once, in document order."""
        return tuple(dict.fromkeys(tag for state in active for tag in self.states[state].tags))

    def title_of(self, state_id: str) -> str:
        """The title of a state; its id in words where the process gives it none, or does not have the state."""
        known = self.states.get(state_id)
        return (known and known.title) or state_id.replace("_", " ").capitalize()

    def is_in(self, active: Iterable[str], names: Sequence[str]) -> bool:
        """Whether a state in this list of states and ``tag:x`` is active."""
        return not self.states_named(names).isdisjoint(active)

    def states_named(self, names: Sequence[str]) -> frozenset[str]:
        """The states that a list of states and ``tag:x`` means."""
        listed = tuple(names)
        known = self._named_sets.get(listed)
        if known is None:
            tags = {name.removeprefix("tag:") for name in listed if name.startswith("tag:")}
            tagged = (state_id for state_id, state in self.states.items() if not tags.isdisjoint(state.tags))
            known = self._named_sets[listed] = frozenset((*listed, *tagged))
        return known


@lru_cache(maxsize=512)
def compile_pinned(pinned: Pinned, interpreter: int = INTERPRETER) -> Compiled:
    """Compiles the definition that a ticket carries, cached by its content, for a version of the interpreter."""
    process = unpin_process(pinned.definition)
    return compile_process(process, pinned.digest, unpin_calendars(pinned.calendars), pinned.calendar, interpreter)


def compile_process(
    process: Process,
    digest: str,
    calendars: Mapping[str, CompiledCalendar],
    calendar: str = "always",
    interpreter: int = INTERPRETER,
) -> Compiled:
    """Compiles a checked process. ``calendars`` holds ``always`` and every calendar that the process names."""
    strict = interpreter >= STRICT_CORE
    rules, chart, scope = _parts(digest, process, strict=strict)
    computed = _computed(process, scope)
    return Compiled(
        process=process,
        digest=digest,
        calendars=calendars,
        calendar=calendar,
        chart=chart,
        rules=rules,
        states=dict(process.walk()),
        scope=scope,
        named=tuple(dict.fromkeys(_named(process))),
        raised=frozenset(step.raise_ for step in steps_of(process) if step.raise_),
        computed=computed,
        limits={
            name: _read_by_limits(spec, scope)
            for name, spec in process.fields.items()
            if spec.min is not None or spec.max is not None
        },
        services=tuple(name for name, spec in process.fields.items() if spec.type == "service"),
        people=tuple(name for name, spec in process.fields.items() if spec.type == "person" and spec.value is None),
        interpreter=interpreter,
        is_restless=strict and None in computed.values(),
        lists=frozenset(name for name, spec in process.fields.items() if spec.list and strict),
    )


Kind = Literal["state", "parallel", "final", "shallow", "deep"]
_known_parts: dict[tuple[str, bool], tuple[tuple[Rule, ...], Chart, Scope]] = {}


def _parts(digest: str, process: Process, *, strict: bool) -> tuple[tuple[Rule, ...], Chart, Scope]:
    """Rules, chart and scope. All tickets of one digest share them, whatever their calendars.

    Rules stand in the chart's document order: a state's own transitions, then its children's.
    """
    known = _known_parts.get((digest, strict))
    if known is None:
        rules: list[Rule] = []
        own = _specs("", process.on, (), (), rules, _outcomes_within(*process.states.values(), strict=strict))
        states = tuple(_state_spec(state_id, state, (), rules, strict) for state_id, state in process.states.items())
        root = StateSpec(initial=(process.initial,), transitions=own, children=states)
        chart = compile_chart(root, internal_regions=strict)
        scope = scope_of(process, each=True, callback=True, empty_lists=strict)
        known = _known_parts[digest, strict] = (tuple(rules), chart, scope)
    return known


def _state_spec(state_id: str, state: State, past: tuple[str, ...], rules: list[Rule], strict: bool) -> StateSpec:
    """``past``: the default of a history inside the state around this one."""
    own = _specs(state_id, state.on, state.always, state.after, rules, _outcomes_within(state, strict=strict))
    children = tuple(
        _state_spec(child_id, child, state.past, rules, strict) for child_id, child in state.states.items()
    )
    kind: Kind = state.history or ("final" if state.final else "parallel" if state.parallel else "state")
    initial = (state.initial,) if state.initial else past if state.history else ()
    return StateSpec(state_id, kind, initial, own, children)


def _outcomes_within(*states: State, strict: bool) -> frozenset[str]:
    """The events that the engine itself sends to these states: outcomes of blocks and of compound states."""
    names: set[str] = set()
    for state in states:
        for _, inner in state.walk(""):
            names.update(OUTCOMES[inner.waits_for] if inner.waits_for else ())
            names.update(("done",) if inner.states else ())
            names.update(("failed",) if strict and any(one.final == "failed" for one in inner.states.values()) else ())
    return frozenset(names)


def _specs(
    source: str,
    on: Mapping[str, tuple[Transition, ...]],
    always: Sequence[Transition],
    after: Sequence[Timed],
    rules: list[Rule],
    outcomes: frozenset[str],
) -> tuple[TransitionSpec, ...]:
    found: list[Rule] = []
    for event, alternatives in on.items():
        found += [Rule(one, source, event, outcomes=outcomes) for one in alternatives]
    found += [Rule(one, source, None) for one in always]
    found += [Rule(one, source, None, timer=index) for index, one in enumerate(after)]
    rules += found
    return tuple(
        TransitionSpec(
            events=(rule.event,) if rule.event else (),
            targets=(rule.transition.to,) if rule.transition.to else (),
            internal=rule.transition.internal,
            timed=rule.timer is not None,
        )
        for rule in found
    )


def transitions_of(process: Process) -> Iterator[Transition]:
    """Every transition of a process, including timed transitions."""
    return process.transitions()


def steps_of(process: Process) -> Iterator[Step]:
    """Every step of a process."""
    return process.steps()


def _named(process: Process) -> Iterator[str]:
    may = process.may
    yield from (*(may.see or ()), *(may.edit or ()), *(may.comment or ()), *(may.internal or ()), *(may.correct or ()))
    yield from may.complete or ()
    yield from MIGRATES if may.migrate is None else may.migrate
    for transition in transitions_of(process):
        yield from transition.by or ()
    for step in steps_of(process):
        if step.assign:
            yield step.assign
        yield from step.notify.to if step.notify else ()
    for spec in process.fields.values():
        yield from spec.edit or ()
    for _, state in process.walk():
        for stage in state.approval.rounds if state.approval else ():
            yield from (*stage.from_, *stage.veto)
        yield from state.approval.veto if state.approval else ()
        yield from (task.assign for task in state.tasks or () if task.assign)


def _read_by_limits(spec: FieldSpec, scope: Scope) -> frozenset[str]:
    limits = [one for one in (spec.min, spec.max) if isinstance(one, str) and one.startswith("=")]
    read = (name for one in limits for name in compile_expression(one[1:], scope).names)
    return frozenset(name.removeprefix("ticket.") for name in read)


def _computed(process: Process, scope: Scope) -> dict[str, frozenset[str] | None]:
    """Computed fields in the order of their dependencies (the checks refuse cycles)."""
    sources = {name: spec.value for name, spec in process.fields.items() if spec.value is not None}
    reads = {
        name: {used.removeprefix("ticket.") for used in compile_expression(source, scope).names} & set(sources)
        for name, source in sources.items()
    }
    return {name: _fields_alone(sources[name], process, scope) for name in _needed_first(reads)}


def _needed_first(reads: Mapping[str, set[str]]) -> list[str]:
    """The names, each after those that it reads; without recursion, since a chain may be of any length."""
    order: dict[str, None] = {}
    for start in reads:
        open_ = {start: iter(sorted(reads[start]))}
        while open_:
            name, rest = next(reversed(open_.items()))
            needed = next((one for one in rest if one not in order and one not in open_), None)
            if needed is None:
                order[name] = None
                del open_[name]
            else:
                open_[needed] = iter(sorted(reads[needed]))
    return list(order)


def _fields_alone(source: str, process: Process, scope: Scope) -> frozenset[str] | None:
    """The fields that an expression reads; None where its value can change without a write to a field."""
    names = {name for name in compile_expression(source, scope).names if not name.startswith("tables.")}
    fields = {name.removeprefix("ticket.") for name in names}
    return (
        frozenset(fields) if all(f"ticket.{one}" in names for one in fields) and fields <= set(process.fields) else None
    )
