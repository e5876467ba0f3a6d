"""The compiled chart: frozen values, with cached answers to the frequent questions of the algorithm."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, takewhile
from typing import Literal

from workflows.engine.statechart.events import Matcher, token

ROOT = ""
"""The id of the root, SCXML's ``<scxml>``: always active, never entered, never exited and never a target."""

Kind = Literal["atomic", "compound", "parallel", "final", "shallow", "deep"]


@dataclass(frozen=True, slots=True)
class ChartTransition:
    """``index`` is the document order over the whole chart: a state's own transitions precede those of its children.

    Without ``events``, a transition is eventless; without ``targets``, it exits and enters no state. A ``timed``
    transition is selected neither by an event nor as eventless, but only by ``choose``.
    """

    index: int
    source: str
    events: tuple[str, ...]
    targets: tuple[str, ...]
    internal: bool
    timed: bool = False


@dataclass(frozen=True, slots=True)
class ChartState:
    """``initial`` is the default entry of a compound state or the default of a history, and empty otherwise.

    ``transitions`` are indices of the chart's transitions, ``order`` is document order, ``depth`` is 0 for the root.
    """

    id: str
    parent: str | None
    kind: Kind
    children: tuple[str, ...]
    initial: tuple[str, ...]
    transitions: tuple[int, ...]
    order: int
    depth: int


