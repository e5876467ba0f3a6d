"""Automation of a state on the pure core (LANGUAGE, section 4, run): in order, saved, canceled on leaving."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.engine.tickets import Ticket
from workflows.engine.model.automation import (
    MOST_BYTES,
    MOST_ELEMENTS,
    Automate,
    CallAction,
    CancelRun,
    HttpRequest,
    Place,
)
from workflows.engine.model.events import CompleteRun, Edit, Ran
from workflows.engine.model.interpreter import LAZY_TIMER
from workflows.engine.model.result import Refusal

EACH = """\
      - {call: {action: figures, with: {service: =each}},
         each: "['b', 'a', 'c']", when: each != ticket.service, save: seen}
"""
FIELDS = """\
fields:
  service: {type: text, default: mail}
  names: {type: text, list: true}
  count: {type: integer, default: 0}
"""
RUN = """\
      - {call: {action: tickets, with: {match: {service: =ticket.service}}}, save: seen, timeout: 45s, retry: 2}
      - {set: {count: =ticket.count + 1}}
      - {call: {action: conflicts}, when: ticket.count > 5}
      - {http: {method: PUT, url: "='https://example.com/' + ticket.service", body: {n: =run.check.seen}}, save: sent}
"""


def process(run: str = RUN, done: str = "ready") -> str:
    return f"""\
{FIELDS}
may: {{complete: [person:alice]}}
initial: check
states:
  check:
    run:
{run}
    on: {{done: {done}, failed: broken, stop: ready}}
  ready: {{on: {{again: check, end: over}}}}
  broken: {{on: {{again: check}}}}
  over: {{final: true}}
"""


def code(refused: Refusal | None) -> str | None:
    return refused.code if refused else None


def answer(ticket: Ticket, result: object = None, failed: str | None = None) -> Automate:
    """Answers the only pending request."""
    (wanted,) = ticket.wanted(Automate)
    assert wanted.place is not None
    ticket.do(Ran(wanted.place, result, failed))
    return wanted


def test_steps_run_in_order_each_after_the_answer_to_the_last() -> None:
    """A result is saved under its name and read by later steps; steps that need no waiting are performed on the way."""
    ticket = Ticket(process())
    first = answer(ticket, [{"key": "INC-1"}])
    assert first.what == CallAction("tickets", {"match": {"service": "mail"}})
    assert (first.id, first.timeout, first.retry, first.place) == ("SMP-1:check:1:0", 45, 2, Place("check", 1, 0))
    assert ticket.ticket.fields["count"] == 1
    second = answer(ticket, {"status": 200})
    assert isinstance(second.what, HttpRequest)
    assert (second.what.url, second.what.body) == ("https://example.com/mail", {"n": [{"key": "INC-1"}]})
    assert ticket.state == ("ready",)
    run = ticket.ticket.runs["check"]
    assert (run.status, run.saved) == ("done", {"seen": [{"key": "INC-1"}], "sent": {"status": 200}})


def test_guards_read_what_was_saved() -> None:
    """``run.<state>.<saved>`` decides where the outcome leads."""
    text = process(
        "      - {call: {action: figures}, save: seen}",
        "[{to: over, when: run.check.seen == 'all'}, {to: ready}]",
    )
    ticket = Ticket(text)
    answer(ticket, "all")
    assert ticket.state == ("over",)


def test_a_failure_ends_the_run() -> None:
    """After all attempts a run is ``failed``, with a problem that states why; later steps don't run."""
    ticket = Ticket(process())
    answer(ticket, failed="timed out")
    assert (ticket.state, ticket.problems(), ticket.wanted(Automate)) == (("broken",), ["run_failed"], [])
    assert ticket.ticket.runs["check"].reason == "timed out"


def test_a_step_whose_values_can_not_be_computed_fails_the_run() -> None:
    """A failing expression is a failure of the automation, never a crash."""
    ticket = Ticket(process("      - {call: {action: figures, with: {n: =1 / ticket.count}}}"))
    assert (ticket.state, ticket.problems()) == (("broken",), ["run_failed"])


