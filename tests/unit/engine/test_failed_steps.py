"""A step that fails ends its list (SCXML 4.9): earlier steps stand, and other lists are performed."""

from __future__ import annotations

import pytest

from tests.unit.engine.tickets import HOUR, Ticket
from workflows.engine.model.interpreter import LAZY_TIMER, STRICT_CORE

FIELDS = """\
fields:
  limit: {type: integer, max: 5}
  steps: {type: integer, default: 0}
  items: {type: integer, list: true, default: [1, 2, 9, 3]}
  mark: {type: text}
initial: a
"""
BLOCKS = f"""\
{FIELDS}
states:
  a:
    exit: [{{set: {{limit: 9}}}}, {{set: {{mark: left}}}}]
    on:
      go: {{to: b, do: [{{set: {{steps: 1}}}}, {{set: {{limit: 9}}}}, {{set: {{steps: 2}}}}, {{raise: more}}]}}
  b:
    entry: [{{set: {{mark: entered}}}}]
    on: {{more: c}}
  c: {{final: true}}
"""


def test_the_steps_after_a_failed_step_are_not_performed() -> None:
    """The steps before the failure stand, and the lists of the states around it are performed."""
    ticket = Ticket(BLOCKS)
    assert ticket.send("go") is None
    assert ticket.state == ("b",)
    assert (ticket.ticket.fields["steps"], ticket.ticket.fields["mark"]) == (1, "entered")
    assert ticket.problems() == ["step_failed", "step_failed"]


def test_the_problem_names_the_step_and_those_that_it_leaves_out() -> None:
    """The problem names the list, the number and the kind of the step, and how many steps were left out."""
    ticket = Ticket(BLOCKS)
    ticket.send("go")
    of_exit, of_do = (one.text for one in ticket.ticket.problems)
    reason = "limit is beyond its maximum, 5"
    assert of_exit == f"exit: step 1 of 2 (set) failed, and the step after it was not performed: {reason}"
    expected = f"do of 'go': step 2 of 4 (set) failed, and the 2 steps after it were not performed: {reason}"
    assert of_do == expected
    assert [one.state for one in ticket.ticket.problems] == ["a", "a"]


def test_a_run_of_an_older_interpreter_goes_on_after_a_failed_step() -> None:
    """Under an older interpreter, the old rule holds with its words, so that histories replay."""
    ticket = Ticket(BLOCKS, interpreter=LAZY_TIMER)
    ticket.send("go")
    assert ticket.state == ("c",)
    assert ticket.ticket.fields["steps"] == 2
    assert [one.text for one in ticket.ticket.problems] == ["set: limit is beyond its maximum, 5"]


def test_an_element_that_fails_ends_the_step_and_its_block() -> None:
    """The elements before the failure stand; the later elements and the later steps are left out."""
    steps = "[{each: ticket.items, set: {limit: =each}}, {raise: more}]"
    ticket = Ticket(f"{FIELDS}states: {{a: {{on: {{go: {{do: {steps}}}, more: b}}}}, b: {{final: true}}}}\n")
    ticket.send("go")
    assert (ticket.state, ticket.ticket.fields["limit"]) == (("a",), 2)
    assert "step 1 of 2 (set) failed, and the step after it was not performed" in ticket.ticket.problems[0].text


def test_a_condition_that_can_not_be_evaluated_is_a_failed_step() -> None:
    """A ``when`` that is null is false, and no failure; a ``when`` that divides by zero ends the list."""
    text = f"""\
{FIELDS}
states:
  a:
    entry: [{{when: 1 / ticket.steps > 0, set: {{limit: 1}}}}, {{set: {{mark: entered}}}}]
    exit: [{{when: ticket.limit > 1, set: {{limit: 2}}}}, {{set: {{mark: left}}}}]
    on: {{go: b}}
  b: {{final: true}}
"""
    ticket = Ticket(text)
    assert (ticket.problems(), ticket.ticket.fields.get("mark")) == (["step_failed"], None)
    ticket.send("go")
    assert (ticket.problems(), ticket.ticket.fields.get("mark")) == (["step_failed"], "left")


def test_a_step_beyond_a_bound_ends_its_block() -> None:
    """If no sender can get a refusal, a step beyond a bound fails, and the problem has the code of the bound."""
    text = f"""\
{FIELDS}
states:
  a:
    after:
      - {{for: 1h, to: b, do: [{{notify: {{to: opener, message: n}}, each: "{[0] * 501}"}}, {{set: {{mark: done}}}}]}}
  b: {{final: true}}
"""
    ticket = Ticket(text)
    ticket.wait(HOUR)
    assert (ticket.state, ticket.problems(), ticket.ticket.fields.get("mark")) == (("b",), ["too_many"], None)
    assert "step 1 of 2 (notify) failed" in ticket.ticket.problems[0].text


