"""Invariants of a ticket after every event, whatever the events were."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from pydantic import TypeAdapter

from tests.unit.engine.random_tickets import Life
from workflows.engine.access.allowed import allowed_in
from workflows.engine.deadlines import next_deadline
from workflows.engine.draft.view import Handled, View
from workflows.engine.model.approval import ApprovalRequest, ApprovalState
from workflows.engine.model.availability import OrganizationChanged, PeopleChecked
from workflows.engine.model.clock import Run
from workflows.engine.model.effects import CheckPeople
from workflows.engine.model.events import Send, Vote
from workflows.engine.model.result import Refusal
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.service_levels.clocks import ledger, readings
from workflows.engine.step import step

SNAPSHOTS = TypeAdapter(Snapshot)
POSSIBLE = ("missing_fields", "invalid_fields", "guard_failed")
"""Codes with which an allowed event may be refused: for its values, or for the values that it would write."""


class Checks:
    """Checks every event that was handled since the last check."""

    def __init__(self) -> None:
        self._seen = 0
        self._votes: dict[tuple[str, int, int, int, str], str] = {}
        self._elapsed: dict[tuple[str, int], int] = {}
        self._runs: dict[tuple[str, int], Run] = {}
        self._places: dict[tuple[str, int, int, int], tuple[int, int]] = {}

    def __call__(self, life: Life) -> None:
        for taken in life.taken[self._seen :]:
            if isinstance(taken.result, Refusal):
                continue
            after = taken.result.snapshot
            assert after.revision == (taken.before.revision if taken.before else 0) + 1
            assert all(entry.at == after.at for entry in taken.result.audit)
            if isinstance(taken.event, Vote):
                self._count(taken.before, after, taken.event)
            if isinstance(taken.event, PeopleChecked | OrganizationChanged) and taken.before:
                check_nothing_is_decided(taken.before, after)
        self._seen = len(life.taken)
        check_approvals(life.ticket)
        self._check_numbers_stand(life)
        self._check_votes_are_kept(life.ticket)
        self._check_clocks(life)
        check_not_stuck(life)

    def _count(self, before: Snapshot | None, after: Snapshot, event: Vote) -> None:
        """A recorded vote is the only vote of this person in this stage of this round."""
        assert before is not None
        (state,) = [
            state
            for state, approval in before.approvals.items()
            if after.approvals[state] != approval
            and any(one.person == event.actor.id and one.vote is None for one in approval.requests)
        ]
        approval = before.approvals[state]
        key = (state, approval.visit, approval.round, approval.stage, event.actor.id)
        assert key not in self._votes, "one person voted twice"
        assert event.actor.id not in approval.excluded, "an excluded person voted"
        self._votes[key] = event.decision

    def _check_numbers_stand(self, life: Life) -> None:
        """Leaving, joining and absence change neither the number of required approvals nor the number of places."""
        ticket = life.ticket
        looking = any(isinstance(one, CheckPeople) and one.number == ticket.checks for one in life.questions)
        for state, approval in ticket.approvals.items():
            if not approval.asked or approval.outcome or state not in ticket.configuration:
                continue
            key = (state, approval.visit, approval.round, approval.stage)
            places = sum(not one.veto_only for one in approval.requests) + approval.vacant
            assert self._places.setdefault(key, (approval.required, places)) == (approval.required, places)
            able = sum(one.vote != "reject" and not one.veto_only for one in approval.requests)
            if able < approval.required and not looking:  # candidates for a place have been looked up
                assert any(one.code == "not_enough_approvers" for one in ticket.problems), "it waits in silence"

    def _check_votes_are_kept(self, ticket: Snapshot) -> None:
        for (state, visit, round_, stage, person), decision in self._votes.items():
            approval = ticket.approvals[state]
            if (approval.visit, approval.round) != (visit, round_):
                continue
            over = {one.stage: one.requests for one in approval.passed}
            requests = over.get(stage, approval.requests)
            assert [one.vote for one in requests if one.person == person] == [decision], "a vote is lost"

    def _check_clocks(self, life: Life) -> None:
        told = readings(life.compiled, life.ticket, life.now)
        for name, clock in life.ticket.clocks.items():
            run = clock.run
            if run is None:
                continue
            key, reading = (name, run.number), told[name]
            lines = ledger(life.compiled, life.ticket, name, life.now)
            assert lines[0].interval.start == run.start
            assert all(one.end == other.interval.start for one, other in pairwise(lines)), "a gap in the ledger"
            assert sum(line.actual for line in lines) == reading.actual, "the ledger does not add up"
            assert reading.elapsed == sum(line.working for line in lines if line.interval.kind == "running")
            assert self._elapsed.get(key, 0) <= reading.elapsed <= reading.actual, "elapsed time went backwards"
            self._elapsed[key] = reading.elapsed
            before = self._runs.get(key, run)
            assert run.fired[: len(before.fired)] == before.fired, "a threshold was forgotten"
            assert len(set(run.fired)) == len(run.fired), "a threshold fired twice in a run"
            assert before.breached_at in (None, run.breached_at), "a breach was lifted"
            assert (reading.status == "breached") == (run.breached_at is not None), "the reading and the record differ"
            self._runs[key] = run


def check_approvals(ticket: Snapshot) -> None:
    """Nobody has two requests, no excluded person holds a request, and an approved stage has the approvals it needs."""
    for approval in ticket.approvals.values():
        for requests, needed, outcome in _stages(approval):
            people = [one.person for one in requests]
            assert len(set(people)) == len(people), "one person holds two requests"
            approvals = sum(one.vote == "approve" and not one.veto_only for one in requests)
            assert outcome != "approved" or (approvals >= needed >= 1), "approved without enough approvals"
        assert not {one.person for one in approval.requests if one.vote is None} & set(approval.excluded)
        if approval.outcome == "approved":
            assert all(stage.outcome in ("approved", "skipped") for stage in approval.passed)
            assert any(stage.outcome == "approved" for stage in approval.passed)


def check_nothing_is_decided(before: Snapshot, after: Snapshot) -> None:
    """An absence, a departure or a new member approves and rejects nothing; recorded votes stand."""
    for state, approval in before.approvals.items():
        now = after.approvals[state]
        if approval.asked and (now.visit, now.round) == (approval.visit, approval.round):
            assert (now.outcome, now.stage, now.required) == (approval.outcome, approval.stage, approval.required)
            votes, still = (
                {(one.person, one.vote, one.comment, one.voted_at) for one in each.requests if one.vote}
                for each in (approval, now)
            )
            assert votes <= still, "a vote was lost"


def _stages(approval: ApprovalState) -> list[tuple[tuple[ApprovalRequest, ...], int, str | None]]:
    over = [(one.requests, one.required, one.outcome) for one in approval.passed if one.outcome != "skipped"]
    return [*over, (approval.requests, approval.required, None)]


def check_not_stuck(life: Life) -> None:
    """The ticket has ended, or time, an answer, a vote, a task or an event can move it; no deadline is overdue."""
    ticket = life.ticket
    due = next_deadline(ticket)
    assert due is None or due > ticket.at or due > life.now, "what is due does not fire"
    if ticket.ended_at is not None:
        assert due is None
        return
    if due is not None or life.questions:
        return
    if any(one.outcome is None and any(r.vote is None for r in one.requests) for one in ticket.approvals.values()):
        return
    if any(one.outcome is None and one.vacant for one in ticket.approvals.values()):
        return  # a member may join: until then it is a visible problem, with an owner
    if any(task.status == "open" for board in ticket.tasks.values() for task in board):
        return
    if any(not family.decided for family in ticket.families.values()):
        return
    view = View(life.compiled, ticket, Handled(""), life.now)
    assert any(allowed_in(view, life.world.actor(person)) for person in life.people), f"stuck in {ticket.configuration}"


def check_allowed(life: Life, people: Sequence[str] = ()) -> None:
    """An allowed event is accepted, or refused for its values, and never as unknown or not permitted.

    It checks ``people``, or everyone, which takes most of a life's time.
    """
    for person in people or life.people:
        view = View(life.compiled, life.ticket, Handled("", life.world.actor(person)), life.now)
        for name in allowed_in(view, life.world.actor(person)):
            result = step(life.compiled, life.ticket, Send(name, life.world.actor(person)), life.now)
            assert not isinstance(result, Refusal) or result.code in POSSIBLE, (name, result)


def check_replay(life: Life) -> None:
    """The same events on snapshots that went through JSON give the same snapshots, effects, audit and refusals."""
    snapshot: Snapshot | None = None
    for taken in life.taken:
        assert snapshot == taken.before
        restored = None if snapshot is None else SNAPSHOTS.validate_json(SNAPSHOTS.dump_json(snapshot))
        assert restored == snapshot, "a snapshot is another one after JSON"
        result = step(life.compiled, restored, taken.event, taken.at)
        assert result == taken.result, "a replay differs"
        if isinstance(result, Refusal):
            assert restored == snapshot, "a refused event changed something"
        else:
            snapshot = result.snapshot
    assert snapshot == life.snapshot