def test_a_run_with_nothing_to_wait_for_is_done_at_once() -> None:
    """Steps that apply to no element, or wait for no answer, end in the step that enters the state."""
    ticket = Ticket(process("      - {set: {count: 7}}\n      - {call: {action: figures}, when: ticket.count < 5}"))
    assert (ticket.state, ticket.ticket.revision, ticket.ticket.fields["count"]) == (("ready",), 1, 7)


def test_leaving_cancels_and_a_late_answer_changes_nothing() -> None:
    """Leaving a state cancels its running step, whose answer comes too late, also after the state was entered again."""
    ticket = Ticket(process())
    (wanted,) = ticket.wanted(Automate)
    assert wanted.place is not None
    ticket.send("stop")
    assert ticket.wanted(CancelRun) == [CancelRun("check", 1)]
    ticket.do(Ran(wanted.place, "late"))
    assert (ticket.state, ticket.ticket.runs["check"].status) == (("ready",), "canceled")
    ticket.send("again")
    ticket.do(Ran(wanted.place, "later"))
    run = ticket.ticket.runs["check"]
    assert (run.visit, run.index, run.saved) == (2, 0, {})


def test_an_answer_counts_once() -> None:
    """The same answer twice moves the run once."""
    ticket = Ticket(process())
    (wanted,) = ticket.wanted(Automate)
    assert wanted.place is not None
    ticket.do(Ran(wanted.place, 1))
    ticket.do(Ran(wanted.place, 2))
    assert (ticket.ticket.runs["check"].saved, ticket.ticket.fields["count"]) == ({"seen": 1}, 1)


def test_people_may_end_it_in_its_place() -> None:
    """``complete_run`` gives results or a failure, cancels running steps, and ``may.complete`` names its actor."""
    ticket = Ticket(process())
    assert code(ticket.do(CompleteRun(ticket.actor("erin"), "check"))) == "not_permitted"
    assert code(ticket.do(CompleteRun(ticket.actor("alice"), "ready"))) == "not_open"
    assert ticket.do(CompleteRun(ticket.actor("alice"), "check", {"seen": []})) is None
    assert (ticket.state, ticket.ticket.runs["check"].saved) == (("ready",), {"seen": []})
    assert ticket.wanted(CancelRun) == [CancelRun("check", 1)]
    assert code(ticket.do(CompleteRun(ticket.actor("alice"), "check"))) == "not_open"
    ticket.send("end")
    assert code(ticket.do(CompleteRun(ticket.actor("erin"), "check"))) == "ended"


def test_the_timeline_names_who_has_ended_it_with_the_results() -> None:
    """The entry of a run that a person has completed has that person as actor, and the results."""
    ticket = Ticket(process())
    assert ticket.do(CompleteRun(ticket.actor("alice"), "check", {"seen": [1]})) is None
    (entry,) = (one for one in ticket.audit if one.data.get("ended"))
    assert (entry.actor, entry.data) == ("alice", {"state": "check", "ended": "done", "by_hand": {"seen": [1]}})
    other = Ticket(process())
    assert other.do(CompleteRun(other.actor("alice"), "check", failed="no figures")) is None
    (entry,) = (one for one in other.audit if one.data.get("ended"))
    assert (entry.actor, entry.data["reason"]) == ("alice", "no figures")


def test_nobody_may_end_it_by_default() -> None:
    """Without ``may.complete`` nobody completes automation by hand, even if they may send every event."""
    ticket = Ticket(process().replace("may: {complete: [person:alice]}\n", ""))
    assert code(ticket.do(CompleteRun(ticket.actor("alice"), "check"))) == "not_permitted"


