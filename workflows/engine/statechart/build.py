"""The compiler of charts: from a nested specification to the compiled chart, with every reference checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType
from typing import Literal

from workflows.engine.statechart.chart import ROOT, Chart, ChartState, ChartTransition, Kind

HISTORIES = ("shallow", "deep")


@dataclass(frozen=True, slots=True)
class TransitionSpec:
    """See ``ChartTransition``. Event descriptors may be written as in SCXML (``deploy.*``)."""

    events: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    internal: bool = False
    timed: bool = False


@dataclass(frozen=True, slots=True)
class StateSpec:
    """A state with its contents. A plain ``state`` is compound if it has children, and atomic otherwise.

    Without ``initial``, a compound state starts in its first child (SCXML 3.3). A history needs one as its default.
    """

    id: str = ROOT
    kind: Literal["state", "parallel", "final", "shallow", "deep"] = "state"
    initial: tuple[str, ...] = ()
    transitions: tuple[TransitionSpec, ...] = ()
    children: tuple[StateSpec, ...] = ()


class ChartError(ValueError):
    """The specification is not a valid chart. ``state`` is the id of the state with the error."""

    def __init__(self, state: str, message: str) -> None:
        super().__init__(f"{f'state {state!r}' if state else 'the root'}: {message}")
        self.state = state


def compile_chart(root: StateSpec, *, internal_regions: bool = True) -> Chart:
    """Numbers the states and transitions in document order. Raises ChartError for the first broken rule.

    ``internal_regions``: see ``Chart``.
    """
    if root.id != ROOT or root.kind != "state":
        raise ChartError(root.id, "the root is a plain state without an id")
    states: dict[str, ChartState] = {}
    transitions: list[ChartTransition] = []
    for spec, parent in _in_document_order(root, None):
        if spec.id in states:
            raise ChartError(spec.id, "the id is given twice")
        first = len(transitions)
        for index, given in enumerate(spec.transitions, first):
            transitions.append(
                ChartTransition(index, spec.id, tuple(given.events), tuple(given.targets), given.internal, given.timed)
            )
        states[spec.id] = ChartState(
            id=spec.id,
            parent=parent,
            kind=_kind(spec),
            children=tuple(child.id for child in spec.children),
            initial=_initial(spec),
            transitions=tuple(range(first, len(transitions))),
            order=len(states),
            depth=0 if parent is None else states[parent].depth + 1,
        )
    chart = Chart(MappingProxyType(states), tuple(transitions), internal_regions)
    for state in states.values():
        _check_structure(chart, state)
        _check_initial(chart, state)
    for transition in transitions:
        _check_transition(chart, transition)
    return chart


def _in_document_order(spec: StateSpec, parent: str | None) -> Iterator[tuple[StateSpec, str | None]]:
    yield spec, parent
    for child in spec.children:
        yield from _in_document_order(child, spec.id)


def _kind(spec: StateSpec) -> Kind:
    if spec.kind == "state":
        return "compound" if spec.children or spec.id == ROOT else "atomic"
    return spec.kind


def _initial(spec: StateSpec) -> tuple[str, ...]:
    if spec.initial or spec.kind != "state":
        return tuple(spec.initial)
    return tuple(child.id for child in spec.children if child.kind not in HISTORIES)[:1]


def _check_structure(chart: Chart, state: ChartState) -> None:
    children = [chart.states[child] for child in state.children]
    if state.kind in ("compound", "parallel") and not chart.child_states(state.id):
        raise ChartError(state.id, "it needs a child that is not a history")
    if state.kind in ("final", *HISTORIES):
        if children:
            raise ChartError(state.id, f"a {_word(state)} has no children")
        if state.transitions:
            raise ChartError(state.id, f"a {_word(state)} has no transitions: it can't be left")
    if state.kind == "parallel" and any(child.kind == "final" for child in children):
        raise ChartError(state.id, "a region of a parallel state can't be final")
    if state.id == ROOT and any(child.kind in HISTORIES for child in children):
        raise ChartError(state.id, "it is never exited, so its history would never be recorded")


def _word(state: ChartState) -> str:
    return "final state" if state.kind == "final" else "history"


def _check_initial(chart: Chart, state: ChartState) -> None:
    if state.kind not in ("compound", *HISTORIES):
        if state.initial:
            raise ChartError(state.id, "only a compound state or a history has an initial")
        return
    if not state.initial:
        raise ChartError(state.id, "a history needs a default")
    inside_of = state.id if state.parent is None or state.kind == "compound" else state.parent
    _check_targets(chart, state.id, state.initial)
    for target in state.initial:
        if not chart.is_descendant(target, inside_of):
            raise ChartError(state.id, f"its initial {target!r} is not inside {inside_of!r}")
    if state.kind in HISTORIES and _defaults_to_itself(chart, state):
        raise ChartError(state.id, "its default leads back to itself")


def _defaults_to_itself(chart: Chart, history: ChartState) -> bool:
    """Whether the defaults of histories that name each other form a cycle."""
    seen: set[str] = set()
    ahead = list(history.initial)
    while ahead:
        target = ahead.pop()
        if target == history.id:
            return True
        if target in chart.pseudo_states and target not in seen:
            seen.add(target)
            ahead.extend(chart.states[target].initial)
    return False


def _check_transition(chart: Chart, transition: ChartTransition) -> None:
    if transition.timed and transition.events:
        raise ChartError(transition.source, "a timed transition has no events")
    if any(not event or " " in event for event in transition.events):
        raise ChartError(transition.source, f"{transition.events} are not event descriptors")
    _check_targets(chart, transition.source, transition.targets)


def _check_targets(chart: Chart, owner: str, targets: Sequence[str]) -> None:
    """Checks that the targets are a legal state specification (SCXML 3.11): some configuration contains all of them."""
    for target in targets:
        if target not in chart.states:
            raise ChartError(owner, f"there is no state {target!r}")
        if target == ROOT:
            raise ChartError(owner, "the root can't be a target")
    for one, other in combinations(targets, 2):
        if not _together(chart, one, other):
            raise ChartError(owner, f"{one!r} and {other!r} can't be entered together")


def _together(chart: Chart, one: str, other: str) -> bool:
    if chart.is_descendant(one, other) or chart.is_descendant(other, one):
        return True
    meeting = next(ancestor for ancestor in chart.ancestors(one) if chart.is_descendant(other, ancestor))
    # A history of the parallel state in which both lie would restore the region of the other target as well.
    restored = {chart.states[each].parent for each in (one, other) if each in chart.pseudo_states}
    return chart.states[meeting].kind == "parallel" and meeting not in restored
