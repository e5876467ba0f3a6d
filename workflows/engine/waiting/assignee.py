"""The assignee of a ticket while it waits: a delegate stands in, and the ticket of a person who left finds another.

Watchers and people in fields are checked with the assignee. Runs of older interpreters check none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

from definitions.people.bound import plain
from definitions.people.directory import Actor
from definitions.people.references import values
from definitions.times import Instant
from workflows.engine.draft.draft import Draft
from workflows.engine.draft.named_people import in_fields, named_people
from workflows.engine.draft.view import View
from workflows.engine.executable_content import unwatch
from workflows.engine.model.availability import AssigneeInQuestion, AssigneeNow, Holding
from workflows.engine.model.coming import Coming
from workflows.engine.model.interpreter import STRICT_CORE
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.model.timeline.ticket_entries import TicketAssigned
from workflows.engine.waiting.problems_with_owners import report_to_owners

GROUPS = ("team:", "role:")


def question(view: View) -> AssigneeInQuestion | None:
    """The assignee, with everybody who could get the ticket instead; None without an assignee."""
    if view.assignee is None or view.compiled.interpreter < STRICT_CORE:
        return None
    known = view.before.holding if not isinstance(view, Draft) else view.holding
    instead = known.instead if known and known.assignee == view.assignee else ()
    teams = (f"team_of:{one}" for name in view.compiled.services for one in values(view.fields.get(name)))
    return AssigneeInQuestion(view.assignee, _others(view.assignee, (*instead, *teams)))


def named(view: View) -> tuple[str, ...]:
    """The ids of all people whom the ticket names."""
    if view.compiled.interpreter < STRICT_CORE:
        return ()
    return tuple(one.removeprefix("person:") for one in named_people(view) if one.startswith("person:"))


def is_new(draft: Draft) -> bool:
    """Notes a new assignee; True where the organization must say whether that person is available.

    A person who takes a ticket is available, and their facts come with the event.
    """
    assignee = draft.assignee
    if draft.compiled.interpreter < STRICT_CORE or assignee == draft.before.assignee:
        return False
    if draft.holding is not None and draft.holding.assignee == assignee:
        return False  # a delegate, who holds the ticket since this step
    if assignee is None or not assignee.startswith("person:"):
        draft.holding = None
        return False
    actor = draft.handled.actor
    if actor is None or assignee != f"person:{actor.id}":
        draft.holding = Holding(assignee, instead=_groups_before(draft))
        return draft.ended_at is None
    instead = _others(assignee, (*_groups_before(draft), *_home(actor)))
    absent_at = min((start for start in actor.absences if start > draft.now), default=None)
    draft.holding = Holding(assignee, instead=instead, absent_at=absent_at)
    return False


def absence_begins(draft: Draft) -> bool:
    """Whether an announced absence of the assignee begins now, or has begun."""
    holding = draft.holding
    if holding is None or holding.absent_at is None or holding.absent_at > draft.now:
        return False
    draft.holding = replace(holding, absent_at=None)
    return holding.assignee == draft.assignee


def checked(draft: Draft, now: AssigneeNow) -> None:
    """Hands the ticket over where needed: to the delegate once, or to another team or person where its holder left."""
    if draft.assignee != now.assignee:
        return
    known = draft.holding if draft.holding and draft.holding.assignee == now.assignee else Holding(now.assignee)
    if now.assignee.startswith("person:"):
        kept = (one for one in known.instead if one.startswith(GROUPS) or one == known.meant_for)
        instead = _others(now.assignee, (*kept, *now.home)) if now.there else known.instead
        draft.holding = known = replace(known, instead=instead, absent_at=now.absent_at)
    if not now.there and now.instead is not None:
        draft.holding = None  # the next holder is asked about in turn
        _hand_over(draft, now.instead, "left")
    elif not now.there:
        nobody = f"{draft.before.key} is assigned to {plain(now.assignee)}, and nobody is left to work on it"
        report_to_owners(draft, "nobody_in_charge", nobody, "")
    elif now.away and known.meant_for is None and now.delegate is not None:
        delegate = f"person:{now.delegate}"
        instead = _others(delegate, (now.assignee, *known.instead))
        draft.holding = Holding(delegate, meant_for=now.assignee, instead=instead)
        _hand_over(draft, delegate, "out_of_office")
    elif now.away:
        out = f"{draft.before.key} is assigned to {plain(now.assignee)}: out of office, and nobody stands in"
        report_to_owners(draft, "assignee_away", out, "")


def left(draft: Draft, gone: Sequence[str]) -> None:
    """Removes watchers who have left, and reports each field that still names one of these people, by id."""
    if not gone:
        return
    unwatch(draft, [f"person:{person}" for person in gone], why="left")
    for name, person in in_fields(draft):
        if person in gone:
            text = f"{name} names {person}, and the organization no longer has this person"
            report_to_owners(draft, "person_left", text, "")


def moments(snapshot: Snapshot) -> Sequence[Instant | None]:
    """The announced absence of the assignee."""
    return (snapshot.holding.absent_at,) if snapshot.holding else ()


def coming(view: View) -> Iterator[Coming]:
    """The same moment, worded for people."""
    holding = view.before.holding
    if holding is not None and holding.absent_at is not None:
        yield Coming(holding.absent_at, f"{plain(holding.assignee)}, assignee of the ticket, is out of office", "")


def _hand_over(draft: Draft, to: str, why: Literal["left", "out_of_office"]) -> None:
    before, draft.assignee = draft.assignee, to
    draft.say(TicketAssigned(from_=plain(before), to=plain(to), why=why), actor="engine")
    draft.notify("", (to,), "ticket_assigned", context={"from": plain(before), "why": why})


def _groups_before(draft: Draft) -> tuple[str, ...]:
    """The group that the ticket was assigned to last: the next holder has taken it from there."""
    before = draft.before.assignee
    if before is not None and before.startswith(GROUPS):
        return (before,)
    known = draft.before.holding
    return tuple(one for one in known.instead if one.startswith(GROUPS))[:1] if known else ()


def _home(actor: Actor) -> tuple[str, ...]:
    teams = tuple(f"team:{team}" for team in actor.teams)
    return (*teams, f"person:{actor.manager}") if actor.manager else teams


def _others(assignee: str, principals: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in principals if one != assignee))