def test_only_declared_results_are_taken_and_only_so_many_bytes() -> None:
    """A result under a name that no step saves is refused, and so are results and reasons beyond the bounds."""
    ticket = Ticket(process())

    def refused(saved: dict[str, object], failed: str | None = None, code: str = "too_large") -> Refusal:
        found = ticket.do(CompleteRun(ticket.actor("alice"), "check", saved, failed))
        assert found is not None
        assert found.code == code
        return found

    strange = refused({"seen": 1, "other": 2}, code="invalid_fields")
    assert strange.reason == "the automation of 'check' does not save other: it saves seen, sent"
    assert strange.fields == ("other",)
    size = MOST_BYTES + 1
    wide = refused({"seen": "x" * (size - len('{"seen":""}'))})
    assert wide.reason == f"the results have {size} bytes: a run that is completed by hand keeps {MOST_BYTES} at most"
    assert refused({}, "x" * 2_001).reason == "the reason has 2001 characters: it has 2000 at most"
    assert ticket.do(CompleteRun(ticket.actor("alice"), "check", {"seen": "x" * (MOST_BYTES - 11)})) is None


def test_a_run_of_an_older_version_is_ended_as_before() -> None:
    """Under an older version of the interpreter everybody who may send an event ends a run, with any result."""
    ticket = Ticket(process().replace("complete: [person:alice]", "see: [everyone]"))
    ticket.compiled = replace(ticket.compiled, interpreter=LAZY_TIMER)
    assert ticket.do(CompleteRun(ticket.actor("dora"), "check", {"other": 2})) is None
    (entry,) = (one for one in ticket.audit if one.data.get("ended"))
    assert (entry.actor, entry.data) == ("engine", {"state": "check", "ended": "done"})
    assert ticket.ticket.runs["check"].saved == {"other": 2}


def test_an_answer_is_kept_where_the_ticket_can_not_come_to_rest() -> None:
    """An outcome whose transition fails stays due: the result is not lost, and the ticket states why it waits."""
    text = f"""\
{FIELDS}
initial: check
states:
  check: {{run: [{{call: {{action: figures}}, save: seen}}], on: {{done: spin, failed: over, x: {{}}}}}}
  spin: {{always: [{{to: spun, when: ticket.count == 0}}, {{to: over}}]}}
  spun: {{always: [{{to: spin, when: ticket.count == 0}}, {{to: over}}]}}
  over: {{final: true}}
"""
    ticket = Ticket(text)
    answer(ticket, 42)
    assert (ticket.state, ticket.problems()) == (("check",), ["guard_failed"])
    assert ticket.ticket.runs["check"].saved == {"seen": 42}
    ticket.do(Edit(ticket.actor("alice"), {"count": 1}))
    assert ticket.state == ("over",)


def test_an_event_raised_by_a_run_is_the_engines_own() -> None:
    """An event raised by a step of a run is internal, as with any other step."""
    run = "      - {call: {action: figures}}\n      - {raise: ready_now}"
    ticket = Ticket(process(run).replace("stop: ready", "ready_now: ready"))
    assert code(ticket.send("ready_now")) == "unknown_event"
    answer(ticket)
    assert ticket.state == ("ready",)


def test_a_step_for_each_element_waits_for_all_of_them() -> None:
    """All elements run at once, under their own keys; results are a list in the order of ``each``, not of answers."""
    ticket = Ticket(process(EACH))
    wanted = ticket.wanted(Automate)
    assert [one.id for one in wanted] == ["SMP-1:check:1:0:0", "SMP-1:check:1:0:1", "SMP-1:check:1:0:2"]
    assert [one.what for one in wanted] == [CallAction("figures", {"service": name}) for name in ("b", "a", "c")]
    for place, result in ((Place("check", 1, 0, 2), "of c"), (Place("check", 1, 0, 0), "of b")):
        ticket.do(Ran(place, result))
        ticket.do(Ran(place, "again"))
    assert (ticket.state, ticket.ticket.runs["check"].saved) == (("check",), {})
    ticket.do(Ran(Place("check", 1, 0), "of none"))
    ticket.do(Ran(Place("check", 1, 0, 1), "of a"))
    assert ticket.state == ("ready",)
    run = ticket.ticket.runs["check"]
    assert (run.saved, run.answers) == ({"seen": ["of b", "of a", "of c"]}, {})
    assert ticket.said("run")[0] == {"state": "check", "step": 0, "saved": "seen"}


