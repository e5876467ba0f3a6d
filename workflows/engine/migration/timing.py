"""Visits, timed transitions and outcomes under another definition: computed from recorded moments, never from now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from definitions.schema.states import Timed
from workflows.engine.draft.draft import Draft
from workflows.engine.migration.meaning import effect_of, is_strict, moment_of
from workflows.engine.migration.route import Route
from workflows.engine.model.snapshot import Outcome, Timer, Visit
from workflows.engine.waiting import timers

Place = tuple[str, int]
"""A timed transition: its state, and its index in the state's ``after``."""


def carry_visits(route: Route, draft: Draft) -> None:
    """Each state keeps its entry, also under another id. A visit number is never reused, because ids contain it."""
    for state, own in route.before.visits.items():
        target = route.name(state)
        if target == state or not route.stands(state):
            continue
        known = route.before.visits.get(target)
        draft.visits[target] = replace(own, number=max(own.number, known.number + 1 if known else 1))
    for state in draft.active_in_order:
        if route.origin(state) is None:
            known = route.before.visits.get(state)
            draft.visits[state] = Visit(known.number + 1 if known else 1, draft.now, draft.cause)


def carry_timers(route: Route, draft: Draft) -> Mapping[Place, Place]:
    """Timed transitions with the same effect are the same: fired ones stay fired, others get a new moment.

    A timed transition that was due, but not taken, waits again if its new moment lies ahead; the others that have fired
    are returned, each with its new place.
    """
    fired: dict[Place, Place] = {}
    found: dict[Place, Timer] = {}
    order: dict[Place, Place] = {}
    for state in draft.active_in_order:
        for old, timer in _of_state(route, draft, state):
            place = (timer.state, timer.index)
            found[place] = timer
            if old is not None:
                order[old.state, old.index] = place
                if timer.fired:
                    fired[old.state, old.index] = place
    before = [order.get((timer.state, timer.index)) for timer in route.before.timers]
    places = dict.fromkeys((*(place for place in before if place), *found))
    draft.timers = [found[place] for place in places]
    return fired


def carry_outcomes(route: Route, draft: Draft, fired: Mapping[Place, Place]) -> None:
    """Pending outcomes stay due if their state still waits for the same kind of block."""
    kept: list[Outcome] = []
    for outcome in route.before.outcomes:
        target = route.name(outcome.state)
        if outcome.timer is not None:
            place = fired.get((outcome.state, outcome.timer))
            kept += [replace(outcome, state=place[0], timer=place[1])] if place else []
        elif (
            target in draft.active_in_order
            and route.origin(target) == outcome.state
            and (carried := _carried(route, draft, outcome))
        ):
            kept.append(carried)
    draft.outcomes = kept


def _carried(route: Route, draft: Draft, outcome: Outcome) -> Outcome | None:
    """The outcome, if the state that replaces an old one waits for the same kind of block, or its states have ended."""
    compiled, target = draft.compiled, route.name(outcome.state)
    if not route.old.is_of_states(outcome):
        same = route.old.states[outcome.state].waits_for == compiled.states[target].waits_for
        return replace(outcome, state=target) if same else None
    if not compiled.chart.is_in_final(target, draft.active_in_order):
        return None
    return replace(
        outcome, state=target, name=compiled.ending(target, draft.active_in_order), of_states=compiled.is_strict
    )


def _of_state(route: Route, draft: Draft, state: str) -> Iterator[tuple[Timer | None, Timer]]:
    """The timers of an active state, each with the old timer that it continues."""
    old = route.origin(state)
    left = [timer for timer in route.before.timers if timer.state == old]
    written = route.old.states[old].after if old is not None else ()
    known = _continued(route, left, written, draft.compiled.states[state].after)
    for index, timed in enumerate(draft.compiled.states[state].after):
        timer = known.get(index)
        fresh = Timer(state, index, timers.moment_of(draft, state, timed))
        yield timer, _as_fired(route, draft, timer, fresh) if timer is not None and timer.fired else fresh


def _continued(route: Route, left: list[Timer], written: Sequence[Timed], anew: Sequence[Timed]) -> Mapping[int, Timer]:
    """The old timer of each timed transition that has one, by the new index; each old timer is taken once.

    Since STRICT_CORE a timed transition with the same time and target is the same, whatever else it does now.
    """
    known: dict[int, Timer] = {}
    for same_part in (effect_of, moment_of) if is_strict(route) else (effect_of,):
        for index, timed in enumerate(anew):
            if index in known:
                continue
            same = [one for one in left if same_part(written[one.index], route) == same_part(timed)]
            timer = next((one for one in same if one.index == index), same[0] if same else None)
            if timer is not None:
                left.remove(timer)
                known[index] = timer
    return known


def _as_fired(route: Route, draft: Draft, timer: Timer, fresh: Timer) -> Timer:
    is_pending = any(one.state == timer.state and one.timer == timer.index for one in route.before.outcomes)
    if is_pending and (fresh.at is None or fresh.at > draft.now):
        return fresh
    return replace(timer, state=fresh.state, index=fresh.index)
