"""Clocks that never start, never stop, or stand still for ever: warnings (LANGUAGE, section 6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from definitions.checks.reaching import reached_from
from definitions.checks.service_levels import THRESHOLD
from definitions.checks.subject import Placed, Subject
from definitions.checks.times import NEVER
from definitions.durations import Span, parse_duration
from definitions.problems import Problem
from definitions.schema.process import ServiceLevel


def clocks(subject: Subject) -> Iterator[Problem]:
    """A clock starts, stops, and goes on after its pauses."""
    for name, level in subject.process.service_levels.items():
        path, pause = ("service_levels", name), level.pause
        if any(_unknown(subject, where) for where in (level.during, pause or (), level.cancel)):
            continue
        if _never(subject, level.during):
            message, hint = "this clock never starts: no open ticket is ever there", "name states that can be left"
            yield subject.problem((*path, "during"), "never-starts", message, hint, severity="warning")
            continue
        if not _stops(subject, level):
            message, hint = "this clock never stops: nothing leads out", "leave out the states in which it is met"
            yield subject.problem((*path, "during"), "never-stops", message, hint, severity="warning")
        if pause is not None and _always_paused(subject, level):
            message, hint = "this clock is always paused where it runs", "leave out a state in which it goes on"
            yield subject.problem((*path, "pause"), "always-paused", message, hint, severity="warning")
        elif pause is not None and _never_paused(subject, level):
            message, hint = "this pause never holds while the clock runs", "name states that 'during' has too"
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
                continue  # told where durations are checked


def _unknown(subject: Subject, where: str | Sequence[str]) -> bool:
    """Whether a name is none: that is told elsewhere, and nothing else can be said."""
    known = {*subject.states, *(f"tag:{tag}" for tag in subject.scope.tags)}
    return not isinstance(where, str) and not known.issuperset(where)


def _never(subject: Subject, where: str | Sequence[str]) -> bool:
    """Whether no ticket that is open can be there."""
    if isinstance(where, str):
        return where.strip() == "false"
    return not _leaves(subject, where)


def _stops(subject: Subject, level: ServiceLevel) -> bool:
    """Whether the clock can be left, canceled, or ended with the ticket. An expression may turn false anywhere."""
    if isinstance(level.during, str):
        return level.during.strip() != "true" or any(_ends_ticket(one) for one in subject.placed)
    inside = {one.id for one in _leaves(subject, level.during)}
    reached = [subject.states[name] for name in reached_from(subject, sorted(inside))]
    outside = (one for one in reached if _is_leaf(one) and one.id not in inside)
    return any(outside) or any(_covered(subject, one, level.cancel) for one in reached)


def _always_paused(subject: Subject, level: ServiceLevel) -> bool:
    pause = level.pause
    if isinstance(pause, str):
        return pause.strip() == "true" or pause == level.during
    leaves = [] if isinstance(level.during, str) else _leaves(subject, level.during)
    return bool(leaves) and all(_covered(subject, one, pause or ()) for one in leaves)


def _never_paused(subject: Subject, level: ServiceLevel) -> bool:
    """Whether no ticket can be in a state of ``during`` and one of ``pause`` at once."""
    if isinstance(level.pause, str):
        return level.pause.strip() == "false"
    paused = _leaves(subject, level.pause or ())
    if isinstance(level.during, str):
        return not paused
    return not any(_together(subject, one, other) for one in _leaves(subject, level.during) for other in paused)


def _leaves(subject: Subject, entries: Sequence[str]) -> list[Placed]:
    """The innermost states of tickets that are open, of a list of states and ``tag:x``."""
    return [
        one for one in subject.placed if _is_leaf(one) and not _ends_ticket(one) and _covered(subject, one, entries)
    ]


def _is_leaf(one: Placed) -> bool:
    return not one.state.states and one.state.history is None


def _ends_ticket(one: Placed) -> bool:
    return bool(one.state.final) and not one.ancestors


def _covered(subject: Subject, one: Placed, entries: Sequence[str]) -> bool:
    chain = [one, *(subject.states[name] for name in one.ancestors)]
    return any(part.id in entries or any(f"tag:{tag}" in entries for tag in part.state.tags) for part in chain)


def _together(subject: Subject, one: Placed, other: Placed) -> bool:
    """Whether both can be active: the same, or in different regions of a parallel state."""
    if one is other:
        return True
    shared = [name for name in one.ancestors if name in other.ancestors]
    return bool(shared) and subject.states[shared[-1]].state.parallel


CHECKS = (clocks, long_thresholds)