def test_elements_where_the_condition_does_not_hold_are_left_out() -> None:
    """``when`` is evaluated for each element; the keys of the others still follow their place in the list."""
    ticket = Ticket(process(EACH), service="a")
    wanted = ticket.wanted(Automate)
    assert [one.id for one in wanted] == ["SMP-1:check:1:0:0", "SMP-1:check:1:0:2"]
    for one in wanted:
        assert one.place is not None
        ticket.do(Ran(one.place, one.place.element))
    assert ticket.ticket.runs["check"].saved == {"seen": [0, 2]}


def test_one_element_that_fails_fails_the_run() -> None:
    """A failure cancels the other elements, whose answers come too late; the reason names the failed element."""
    ticket = Ticket(process(EACH))
    ticket.wanted(Automate)
    ticket.do(Ran(Place("check", 1, 0, 0), "of b"))
    ticket.do(Ran(Place("check", 1, 0, 1), failed="timed out"))
    assert (ticket.state, ticket.wanted(CancelRun)) == (("broken",), [CancelRun("check", 1)])
    run = ticket.ticket.runs["check"]
    assert (run.reason, run.saved) == ("2nd element of each: timed out", {})
    ticket.do(Ran(Place("check", 1, 0, 2), "of c"))
    assert (ticket.state, ticket.ticket.runs["check"].saved) == (("broken",), {})


def test_an_empty_list_waits_for_nothing() -> None:
    """Where there is no element, or no list, the result is an empty list, and the run continues."""
    text = process("      - {call: {action: figures}, each: ticket.names, save: seen}")
    for ticket in (Ticket(text, names=[]), Ticket(text)):
        assert (ticket.state, ticket.ticket.runs["check"].saved) == (("ready",), {"seen": []})


def test_a_list_that_is_too_long_fails_the_run() -> None:
    """The number of elements is bounded, because all run at once: exceeding the bound is reported, and none starts."""
    run = "      - {call: {action: figures}, each: ticket.names}"
    assert len(Ticket(process(run), names=["a"] * MOST_ELEMENTS).wanted(Automate)) == MOST_ELEMENTS
    ticket = Ticket(process(run), names=["a"] * (MOST_ELEMENTS + 1))
    assert (ticket.state, ticket.wanted(Automate)) == (("broken",), [])
    reason = "step 1: each has 101 elements: a step waits for at most 100 at once"
    assert ticket.ticket.runs["check"].reason == reason


def test_results_that_are_too_large_together_fail_the_run() -> None:
    """A ticket keeps as much of all elements of a step together as of a step without elements."""
    ticket = Ticket(process(EACH))
    ticket.do(Ran(Place("check", 1, 0, 0), "x" * (MOST_BYTES // 2)))
    ticket.do(Ran(Place("check", 1, 0, 1), "x" * (MOST_BYTES // 2)))
    assert ticket.state == ("broken",)
    reason = "the results of step 1 have 100007 bytes: a ticket keeps 100000 at most"
    assert ticket.ticket.runs["check"].reason == reason
    loose = Ticket(process(EACH.replace(", save: seen", "")))
    for element in range(3):
        loose.do(Ran(Place("check", 1, 0, element), "x" * MOST_BYTES))
    assert loose.state == ("ready",)


def test_each_is_known_where_nothing_is_waited_for() -> None:
    """A step of a run that needs no waiting is performed for each element where its condition holds."""
    ticket = Ticket(process("      - {set: {service: =each}, each: ticket.names, when: each != 'c'}"), names=["a", "c"])
    assert (ticket.state, ticket.ticket.fields["service"]) == (("ready",), "a")