SET_AND_DO = f"""\
{FIELDS}
states:
  a:
    on: {{go: {{to: b, set: {{limit: 9}}, do: [{{set: {{mark: done}}}}]}}}}
    after: [{{for: 1h, to: b, set: {{limit: 9}}, do: [{{set: {{mark: done}}}}, {{raise: more}}]}}]
  b: {{entry: [{{set: {{steps: 7}}}}], on: {{more: c}}}}
  c: {{final: true}}
"""


def test_the_set_and_the_do_of_a_transition_are_one_block() -> None:
    """If ``set`` can't be written, the event of a person is refused; if time acts, ``do`` is left out."""
    ticket = Ticket(SET_AND_DO)
    assert ticket.send("go") is not None
    ticket.wait(HOUR)
    assert (ticket.state, ticket.ticket.fields["steps"], ticket.ticket.fields.get("mark")) == (("b",), 7, None)
    (problem,) = ticket.ticket.problems
    expected = "set of after failed, and the 2 steps of its do were not performed: limit is beyond its maximum, 5"
    assert (problem.code, problem.text) == ("not_written", expected)


def test_before_that_a_do_was_performed_without_its_set() -> None:
    """Under an older interpreter, ``do`` is performed all the same, so that histories replay."""
    ticket = Ticket(SET_AND_DO, interpreter=LAZY_TIMER)
    ticket.wait(HOUR)
    assert (ticket.state, ticket.ticket.fields["mark"]) == (("c",), "done")
    assert [one.text for one in ticket.ticket.problems] == ["limit is beyond its maximum, 5"]


RUN = f"""\
{FIELDS}
states:
  a:
    run: [{{set: {{mark: begun}}}}, {{set: {{limit: 9}}}}, {{set: {{mark: over}}}}]
    on: {{done: b, failed: c}}
  b: {{final: true}}
  c: {{final: failed}}
"""


@pytest.mark.parametrize(("interpreter", "state", "mark"), [(STRICT_CORE, "c", "begun"), (LAZY_TIMER, "b", "over")])
def test_a_failed_step_fails_its_run(interpreter: int, state: str, mark: str) -> None:
    """A run whose step fails has failed, whether the step waits or not; older interpreters continued."""
    ticket = Ticket(RUN, interpreter=interpreter)
    assert (ticket.state, ticket.ticket.fields["mark"]) == ((state,), mark)


def test_the_failure_of_a_run_names_its_step() -> None:
    """The ticket shows the problem of the run."""
    (problem,) = Ticket(RUN).ticket.problems
    assert (problem.code, problem.text) == ("run_failed", "step 2: limit is beyond its maximum, 5")


def test_every_threshold_and_every_stage_is_a_block_of_its_own() -> None:
    """A failure at one threshold does not prevent the steps of the next threshold."""
    text = f"""\
{FIELDS}
states:
  a: {{on: {{go: b}}}}
  b: {{final: true}}
service_levels:
  answer:
    during: in_state('a')
    target: 2h
    at:
      50%: [{{set: {{limit: 9}}}}, {{set: {{steps: 1}}}}]
      100%: [{{set: {{mark: late}}}}]
"""
    ticket = Ticket(text)
    ticket.wait(2 * HOUR)
    assert (ticket.ticket.fields["steps"], ticket.ticket.fields["mark"]) == (0, "late")
    assert ticket.ticket.problems[0].text.startswith("at 50%: step 1 of 2 (set) failed, and the step after it")


def test_a_step_that_finds_nobody_has_not_failed() -> None:
    """``assign``, ``notify`` and ``send`` to nobody are problems of their own, and the list continues."""
    text = f"""\
{FIELDS}
states:
  a:
    entry: [{{send: {{event: news, to: parent}}}}, {{assign: manager_of(assignee)}}, {{set: {{mark: entered}}}}]
    on: {{go: b}}
  b: {{final: true}}
"""
    ticket = Ticket(text)
    assert ticket.problems() == ["nobody_to_send_to", "nobody_to_assign"]
    assert ticket.ticket.fields["mark"] == "entered"


def test_a_small_value_is_written_into_a_ticket_of_any_size() -> None:
    """The process can write an option even into a ticket that people have filled."""
    text = f"""\
fields:
  size: {{type: choice, options: [small, large]}}
{"".join(f"  text{number}: {{type: markdown, max_length: 100000}}" + chr(10) for number in range(3))}
initial: a
states:
  a: {{on: {{go: {{to: b, do: [{{set: {{size: large}}}}]}}}}}}
  b: {{final: true}}
"""
    ticket = Ticket(text, text0="x" * 100_000, text1="x" * 100_000, text2="x" * 99_960)
    assert ticket.send("go") is None
    assert (ticket.ticket.fields["size"], ticket.problems()) == ("large", [])
