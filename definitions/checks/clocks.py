"""Clocks that never start, never stop, or always stand still: warnings (LANGUAGE, section 6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from definitions.checks.calendars import NEVER
from definitions.checks.service_levels import THRESHOLD
from definitions.checks.state_graph import entered
from definitions.checks.subject import PlacedState, Subject
from definitions.durations import Span, parse_duration
from definitions.schema.process import ServiceLevel
from definitions.text.problems import Problem


def clocks(subject: Subject) -> Iterator[Problem]:
    """A clock starts, stops, and continues after its pauses. Another check reports unknown names."""
    places = _places(subject)
    for name, level in subject.process.service_levels.items():
        path, pause = ("service_levels", name), level.pause
        named = [where for where in (level.during, pause or (), level.cancel) if not isinstance(where, str)]
        if any(one not in places.inner for where in named for one in where):
            continue
        if level.during == "false" or not (isinstance(level.during, str) or places.of(level.during)):
            message, hint = "this clock never starts: 'during' holds for no open ticket", "name states that can be left"
            yield subject.problem((*path, "during"), "never-starts", message, hint, severity="warning")
            continue
        if not places.stops(level):
            message = "this clock never stops: no transition leads out of 'during'"
            hint = "remove the states in which the service level is met"
            yield subject.problem((*path, "during"), "never-stops", message, hint, severity="warning")
        if pause is not None and places.always_paused(level):
            message = "this clock always stands still: 'pause' covers all of 'during'"
            hint = "remove a state in which the clock must run"
            yield subject.problem((*path, "pause"), "always-paused", message, hint, severity="warning")
        elif pause is not None and places.never_paused(level):
            message, hint = "this pause never holds while the clock runs", "name states that are also in 'during'"
            yield subject.problem((*path, "pause"), "never-paused", message, hint, severity="warning")


def long_thresholds(subject: Subject) -> Iterator[Problem]:
    """A threshold lies within the target: one before the start fires at the start."""
    for name, level in subject.process.service_levels.items():
        for threshold in level.at:
            match = THRESHOLD.fullmatch(threshold)
            if match is None or match["sign"] != "-":
                continue
            length = parse_duration(match["length"])
            for row, target in _lengths(level):
                if length > target:
                    which = f" of '{row}'" if row else ""
                    message = f"'{threshold}' is longer than the target{which}, {target}: it fires at the start"
                    own = ("service_levels", name, "at", threshold)
                    yield subject.problem(own, "long-threshold", message, key=True, severity="warning")


def _lengths(level: ServiceLevel) -> Iterator[tuple[str, Span]]:
    rows = {"": level.target} if isinstance(level.target, str) else level.target
    for name, text in rows.items():
        if name != "by" and text != NEVER:
            try:
                yield name, parse_duration(text)
            except ValueError:
                continue  # reported by the check of durations


@dataclass(frozen=True, slots=True)
class _Places:
    """The innermost states of an open ticket in each state and ``tag:x``; made once for all clocks."""

    subject: Subject
    inner: Mapping[str, frozenset[str]]

    def of(self, where: Sequence[str]) -> frozenset[str]:
        return frozenset[str]().union(*(self.inner.get(name, frozenset()) for name in where))

    def stops(self, level: ServiceLevel) -> bool:
        """Whether a transition leads out, to ``cancel``, or to the end. An expression may become false anywhere."""
        if isinstance(level.during, str):
            return level.during.strip() != "true" or any(_ends_ticket(one) for one in self.subject.placed)
        inside, canceled = self.of(level.during), self.of(level.cancel)
        owners = {name for leaf in inside for name in (leaf, *self.subject.states[leaf].ancestors)}
        transitions = [placed for name in owners for placed in self.subject.transitions_of(self.subject.states[name])]
        targets = {placed.transition.to for placed in transitions} | {
            to.to for one in self.subject.process.on.values() for to in one
        }
        entered_ = (entered(self.subject, target) for target in targets if target is not None)
        return any(self._leaves(found) - inside or self._leaves(found) & canceled for found in entered_)

    def _leaves(self, states: set[str]) -> set[str]:
        return {name for name in states if _is_leaf(self.subject.states[name])}

    def always_paused(self, level: ServiceLevel) -> bool:
        if isinstance(level.pause, str):
            return level.pause.strip() == "true" or level.pause == level.during
        inside = frozenset() if isinstance(level.during, str) else self.of(level.during)
        return bool(inside) and inside <= self.of(level.pause or ())

    def never_paused(self, level: ServiceLevel) -> bool:
        """Whether no ticket can be in a state of ``during`` and one of ``pause`` at once."""
        if isinstance(level.pause, str):
            return level.pause.strip() == "false"
        paused = self.of(level.pause or ())
        if isinstance(level.during, str):
            return not paused
        inside = self.of(level.during)
        running: dict[str, set[str]] = {}
        for parallel, region in (found for leaf in inside for found in self._regions(leaf)):
            running.setdefault(parallel, set()).add(region)
        beside = (
            running.get(parallel, set()) - {region} for leaf in paused for parallel, region in self._regions(leaf)
        )
        return not inside & paused and not any(beside)

    def _regions(self, leaf: str) -> Iterator[tuple[str, str]]:
        """The parallel states around a state, each with the region that holds it."""
        one = self.subject.states[leaf]
        for outer, inner in pairwise((*one.ancestors, leaf)):
            if self.subject.states[outer].state.parallel:
                yield outer, inner


def _places(subject: Subject) -> _Places:
    inner: dict[str, set[str]] = {
        name: set() for name in (*subject.states, *(f"tag:{tag}" for tag in subject.scope.tags))
    }
    for one in subject.placed:
        if not _is_leaf(one) or _ends_ticket(one):
            continue
        for name in (one.id, *one.ancestors):
            inner[name].add(one.id)
            for tag in subject.states[name].state.tags:
                inner[f"tag:{tag}"].add(one.id)
    return _Places(subject, {name: frozenset(found) for name, found in inner.items()})


def _is_leaf(one: PlacedState) -> bool:
    return not one.state.states and one.state.history is None


def _ends_ticket(one: PlacedState) -> bool:
    return bool(one.state.final) and not one.ancestors


CHECKS = (clocks, long_thresholds)
