"""Visits, timed transitions and outcomes under another definition: counted from what was recorded, never from now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from definitions.schema.model import Json
from definitions.schema.states import Timed
from workflows.engine.draft.draft import Draft
from workflows.engine.migration.route import Route
from workflows.engine.model.snapshot import Outcome, Timer, Visit
from workflows.engine.waiting import timers

Place = tuple[str, int]
"""A timed transition: its state, and its index among that one's ``after``."""


def carry_visits(route: Route, draft: Draft) -> None:
    """Each state keeps since when it is active, also under another id. Numbers are never used twice: keys hold them."""
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
    """Timed transitions that do the same are the same: what has fired stays fired, what has not is timed anew.

    One that was due and that nothing has taken waits again where its time is now still to come; the others that have
    fired are answered, each with its new place.
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
    """Outcomes that nothing has taken yet stay due where their state still waits in the same way."""
    kept: list[Outcome] = []
    for outcome in route.before.outcomes:
        target = route.name(outcome.state)
        if outcome.timer is not None:
            place = fired.get((outcome.state, outcome.timer))
            kept += [replace(outcome, state=place[0], timer=place[1])] if place else []
        elif (
            target in draft.active_in_order
            and route.origin(target) == outcome.state
            and _waits(route, draft, outcome.state)
        ):
            kept.append(replace(outcome, state=target))
    draft.outcomes = kept


def _waits(route: Route, draft: Draft, state: str) -> bool:
    """Whether the state that takes an old one's place waits for the same kind of thing, or is done as a whole."""
    block, target = route.old.states[state].waits_for, route.name(state)
    if block is None:
        return draft.compiled.chart.is_in_final(target, draft.active_in_order)
    return block == draft.compiled.states[target].waits_for


def _of_state(route: Route, draft: Draft, state: str) -> Iterator[tuple[Timer | None, Timer]]:
    """The timers of an active state, each with the old one that it is."""
    old = route.origin(state)
    left = [timer for timer in route.before.timers if timer.state == old]
    written = route.old.states[old].after if old is not None else ()
    for index, timed in enumerate(draft.compiled.states[state].after):
        same = [one for one in left if _does(written[one.index], route) == _does(timed, None)]
        timer = next((one for one in same if one.index == index), same[0] if same else None)
        fresh = Timer(state, index, timers.moment_of(draft, state, timed))
        if timer is None:
            yield None, fresh
            continue
        left.remove(timer)
        yield timer, _as_fired(route, draft, timer, fresh) if timer.fired else fresh


def _as_fired(route: Route, draft: Draft, timer: Timer, fresh: Timer) -> Timer:
    is_pending = any(one.state == timer.state and one.timer == timer.index for one in route.before.outcomes)
    if is_pending and (fresh.at is None or fresh.at > draft.now):
        return fresh
    return replace(timer, state=fresh.state, index=fresh.index)


def _does(timed: Timed, route: Route | None) -> Json:
    """What a timed transition does, whenever that is, with an old target under its new name."""
    written: dict[str, Json] = timed.model_dump(mode="json", exclude={"for_", "until", "calendar", "title", "confirm"})
    if route is not None and timed.to is not None:
        written["to"] = route.name(timed.to)
    return written
