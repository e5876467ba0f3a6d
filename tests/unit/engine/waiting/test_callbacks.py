"""Requests that are called back, on the pure core: answered first, done later, or never (LANGUAGE, section 4, run)."""

from __future__ import annotations

from tests.unit.engine.tickets import HOUR, MONDAY, Ticket
from workflows.engine.deadlines import next_deadline
from workflows.engine.explain import OpenCallback, explain
from workflows.engine.model.automation import CALLBACK_URL, Automate, Callback, CancelRun, HttpRequest, Place
from workflows.engine.model.coming import Coming
from workflows.engine.model.events import CalledBack, CompleteRun, Edit, Ran
from workflows.engine.model.result import Refusal

CI = "POST https://ci.example.com/jobs"


def process(within: str = "2h", more: str = "") -> str:
    return f"""\
fields: {{count: {{type: integer, default: 0}}, built: {{type: text}}}}
may: {{complete: [person:alice]}}
initial: build
states:
  build:
    run:
      - {{http: {{url: "='https://ci.example.com/jobs?to=' + callback.url", headers: {{X-To: =callback.url}},
         body: {{to: =callback.url, all: ["='<' + callback.url + '>'"]}}, callback: {within}}}, save: built, retry: 1}}
      {more}
    on: {{done: {{to: ready, set: {{built: =run.build.built.version}}}}, failed: broken, stop: ready}}
  ready: {{on: {{again: build, end: over}}}}
  broken: {{on: {{again: build}}}}
  over: {{final: true}}
"""


def sent(ticket: Ticket) -> Automate:
    """The only request that was sent since the last look."""
    (wanted,) = ticket.wanted(Automate)
    assert wanted.place is not None
    return wanted


def call_back(ticket: Ticket, wanted: Automate, result: object = None, failed: str | None = None) -> Refusal | None:
    assert wanted.place is not None
    return ticket.do(CalledBack(wanted.place, result, failed))


def answer(ticket: Ticket, wanted: Automate, result: object = None, failed: str | None = None) -> None:
    assert wanted.place is not None
    assert ticket.do(Ran(wanted.place, result, failed)) is None


def test_the_address_is_not_known_to_the_ticket() -> None:
    """The callback's address is a placeholder in the request, and its deadline is fixed when the step begins."""
    ticket = Ticket(process())
    wanted = sent(ticket)
    assert isinstance(wanted.what, HttpRequest)
    assert wanted.what.url == f"https://ci.example.com/jobs?to={CALLBACK_URL}"
    assert wanted.what.headers == {"X-To": CALLBACK_URL}
    assert wanted.what.body == {"to": CALLBACK_URL, "all": [f"<{CALLBACK_URL}>"]}
    assert (wanted.id, wanted.callback_until) == ("SMP-1:build:1:0", MONDAY + 2 * HOUR)
    assert ticket.ticket.runs["build"].callbacks == (Callback(CI, MONDAY + 2 * HOUR),)


def test_the_answer_is_not_the_result() -> None:
    """An expected answer leaves the step waiting; the callback's values are saved, and the state continues."""
    ticket = Ticket(process())
    wanted = sent(ticket)
    answer(ticket, wanted, {"job": 7})
    run = ticket.ticket.runs["build"]
    assert (ticket.state, run.saved) == (("build",), {})
    assert run.callbacks == (Callback(CI, MONDAY + 2 * HOUR, answered=True),)
    assert call_back(ticket, wanted, {"version": "4.1"}) is None
    assert (ticket.state, ticket.ticket.fields["built"]) == (("ready",), "4.1")
    assert ticket.ticket.runs["build"].callbacks == ()
    assert ticket.wanted(CancelRun) == []
    assert ticket.said("run") == [
        {"state": "build", "step": 0, "callback_until": "2026-03-02T10:00:00Z"},
        {"state": "build", "step": 0, "called_back": True},
        {"state": "build", "step": 0, "saved": "built"},
        {"state": "build", "ended": "done"},
    ]


def test_an_answer_counts_once() -> None:
    """A repeated answer notifies nobody, and the step waits as before."""
    ticket = Ticket(process())
    wanted = sent(ticket)
    answer(ticket, wanted)
    before = ticket.ticket.runs
    answer(ticket, wanted)
    assert ticket.ticket.runs == before
    assert len(ticket.said("run")) == 1