@dataclass(frozen=True, slots=True)
class Configuration:
    """All active states in document order, without the root, and the recorded histories."""

    active: tuple[str, ...]
    history: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Chart:
    """A chart that ``compile_chart`` has built, which guarantees that every reference is valid."""

    states: Mapping[str, ChartState]
    transitions: tuple[ChartTransition, ...]
    internal_regions: bool = True
    """Whether an internal transition of a parallel state leaves the region of its target alone; SCXML has none such."""
    root: str = ROOT

    @cached_property
    def _ancestors(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for state in sorted(self.states.values(), key=lambda state: state.depth):
            found[state.id] = () if state.parent is None else (state.parent, *found[state.parent])
        return found

    @cached_property
    def _ancestor_sets(self) -> dict[str, frozenset[str]]:
        return {state: frozenset(ancestors) for state, ancestors in self._ancestors.items()}

    @cached_property
    def _outward(self) -> dict[str, tuple[ChartTransition, ...]]:
        """For each state, its transitions and those of its ancestors, innermost first, without the timed ones."""
        return {
            state: tuple(
                self.transitions[index]
                for index in chain.from_iterable(self.states[each].transitions for each in (state, *ancestors))
                if not self.transitions[index].timed
            )
            for state, ancestors in self._ancestors.items()
        }

    @cached_property
    def _eventless(self) -> dict[str, tuple[ChartTransition, ...]]:
        return {state: tuple(t for t in outward if not t.events) for state, outward in self._outward.items()}

    @cached_property
    def eager(self) -> frozenset[str]:
        """Leaves that have an eventless transition, of their own or of an ancestor."""
        return frozenset(leaf for leaf in self.leaves if self._eventless[leaf])

    @cached_property
    def _matched(self) -> dict[str, tuple[tuple[Matcher, ChartTransition], ...]]:
        matchers = [Matcher.of(transition.events) for transition in self.transitions]
        return {
            state: tuple((matchers[t.index], t) for t in outward if t.events)
            for state, outward in self._outward.items()
        }

    @cached_property
    def _regions(self) -> dict[str, tuple[str, ...]]:
        histories = self.pseudo_states
        return {s.id: tuple(child for child in s.children if child not in histories) for s in self.states.values()}

    @cached_property
    def _fixed_domains(self) -> dict[int, str]:
        return {
            t.index: self.domain(t, t.targets)
            for t in self.transitions
            if t.targets and self.pseudo_states.isdisjoint(t.targets)
        }

    @cached_property
    def pseudo_states(self) -> frozenset[str]:
        """The histories: states that can be targets, but are never active."""
        return frozenset(state.id for state in self.states.values() if state.kind in ("shallow", "deep"))

    @cached_property
    def leaves(self) -> frozenset[str]:
        """SCXML's atomic states: states without child states, final states included."""
        return frozenset(state.id for state in self.states.values() if state.kind in ("atomic", "final"))

    @cached_property
    def ends(self) -> frozenset[str]:
        """The final states of the top level."""
        return frozenset(child for child in self.states[self.root].children if self.states[child].kind == "final")

    def ended(self, configuration: Configuration) -> bool:
        return not self.ends.isdisjoint(configuration.active)

    def ancestors(self, state: str, below: str | None = None) -> tuple[str, ...]:
        """SCXML's getProperAncestors: innermost first; with ``below``, only the descendants of that state."""
        ancestors = self._ancestors[state]
        if below is None:
            return ancestors
        return ancestors[: ancestors.index(below)] if below in self._ancestor_sets[state] else ()

    def is_descendant(self, state: str, ancestor: str) -> bool:
        """Proper: no state is its own descendant."""
        return ancestor in self._ancestor_sets[state]

    def child_states(self, state: str) -> tuple[str, ...]:
        """SCXML's getChildStates: the children that can be active."""
        return self._regions[state]

    def region(self, parallel: str, inside: str) -> str:
        """The child of ``parallel`` that is or contains the state ``inside``."""
        return (inside, *self.ancestors(inside, parallel))[-1]

    def in_document_order(self, states: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(states, key=lambda state: self.states[state].order))

    def lcca(self, state: str, others: Sequence[str]) -> str:
        """SCXML's findLCCA: the least common compound ancestor of ``state`` and all the others."""
        for ancestor in self._ancestors[state]:
            if self.states[ancestor].kind == "compound" and all(self.is_descendant(o, ancestor) for o in others):
                return ancestor
        return self.root

    def domain(self, transition: ChartTransition, targets: Sequence[str]) -> str:
        """SCXML's getTransitionDomain: the state within which the transition exits and enters states.

        A parallel state is the domain of its internal transitions; of its regions, those with a target are exited.
        """
        source = self.states[transition.source]
        around = ("compound", "parallel") if self.internal_regions else ("compound",)
        stays_inside = transition.internal and source.kind in around
        if stays_inside and all(self.is_descendant(target, source.id) for target in targets):
            return source.id
        return self.lcca(source.id, targets)

    def fixed_domain(self, transition: ChartTransition) -> str | None:
        """The domain, if it does not depend on a recorded history; else None."""
        return self._fixed_domains.get(transition.index)

    def candidates(self, state: str, event: str | None) -> tuple[ChartTransition, ...]:
        """The transitions of ``state`` and its ancestors that match the event (None: eventless), innermost first."""
        if event is None:
            return self._eventless[state]
        if event not in self._named:
            return self._fitting(state, event)
        found = self._remembered.get((state, event))
        if found is None:
            found = self._remembered[state, event] = self._fitting(state, event)
        return found

    def _fitting(self, state: str, event: str) -> tuple[ChartTransition, ...]:
        return tuple(transition for matcher, transition in self._matched[state] if matcher.matches(event))

    @cached_property
    def _named(self) -> frozenset[str]:
        """Events that transitions name: only these are cached, because the number of others is unlimited."""
        return frozenset(token(name) for transition in self.transitions for name in transition.events)

    @cached_property
    def _remembered(self) -> dict[tuple[str, str], tuple[ChartTransition, ...]]:
        return {}

    def is_in_final(self, state: str, active: Collection[str]) -> bool:
        """SCXML's isInFinalState: a final child is active, or every region of the parallel state is in one."""
        kind = self.states[state].kind
        if kind == "compound":
            return any(self.states[child].kind == "final" and child in active for child in self.child_states(state))
        return kind == "parallel" and all(self.is_in_final(child, active) for child in self.child_states(state))

    def completed_by(self, final: str) -> tuple[str, ...]:
        """The states that are in a final state only while ``final`` is active, innermost first; none at the top level.

        They are its parent and, one around the other, the parallel states of which that is a region.
        """
        parent, *outer = self._ancestors[final]
        if parent == self.root:
            return ()
        return (parent, *takewhile(lambda ancestor: self.states[ancestor].kind == "parallel", outer))
