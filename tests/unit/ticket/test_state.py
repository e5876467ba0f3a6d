"""A ticket inside its workflow, without Temporal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from definitions.digest import digest
from definitions.people.directory import Actor
from definitions.schema.process import Process, ServiceLevel
from definitions.times import to_text
from tests.servers.tickets import ALICE, PROCESS, pinned
from workflows.contracts import RecordBatch
from workflows.engine.model.events import Comment, Migrate, Open, Send
from workflows.engine.model.interpreter import LAZY_TIMER
from workflows.engine.model.result import Refusal
from workflows.ticket.messages import Carried, EventEnvelope, Sent, TicketInput
from workflows.ticket.recording import BATCH_BYTES, batch_of
from workflows.ticket.state import Repeated, Taken, TicketState

NOW = 1_772_438_400
DAY = 86_400


def opened() -> TicketState:
    return TicketState(TicketInput(pinned(now=NOW), Open("REQ-1", ALICE, {"summary": "Help"})), NOW)


def send(name: str, **envelope: Any) -> EventEnvelope:
    return EventEnvelope.of(Send(name, ALICE), **envelope)


def test_judging_changes_nothing() -> None:
    """A verdict leaves the ticket unchanged."""
    state = opened()
    before = state.snapshot
    assert isinstance(state.judge("k", send("start"), NOW), Taken)
    assert state.snapshot is before
    assert len(state.unrecorded) == 1


def test_what_is_due_fires_before_an_event_that_comes_later() -> None:
    """An event that arrives after a deadline finds the ticket as the deadline left it."""
    verdict = opened().judge("k", send("start"), NOW + 40 * DAY)
    assert isinstance(verdict, Refusal)
    assert verdict.code == "ended"


def test_ended_wins_over_stale() -> None:
    """On an ended ticket the revision no longer matters."""
    state = opened()
    state.advance(NOW + 40 * DAY)
    verdict = state.judge("k", send("start", expected_revision=99), NOW + 40 * DAY)
    assert isinstance(verdict, Refusal)
    assert verdict.code == "ended"


def test_a_known_key_is_answered_even_when_the_ticket_has_moved() -> None:
    """The answer under a key stays the same, whatever has happened since."""
    state = opened()
    answer = state.result("a")
    state.handled.keep("k", answer)
    state.advance(NOW + 40 * DAY)
    assert state.judge("k", send("start", request_hash="a"), NOW) == Repeated(answer)


def test_a_problem_is_shown_once() -> None:
    """The same problem twice is one problem and one step."""
    state = opened()
    for _ in range(2):
        state.report_problem("records_away", "record: no route", NOW)
    assert len(state.snapshot.problems) == 1
    assert state.snapshot.revision == 2


def test_a_batch_carries_what_fits() -> None:
    """A backlog that is too large for one record is sent in several, oldest first, each with its own snapshot."""
    state = opened()
    for _ in range(12):
        verdict = state.judge(None, EventEnvelope.of(Comment(ALICE, "x" * (BATCH_BYTES // 10))), NOW)
        assert isinstance(verdict, Taken)
        state.take(verdict.steps)
    steps, batch = batch_of(state)
    assert [step.revision for step in batch.steps] == list(range(1, 11))
    assert batch.snapshot.revision == 10
    assert len(steps) == 10


def recorded(state: TicketState, event: Sent | None = None) -> RecordBatch:
    """The batch of an event's results, as the records store receives it."""
    if event is not None:
        verdict = state.judge(None, EventEnvelope.of(event), NOW + 60)
        assert isinstance(verdict, Taken)
        state.take(verdict.steps)
    steps, batch = batch_of(state)
    del state.unrecorded[: len(steps)]
    return batch


def test_a_batch_tells_of_service_levels_what_is_new() -> None:
    """Service level runs are sent when they change, calendars once; a workflow run begins by sending all again."""
    fix = ServiceLevel.model_validate({"target": "4h", "during": ["work"]})
    timed = PROCESS.model_copy(update={"process": "timed", "service_levels": {"fix": fix}})
    state = TicketState(TicketInput(pinned(timed, NOW), Open("REQ-1", ALICE, {"summary": "Help"})), NOW)
    first = recorded(state)
    assert (first.runs, first.calendars) == ((), state.pinned.calendars)
    second = recorded(state, Send("start", ALICE))
    assert [(run.level, run.status, run.due_at) for run in second.runs] == [("fix", "running", NOW + 60 + 14_400)]
    assert second.calendars is None
    assert recorded(state, Comment(ALICE, "hello")).runs == ()
    carried = TicketState(TicketInput(state.pinned, carried=state.carry()), NOW)
    again = recorded(carried, Comment(ALICE, "hello"))
    assert (again.runs, again.calendars) == (second.runs, state.pinned.calendars)
    ended = recorded(carried, Send("done", ALICE))
    assert [(run.status, run.elapsed, run.ended_at) for run in ended.runs] == [("met", 0, NOW + 60)]