def test_a_callback_may_come_before_the_answer() -> None:
    """A callback may precede the answer to its own request, which is then ignored and does not affect the next step."""
    ticket = Ticket(process(more="- {call: {action: tickets}, save: seen}"))
    wanted = sent(ticket)
    assert call_back(ticket, wanted, {"version": "4.1"}) is None
    effects = [effect for effect in ticket.effects if isinstance(effect, CancelRun | Automate)]
    assert effects[0] == CancelRun("build", 1, Place("build", 1, 0))
    assert sent(ticket).id == "SMP-1:build:1:1"
    answer(ticket, wanted, {"job": 7})
    run = ticket.ticket.runs["build"]
    assert (run.index, run.saved, run.callbacks) == (1, {"built": {"version": "4.1"}}, ())


def test_a_callback_may_tell_of_a_failure() -> None:
    """``failed`` ends the run, and the ticket shows who reported the failure and why."""
    ticket = Ticket(process())
    wanted = sent(ticket)
    answer(ticket, wanted)
    assert call_back(ticket, wanted, failed="the disk is full") is None
    assert ticket.state == ("broken",)
    (problem,) = ticket.ticket.problems
    assert (problem.code, problem.text) == ("run_failed", f"{CI}: the disk is full")


def test_a_request_that_fails_is_not_waited_for() -> None:
    """A request that never reached the other side gets no callback: the run fails at once."""
    ticket = Ticket(process())
    wanted = sent(ticket)
    answer(ticket, wanted, failed="500")
    assert ticket.state == ("broken",)
    assert getattr(call_back(ticket, wanted), "code", None) == "not_open"


def test_nobody_calls_back() -> None:
    """The run fails at its deadline, not before, with a reason that names the missing callback."""
    ticket = Ticket(process())
    answer(ticket, sent(ticket))
    assert next_deadline(ticket.ticket) == MONDAY + 2 * HOUR
    ticket.wait(2 * HOUR - 1)
    assert ticket.state == ("build",)
    ticket.wait(1)
    assert ticket.state == ("broken",)
    assert ticket.ticket.problems[0].text == f"{CI}: nobody has called back within 2h"
    assert next_deadline(ticket.ticket) is None
    assert ticket.wanted(CancelRun) == []


def test_a_request_without_an_answer_ends_with_the_time_to_call_back() -> None:
    """A request that is still being retried at the deadline is canceled."""
    ticket = Ticket(process())
    ticket.wait(2 * HOUR)
    assert (ticket.state, ticket.wanted(CancelRun)) == (("broken",), [CancelRun("build", 1, Place("build", 1, 0))])


def test_days_are_those_of_the_organization() -> None:
    """A callback's deadline in days keeps wall-clock time, as days do: this day has 23 hours."""
    ticket = Ticket(process("1d"), now=MONDAY + 26 * 24 * HOUR)
    assert sent(ticket).callback_until == ticket.now + 23 * HOUR


def test_twice_or_late_changes_nothing() -> None:
    """A callback is refused once answered, left, entered anew or ended, and the ticket is exactly as it was."""
    ticket = Ticket(process())
    first = sent(ticket)
    assert call_back(ticket, first, {"version": "4.1"}) is None
    before = ticket.ticket
    again = call_back(ticket, first, {"version": "4.1"})
    assert again == Refusal("not_open", "nothing in 'build' waits for this callback any more")
    ticket.send("again")
    second = sent(ticket)
    assert second.place == Place("build", 2, 0)
    entered = ticket.ticket
    assert getattr(call_back(ticket, first, {"version": "4.2"}), "code", None) == "not_open"
    assert ticket.ticket is entered
    assert before is not entered
    ticket.send("stop")
    assert getattr(call_back(ticket, second), "code", None) == "not_open"
    ticket.send("end")
    assert call_back(ticket, second) == Refusal("ended", "SMP-1 has ended")


def test_only_a_request_that_is_called_back_can_be() -> None:
    """A step without ``callback`` is done by the answer to its request alone."""
    ticket = Ticket(process(more="- {call: {action: tickets}, save: seen}"))
    assert call_back(ticket, sent(ticket), {"version": "4.1"}) is None
    assert getattr(call_back(ticket, sent(ticket), "forged"), "code", None) == "not_open"
    assert "seen" not in ticket.ticket.runs["build"].saved


