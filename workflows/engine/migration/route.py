"""The route of a migration: the new state for each old state, and the obstacles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from definitions.schema.model import Json
from definitions.text.suggestions import closest
from workflows.engine.compiled import Compiled
from workflows.engine.model.events import Renames
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.statechart import ROOT, Configuration


@dataclass(frozen=True, slots=True)
class Route:
    """A ticket on its way from one definition to another."""

    old: Compiled
    new: Compiled
    before: Snapshot
    renames: Renames

    @property
    def map(self) -> Mapping[str, str]:
        """The new state for each mapped state."""
        return self.renames.states

    @property
    def fields(self) -> Mapping[str, str]:
        """The new field for each mapped field."""
        return self.renames.fields

    def field(self, name: str) -> str:
        """The id of an old field in the new definition, which need not have it."""
        return self.fields.get(name, name)

    def value(self, name: str, value: Json) -> Json:
        """A value of an old field with its new options; each element of a list has its own."""
        options = self.renames.options.get(name, {})
        if isinstance(value, list):
            return [self.value(name, one) for one in value]
        return options.get(value, value) if isinstance(value, str) else value

    def name(self, state: str) -> str:
        """The id of an old state in the new definition, which need not have it."""
        return self.map.get(state, state)

    def is_moved(self, state: str) -> bool:
        """Whether the map gives an old state another id."""
        return self.name(state) != state

    def origin(self, state: str) -> str | None:
        """The old active state that a new state replaces; None if there is none."""
        return next((one for one in self.before.configuration if self.name(one) == state), None)

    def stands(self, state: str) -> bool:
        """Whether the new state takes over the record of this old state: an active state precedes a past one."""
        return state in self.before.configuration or self.origin(self.name(state)) is None

    @property
    def leaves(self) -> tuple[str, ...]:
        """The old active leaves, in document order."""
        return tuple(one for one in self.before.configuration if one in self.old.chart.leaves)

    def arrival(self) -> Configuration:
        """The configuration after the migration. Only for a route without ``obstacles``."""
        chart, remembered = self.new.chart, {}
        for history, states in self.before.history.items():
            if self.name(history) in chart.pseudo_states:
                remembered[self.name(history)] = tuple(self.name(one) for one in states)
        return Configuration(chart.in_document_order(_active(self)), remembered)


def obstacles(route: Route) -> tuple[str, ...]:
    """All reasons why the states can't be carried over, each with the remedy."""
    found = [*_in_map(route), *_of_leaves(route)]
    if not found:
        found = [*_of_structure(route), *_of_compounds(route)]
    return tuple(dict.fromkeys((*found, *_of_histories(route))))


def _in_map(route: Route) -> Iterator[str]:
    for state, target in route.map.items():
        if state not in route.old.states and state not in route.new.states:
            yield f"map: neither definition has a state {state!r}{_hint(state, route.old)}"
        if target not in route.new.states:
            yield f"map: the new definition has no state {target!r}{_hint(target, route.new)}"


def _of_leaves(route: Route) -> Iterator[str]:
    taken: dict[str, str] = {}
    for leaf in route.leaves:
        target = route.name(leaf)
        if target in route.new.states:
            yield from _unfit(route, leaf, target)
        elif leaf not in route.map:
            yield f"state {leaf!r} is not in the new definition: map it to the state that replaces it"
        if target in taken:
            yield f"{taken[target]!r} and {leaf!r} would both be {target!r}: map them to different states"
        taken[target] = leaf


def _unfit(route: Route, leaf: str, target: str) -> Iterator[str]:
    state = route.new.chart.states[target]
    said = f"{leaf!r} would be {target!r}, which" if leaf != target else f"state {leaf!r}"
    if state.kind in ("shallow", "deep"):
        yield f"{said} is a history there, which is never active: map it to another state"
    elif state.kind in ("compound", "parallel"):
        inside = ", ".join(route.new.chart.child_states(target))
        yield f"{said} contains other states there: map it to one of {inside}"
    elif state.kind == "final" and route.old.chart.states[leaf].kind != "final":
        yield f"{said} is final there, and a migration ends no ticket: map it to a state that is not final"


def _active(route: Route) -> set[str]:
    """The leaves under their new ids, with their ancestors."""
    targets = {route.name(leaf) for leaf in route.leaves}
    return {one for target in targets for one in (target, *route.new.chart.ancestors(target)) if one != ROOT}


def _of_structure(route: Route) -> Iterator[str]:
    """Checks that the active states are legal: one child of each compound state, every region of a parallel state."""
    chart, active = route.new.chart, _active(route)
    for state in (ROOT, *chart.in_document_order(active)):
        inside = [child for child in chart.child_states(state) if child in active]
        where = f"in {state!r}" if state else "at once"
        if chart.states[state].kind == "parallel":
            for region in chart.child_states(state):
                if region not in inside:
                    yield f"the ticket would be in no state of {region!r}, a region of {state!r}: map a state into it"
        elif len(inside) > 1:
            yield f"{' and '.join(inside)} can't be active {where} there: map them to one state, or to regions"


def _of_compounds(route: Route) -> Iterator[str]:
    active = _active(route)
    for state in route.before.configuration:
        if state in route.map and state not in route.leaves and route.name(state) not in active:
            yield f"map: {route.name(state)!r} for {state!r} does not contain the state that the ticket would be in"


def _of_histories(route: Route) -> Iterator[str]:
    chart = route.new.chart
    for history, states in route.before.history.items():
        there = chart.states.get(route.name(history))
        if there is None or there.kind not in ("shallow", "deep"):
            continue  # no transition leads to this history any more
        for state in states:
            target = chart.states.get(route.name(state))
            fits = target is not None and (
                target.parent == there.parent
                if there.kind == "shallow"
                else target.kind in ("atomic", "final") and chart.is_descendant(target.id, there.parent or ROOT)
            )
            if not fits:
                where = there.parent or "the process"
                yield f"{history!r} remembers {state!r}, not a state of {where!r} there: map it to a state of it"


def _hint(state: str, compiled: Compiled) -> str:
    hint = closest(state, list(compiled.states))
    return f"; {hint}" if hint else ""