def test_a_run_starts_with_an_opening_or_with_what_it_carried() -> None:
    """A run without an opening and without a carried ticket is a mistake of its caller."""
    with pytest.raises(ValueError, match="an opening or with what it carried"):
        TicketState(TicketInput(pinned(now=NOW)), NOW)


def test_a_carried_ticket_is_the_same_ticket() -> None:
    """The ticket that a run hands on becomes the same ticket, with nothing left to record."""
    state = opened()
    state.handled.keep("k", state.result("a"))
    carried = TicketState(TicketInput(state.pinned, carried=state.carry()), NOW)
    assert carried.carry() == Carried(state.snapshot, state.handled.all())
    assert carried.unrecorded == []


def migrated(state: TicketState, digest: str) -> None:
    """Moves a ticket to the same process under another digest."""
    to = replace(state.pinned, digest=digest)
    verdict = state.judge("m", EventEnvelope.of(Migrate(Actor("olga", roles=("process_owner",)), to)), NOW)
    assert isinstance(verdict, Taken), verdict
    state.accept(verdict)


def test_longer_calendars_that_were_asked_for_before_a_migration_come_too_late() -> None:
    """Calendars requested before a migration are ignored: the calendars taken since then stay and request their own."""
    state = opened()
    asked_in = state.migrations
    migrated(state, "other")
    before = state.pinned
    state.grow_calendars(pinned(now=NOW - DAY).calendars, NOW, asked_in)
    assert state.pinned == before
    state.grow_calendars(pinned(now=NOW - DAY).calendars, NOW, state.migrations)
    assert state.pinned.calendars == pinned(now=NOW - DAY).calendars


def test_a_step_is_recorded_under_the_definition_that_it_was_made_under() -> None:
    """Each step keeps its own digest, even if a ticket migrates more than once while the records are unavailable."""
    state = opened()
    migrated(state, "second")
    migrated(state, "third")
    digests = [state.pinned_at(step.snapshot.revision).digest for step in state.unrecorded]
    assert digests == [digest(PROCESS), "second", "third"]
    assert batch_of(state)[1].digest == "third"


def test_a_run_keeps_its_version_of_the_interpreter() -> None:
    """A run that an earlier build has started keeps that build's rules through new calendars and migrations."""
    given = TicketInput(pinned(now=NOW), Open("REQ-1", ALICE, {"summary": "Help"}), interpreter=LAZY_TIMER)
    state = TicketState(given, NOW)
    assert state.compiled.interpreter == LAZY_TIMER
    state.grow_calendars(pinned(now=NOW - DAY).calendars, NOW)
    assert state.compiled.interpreter == LAZY_TIMER
    migrated(state, "other")
    assert (state.compiled.interpreter, state.compiled_at(1).interpreter) == (LAZY_TIMER, LAZY_TIMER)


HELD = Process.model_validate({
    "process": "held", "title": "Held", "practice": "service_request_management", "prefix": "HLD",
    "fields": {"hold_until": {"type": "datetime", "min": "=now"}},
    "initial": "waiting",
    "states": {
        "waiting": {"on": {"hold": {"form": ["hold_until"]}}, "after": [{"for": "2m", "to": "closed"}]},
        "closed": {"final": True},
    },
})  # fmt: skip


def held(at: int | None, begins: int) -> TicketState:
    """A ticket whose value has to lie ahead, tried out at ``at``; its workflow begins at ``begins``."""
    opening = Open("HLD-1", ALICE, {"hold_until": to_text(NOW)}, at=at)
    return TicketState(TicketInput(pinned(HELD, NOW), opening), begins)


def test_an_opening_is_judged_at_the_moment_of_its_trial() -> None:
    """An opening that was taken is not refused when its workflow begins a second later."""
    assert held(None, NOW + 1).refusal is not None
    opened = held(NOW, NOW + 1)
    assert opened.refusal is None
    assert (opened.snapshot.opened_at, opened.snapshot.configuration) == (NOW, ("waiting",))


@pytest.mark.parametrize(
    ("tried", "now", "code"),
    [
        (NOW, NOW + 1, None),
        (None, NOW + 1, "invalid_fields"),
        (NOW, NOW + 61, "invalid_fields"),
        (NOW, NOW + 130, "ended"),
    ],
)
def test_a_first_event_is_judged_at_the_moment_of_its_trial(tried: int | None, now: int, code: str | None) -> None:
    """A first event that passed the trial with the opening is not refused a second later; other events may be."""
    hold = EventEnvelope.of(Send("hold", ALICE, {"hold_until": to_text(NOW)}), at=tried)
    state = held(NOW, NOW)
    state.advance(now)
    verdict = state.judge("k", hold, now)
    assert (verdict.code if isinstance(verdict, Refusal) else None) == code
    if isinstance(verdict, Taken):
        assert verdict.steps[-1].snapshot.at == NOW


def test_what_was_due_before_the_workflow_began_fires_when_it_begins() -> None:
    """The timers of a ticket count from its opening, even if the ticket's workflow begins after a deadline."""
    late = held(NOW, NOW + 180)
    assert (late.snapshot.configuration, late.snapshot.ended_at) == (("closed",), NOW + 120)