EACH = """\
fields: {hosts: {type: text, list: true}, built: {type: text}}
initial: build
states:
  build:
    run:
      - {http: {url: "='https://' + each + '/jobs'", body: =callback.url, callback: 2h}, each: ticket.hosts, save: all}
    on: {done: ready, failed: broken, stop: ready}
  ready: {on: {again: build, end: over}}
  broken: {on: {again: build}}
  over: {final: true}
"""


def test_every_element_of_a_list_is_called_back() -> None:
    """Each request has its own address; the results are in the order of the list, whatever the order of callbacks."""
    ticket = Ticket(EACH, hosts=["a", "b"])
    first, second = ticket.wanted(Automate)
    assert first.callback_until == second.callback_until == MONDAY + 2 * HOUR
    answer(ticket, first)
    assert call_back(ticket, second, 2) is None
    assert ticket.wanted(CancelRun) == [CancelRun("build", 1, Place("build", 1, 0, 1))]
    assert [one.element for one in ticket.ticket.runs["build"].callbacks] == [0]
    assert getattr(call_back(ticket, second, 2), "code", None) == "not_open"
    assert call_back(ticket, first, 1) is None
    assert (ticket.state, ticket.ticket.runs["build"].saved) == (("ready",), {"all": [1, 2]})


def test_one_that_does_not_call_back_fails_the_run_of_all() -> None:
    """The problem names the first missing callback, once, and the other requests are canceled."""
    ticket = Ticket(EACH, hosts=["a", "b", "c"])
    first, _, _ = ticket.wanted(Automate)
    assert call_back(ticket, first, 1) is None
    ticket.wanted(CancelRun)
    ticket.wait(2 * HOUR)
    assert ticket.state == ("broken",)
    text = "2nd element of each: POST https://b/jobs: nobody has called back within 2h"
    assert [one.text for one in ticket.ticket.problems] == [text]
    assert CancelRun("build", 1) in ticket.wanted(CancelRun)


def test_people_may_still_end_it_in_its_place() -> None:
    """``complete_run`` ends a run that waits for its callback, which then comes too late."""
    ticket = Ticket(process())
    wanted = sent(ticket)
    assert ticket.do(CompleteRun(ticket.actor("alice"), "build", {"built": {"version": "4.1"}})) is None
    assert (ticket.state, next_deadline(ticket.ticket)) == (("ready",), None)
    assert getattr(call_back(ticket, wanted), "code", None) == "not_open"


def test_a_callback_is_kept_where_the_ticket_can_not_come_to_rest() -> None:
    """A callback is not refused where the process fails: its result is kept, and the ticket states why it waits."""
    text = """\
fields: {count: {type: integer, default: 0}}
initial: build
states:
  build:
    run: [{http: {url: https://ci.example.com/jobs, body: =callback.url, callback: 2h}, save: built}]
    on: {done: spin, failed: over, x: {}}
  spin: {always: [{to: spun, when: ticket.count == 0}, {to: over}]}
  spun: {always: [{to: spin, when: ticket.count == 0}, {to: over}]}
  over: {final: true}
"""
    ticket = Ticket(text)
    assert call_back(ticket, sent(ticket), 42) is None
    assert (ticket.state, ticket.problems()) == (("build",), ["guard_failed"])
    assert ticket.ticket.runs["build"].saved == {"built": 42}
    ticket.do(Edit(ticket.actor("alice"), {"count": 1}))
    assert ticket.state == ("over",)


def test_the_explanation_says_what_is_waited_for() -> None:
    """``explain`` shows whose callback is pending, until when, and whether the request has been answered."""
    ticket = Ticket(process())
    wanted = sent(ticket)
    until = MONDAY + 2 * HOUR
    told = explain(ticket.compiled, ticket.ticket, ticket.actor("alice"), ticket.now)
    assert told.callbacks == (OpenCallback("build", 1, CI, until, answered=False, since=MONDAY),)
    assert told.coming == (Coming(until, f"too late for the callback of {CI}", "build"),)
    answer(ticket, wanted)
    told = explain(ticket.compiled, ticket.ticket, ticket.actor("alice"), ticket.now)
    assert [one.answered for one in told.callbacks] == [True]
    call_back(ticket, wanted, {"version": "4.1"})
    told = explain(ticket.compiled, ticket.ticket, ticket.actor("alice"), ticket.now)
    assert (told.callbacks, told.coming) == ((), ())
