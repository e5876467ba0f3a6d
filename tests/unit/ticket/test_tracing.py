"""A watched ticket reports each of its steps, and each event that makes no step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.servers.tickets import ALICE, pinned
from workflows.engine.model.events import Due, EffectFailed, Open, Send
from workflows.ticket.messages import EventEnvelope, TicketInput
from workflows.ticket.state import Repeated, Taken
from workflows.ticket.tracing import Noted, Traced, TracedRefusal, TracedState, TracedStep

NOW = 1_772_438_400
DAY = 86_400


def watched(fields: Mapping[str, Any] | None = None) -> tuple[TracedState, list[Traced]]:
    """A ticket and its reports, including those of its opening."""
    given = TicketInput(pinned(now=NOW), Open("REQ-1", ALICE, {"summary": "Help"} if fields is None else fields))
    traced: list[Traced] = []
    return TracedState(given, NOW, traced.append, lambda: 7), traced


def send(name: str, **envelope: Any) -> EventEnvelope:
    return EventEnvelope.of(Send(name, ALICE), **envelope)


def steps(traced: list[Traced]) -> list[tuple[type, int | None, int]]:
    """Event, revision before, and revision after."""
    found = [one for one in traced if isinstance(one, TracedStep)]
    return [(type(one.event), one.before.revision if one.before else None, one.step.snapshot.revision) for one in found]


def test_each_step_has_its_event_and_the_ticket_before_it() -> None:
    """A step of time has no event except its due time; an answer of the engine's own is an event."""
    state, traced = watched()
    verdict = state.judge("k", send("tell"), NOW + 60)
    assert isinstance(verdict, Taken)
    state.accept(verdict)
    state.report_problem("records_away", "no route", NOW + 120)
    state.advance(NOW + 31 * DAY)
    assert steps(traced) == [(Open, None, 1), (Send, 1, 2), (EffectFailed, 2, 3), (Due, 3, 4)]


def test_a_judgement_alone_is_no_step() -> None:
    """An event that was judged but never accepted is not shown."""
    state, traced = watched()
    state.judge("k", send("start"), NOW)
    state.judge("k", send("start"), NOW + 40 * DAY)
    assert steps(traced) == [(Open, None, 1)]


def test_a_refusal_and_its_note() -> None:
    """A refused event is shown as it arrived, and its timeline entry as a step of its own."""
    state, traced = watched()
    envelope = send("done", note_refusal=True)
    refusal = state.judge("k", envelope, NOW)
    assert not isinstance(refusal, Taken | Repeated)
    state.noted("k", envelope, refusal, NOW)
    assert traced[1] == TracedRefusal(envelope, NOW, 1, refusal, 7)
    assert steps(traced)[1:] == [(Noted, 1, 2)]


def test_a_repeated_request_changes_nothing() -> None:
    """A request that was answered before is shown as repeated, without a refusal."""
    state, traced = watched()
    state.handled.keep("k", state.result("a"))
    envelope = send("start", request_hash="a")
    state.judge("k", envelope, NOW)
    assert traced[1:] == [TracedRefusal(envelope, NOW, 1, None, 7)]


def test_an_opening_that_is_refused() -> None:
    """A ticket that could not be opened shows why."""
    state, traced = watched({})
    assert [type(one) for one in traced] == [TracedRefusal]
    assert isinstance(traced[0], TracedRefusal)
    assert traced[0].refusal == state.refusal is not None
