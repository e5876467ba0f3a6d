"""Approvals on the pure core (LANGUAGE, section 4, approval): their approvers, and the effect of votes and time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from definitions.people.directory import AskedPerson
from tests.unit.engine.tickets import HOUR, MONDAY, ORGANIZATION, Ticket
from workflows.engine.model.effects import AskApprovers
from workflows.engine.model.events import Asked, Delegate, Due, Edit, Send
from workflows.engine.model.interpreter import INTERPRETER, STRICT_CORE
from workflows.engine.model.result import Refusal
from workflows.engine.step import step

AWAY = ORGANIZATION.replace(
    "erin:  {name: Erin Obi, manager: dora}",
    "erin:  {name: Erin Obi, manager: dora, out_of_office: [{from: 2026-03-01, to: 2026-03-08, delegate: alice}]}",
)
FIELDS = """\
fields:
  requester: {type: person, default: =actor.id}
  risk: {type: integer, default: 1}
  plan: {type: text}
  rounds: {type: integer, default: 0}
may: {edit: [requester]}
"""


def process(approval: str, on: str = "{approved: done, rejected: bad, expired: late}", extra: str = "") -> str:
    return f"""\
{FIELDS}
initial: ask
states:
  ask:
    approval: {approval}
    on: {on}
{extra}
  done: {{on: {{again: ask}}}}
  bad: {{on: {{again: ask}}}}
  late: {{on: {{again: ask}}}}
  over: {{final: true}}
"""


def code(refused: Refusal | None) -> str | None:
    return refused.code if refused else None


def test_stages_are_asked_in_turn_and_judged_when_their_turn_comes() -> None:
    """The ``when`` of a stage is evaluated when the previous stage has passed, on the values of that moment."""
    text = process("{stages: [{from: [person:carol]}, {from: [team:cab], need: 2, when: ticket.risk >= 4}]}")
    low = Ticket(text)
    assert low.asked("ask") == ["carol"]
    low.approve("carol")
    assert low.state == ("done",)
    high = Ticket(text)
    high.do(Edit(high.actor("alice"), {"risk": 4}))
    high.approve("carol")
    assert (high.state, high.asked("ask")) == (("ask",), ["bob", "dora", "erin"])
    high.approve("bob")
    assert high.state == ("ask",)
    high.approve("erin")
    assert high.state == ("done",)


def test_stages_that_do_not_apply_are_skipped_and_kept() -> None:
    """The results of a skipped, a passed and a rejecting stage stay in the ticket."""
    text = process("{stages: [{from: [person:bob], when: 'false'}, {from: [person:carol]}, {from: [person:dora]}]}")
    ticket = Ticket(text)
    ticket.approve("carol")
    ticket.reject("dora")
    results = [(one.stage, one.outcome) for one in ticket.ticket.approvals["ask"].passed]
    assert results == [(0, "skipped"), (1, "approved"), (2, "rejected")]
    assert ticket.state == ("bad",)


def test_a_stage_that_passes_does_its_steps() -> None:
    """``do`` of a stage is performed when it passes, and not when it fails."""
    text = process(
        "{stages: [{from: [person:carol], do: [{set: {rounds: =ticket.rounds + 1}}]}, {from: [person:dora]}]}"
    )
    ticket = Ticket(text)
    ticket.approve("carol")
    assert (ticket.ticket.fields["rounds"], ticket.asked("ask")) == (1, ["dora"])
    other = Ticket(text)
    other.reject("carol")
    assert other.ticket.fields["rounds"] == 0


def test_a_stage_whose_guard_fails_is_left_out_and_shows_a_problem() -> None:
    """A failing guard of a stage cannot be reported to anybody at once: it counts as false, with a visible problem."""
    text = process("{stages: [{from: [person:carol]}, {from: [person:dora], when: 1 / ticket.rounds == 1}]}")
    ticket = Ticket(text)
    ticket.approve("carol")
    assert (ticket.state, ticket.problems()) == (("done",), ["guard_failed"])


@pytest.mark.parametrize(
    ("need", "votes", "state"),
    [
        ("any", {"bob": True}, "done"),
        ("any", {"bob": False, "dora": False}, "ask"),
        ("any", {"bob": False, "dora": False, "erin": False}, "bad"),
        ("all", {"bob": True, "dora": True}, "ask"),
        ("all", {"bob": True, "dora": True, "erin": True}, "done"),
        ("all", {"bob": False}, "bad"),
        ("2", {"bob": True}, "ask"),
        ("2", {"bob": True, "dora": True}, "done"),
        ("2", {"bob": False}, "ask"),
        ("2", {"bob": False, "dora": False}, "bad"),
        ("33%", {"bob": True}, "done"),
        ("34%", {"bob": True}, "ask"),
        ("66%", {"bob": True, "dora": True}, "done"),
        ("67%", {"bob": True, "dora": True}, "ask"),
        ("1%", {"bob": True}, "done"),
        ("100%", {"bob": True, "dora": True}, "ask"),
    ],
)
def test_it_is_decided_as_soon_as_it_is_certain(need: str, votes: dict[str, bool], state: str) -> None:
    """``need`` any, all, a number or a share that is exact and rounded up: decided at the vote that settles it."""
    ticket = Ticket(process(f"{{from: [team:cab], need: {need}}}"))
    for person, yes in votes.items():
        assert (ticket.approve(person) if yes else ticket.reject(person)) is None
    assert ticket.state == (state,)


@pytest.mark.parametrize(
    "approval", ["{from: [team:empty]}", "{from: [team:cab], need: 4}", "{from: [team:cab, person:bob], need: 4}"]
)
def test_what_can_not_be_reached_is_rejected(approval: str) -> None:
    """A stage with no approvers, or fewer than it needs, each counted once, is rejected with the need unchanged."""
    ticket = Ticket(process(approval))
    assert ticket.state == ("bad",)
    assert ticket.ticket.approvals["ask"].reason == "not_enough_approvers"
    assert "approval_requested" not in [why for _, why in ticket.told()]


def test_an_empty_group_shows_a_problem() -> None:
    """A group without members is the organization's fault: the ticket shows the problem, and its owner is notified."""
    ticket = Ticket(process("{from: [team:empty]}"))
    assert (ticket.problems(), ticket.told()) == (["nobody_to_ask"], [(("person:alice",), "problem")])


def test_a_veto_rejects_and_is_not_waited_for() -> None:
    """A veto holder outside ``from`` is an approver whose approval does not count and whose rejection alone decides."""
    text = process("{from: [person:carol, person:dora], need: 2, veto: [role:officer]}")
    ticket = Ticket(text)
    assert ticket.asked("ask") == ["carol", "dora", "bob"]
    ticket.approve("bob")
    ticket.approve("carol")
    assert ticket.state == ("ask",)
    ticket.approve("dora")
    assert ticket.state == ("done",)
    vetoed = Ticket(text)
    vetoed.approve("carol")
    vetoed.reject("bob")
    assert (vetoed.state, vetoed.ticket.approvals["ask"].reason) == (("bad",), "vetoed")
    unheard = Ticket(text)
    unheard.approve("carol")
    unheard.approve("dora")
    assert unheard.state == ("done",)


def test_an_approval_wide_veto_holds_in_every_stage() -> None:
    """A ``veto`` beside the stages is a veto in each of them."""
    ticket = Ticket(process("{stages: [{from: [person:carol]}, {from: [person:dora]}], veto: [role:officer]}"))
    ticket.approve("carol")
    assert ticket.asked("ask") == ["dora", "bob"]
    ticket.reject("bob")
    assert ticket.state == ("bad",)


def test_who_is_excluded_is_not_asked_and_may_not_vote() -> None:
    """Separation of duties removes excluded people before counting, also for ``need: all``."""
    ticket = Ticket(process("{from: [team:cab], need: all, exclude: [requester, opener]}"), by="bob")
    assert ticket.asked("ask") == ["dora", "erin"]
    assert code(ticket.approve("bob")) == "not_an_approver"
    ticket.approve("dora")
    ticket.approve("erin")
    assert ticket.state == ("done",)


def test_a_stage_excludes_also_what_the_approval_excludes() -> None:
    """The ``exclude`` of a stage adds to the ``exclude`` of the approval."""
    text = process("{stages: [{from: [team:cab], exclude: [person:dora]}, {from: [team:cab]}], exclude: [person:bob]}")
    ticket = Ticket(text)
    assert ticket.asked("ask") == ["erin"]
    ticket.approve("erin")
    assert ticket.asked("ask") == ["dora", "erin"]


def test_exclusion_holds_through_delegation() -> None:
    """A request can't be delegated to an excluded person."""
    ticket = Ticket(process("{from: [team:cab], need: all, exclude: [requester]}"))
    assert code(ticket.do(Delegate(ticket.actor("bob"), "alice"))) == "not_an_approver"
    assert ticket.asked("ask") == ["bob", "dora", "erin"]


def test_an_absent_person_is_stood_in_for_by_their_delegate() -> None:
    """The request of an absent approver goes to the delegate, unless the delegate is excluded: then it stays."""
    ticket = Ticket(process("{from: [team:cab], need: all}"), by="bob", people=AWAY)
    requests = ticket.ticket.approvals["ask"].requests
    assert [(one.person, one.asked_for) for one in requests] == [("bob", None), ("dora", None), ("alice", "erin")]
    assert code(ticket.approve("erin")) == "not_an_approver"
    excluded = Ticket(process("{from: [team:cab], exclude: [requester]}"), by="alice", people=AWAY)
    assert excluded.asked("ask") == ["bob", "dora", "erin"]


def test_the_delegate_of_an_excluded_person_does_not_vote_for_them() -> None:
    """An excluded person's delegation is excluded with them."""
    ticket = Ticket(process("{from: [person:erin, person:bob], exclude: [person:erin]}"), people=AWAY)
    assert ticket.asked("ask") == ["bob"]


def test_nobody_votes_twice_through_two_groups() -> None:
    """A person in two groups gets one request, and their one vote counts once."""
    ticket = Ticket(process("{from: [team:cab, role:chair, person:dora], need: 2}"))
    assert ticket.asked("ask") == ["bob", "dora", "erin"]
    assert ticket.approve("dora") is None
    assert code(ticket.approve("dora")) == "already_voted"
    assert ticket.state == ("ask",)


def test_an_answer_that_names_somebody_twice_or_an_excluded_person_is_not_believed() -> None:
    """The core itself counts each person once, and never an excluded person, whatever the answer contains."""
    ticket = Ticket(process("{from: [team:cab], need: 2}"))
    fresh = Ticket(process("{from: [team:cab], need: 2}"))
    fresh.answers = False
    fresh.approve("bob")
    fresh.approve("dora")
    fresh.send("again")
    (question,) = fresh.wanted(AskApprovers)
    people = tuple(AskedPerson(one) for one in ("bob", "bob", "dora", "alice"))
    place = (question.state, question.visit, question.round, question.stage)
    fresh.do(Asked(*place, people, ("alice",), ("alice",)))
    assert fresh.asked("ask") == ["bob", "dora"]
    assert fresh.ticket.approvals["ask"].vetoers == ()
    assert ticket.asked("ask") == ["bob", "dora", "erin"]


def test_delegation_by_hand_moves_the_request_and_not_the_number() -> None:
    """``all`` of three stays three; the new holder is notified, and the old holder may no longer vote."""
    ticket = Ticket(process("{from: [team:cab], need: all}"))
    ticket.told()
    assert ticket.do(Delegate(ticket.actor("bob"), "carol")) is None
    assert ticket.told() == [(("person:carol",), "approval_requested")]
    assert code(ticket.approve("bob")) == "not_an_approver"
    assert code(ticket.do(Delegate(ticket.actor("dora"), "erin"))) == "not_permitted"
    for person in ("carol", "dora", "erin"):
        ticket.approve(person)
    assert ticket.state == ("done",)
    votes = [(data["decision"], data.get("for")) for data in ticket.said("vote")]
    assert votes == [("approve", "bob"), ("approve", None), ("approve", None)]


def test_a_vote_can_not_be_handed_on() -> None:
    """An approver who has voted has nothing left to delegate, and takes no second request."""
    ticket = Ticket(process("{from: [team:cab], need: all}"))
    ticket.approve("bob")
    assert code(ticket.do(Delegate(ticket.actor("bob"), "carol"))) == "already_voted"
    assert code(ticket.do(Delegate(ticket.actor("dora"), "bob"))) == "already_voted"
    assert code(ticket.do(Delegate(ticket.actor("carol"), "alice"))) == "not_an_approver"


@pytest.mark.parametrize(
    ("rule", "yes", "no"),
    [
        ("required", "comment_required", "comment_required"),
        ("on_rejection", None, "comment_required"),
        ("optional", None, None),
    ],
)
def test_the_comment_rule(rule: str, yes: str | None, no: str | None) -> None:
    """A vote may need a comment; a blank comment does not count, and the refusal names the field."""
    text = process(f"{{from: [team:cab], need: all, comment: {rule}}}")
    assert code(Ticket(text).approve("bob")) == yes
    refused = Ticket(text).reject("bob", "   ")
    assert code(refused) == no
    assert refused is None or refused.fields == ("comment",)
    assert Ticket(text).approve("bob", "fine") is None


def test_only_who_has_an_open_request_is_told_of_its_withdrawal() -> None:
    """A decision notifies the approvers who have not voted that no vote is needed, and no approver who has voted."""
    ticket = Ticket(process("{from: [team:cab], need: 1}"))
    assert ticket.told() == [((f"person:{one}",), "approval_requested") for one in ("bob", "dora", "erin")]
    ticket.approve("dora")
    assert ticket.told() == [((f"person:{one}",), "approval_withdrawn") for one in ("bob", "erin")]


def test_leaving_the_state_withdraws_what_is_open() -> None:
    """An event that leaves the state ends the approval: holders are notified, and a late vote does not count."""
    ticket = Ticket(process("{from: [team:cab], need: 2}", "{approved: done, rejected: bad, stop: over}"))
    ticket.approve("bob")
    ticket.told()
    ticket.send("stop")
    assert ticket.told() == [((f"person:{one}",), "approval_withdrawn") for one in ("dora", "erin")]
    assert code(ticket.approve("dora")) == "ended"


@pytest.mark.parametrize("how", ["edit", "form", "set"])
def test_a_change_of_a_field_of_reset_on_voids_the_votes(how: str) -> None:
    """An edit, a form or ``set`` voids the votes, requests the first stage again and notifies all holders."""
    text = process(
        "{stages: [{from: [person:carol]}, {from: [team:cab], need: 2}], reset_on: [plan, risk]}",
        "{approved: done, rejected: bad, replan: {form: [plan]}, rerisk: {set: {risk: 7}}}",
    )
    ticket = Ticket(text)
    ticket.approve("carol")
    ticket.approve("bob")
    ticket.told()
    if how == "edit":
        ticket.do(Edit(ticket.actor("alice"), {"plan": "B"}))
    elif how == "form":
        ticket.send("replan", plan="B")
    else:
        ticket.send("rerisk")
    assert ticket.asked("ask") == ["carol"]
    assert ticket.ticket.approvals["ask"].round == 1
    withdrawn = [((f"person:{one}",), "approval_withdrawn") for one in ("dora", "erin")]
    assert ticket.told() == [*withdrawn, (("person:carol",), "approval_requested")]
    assert code(ticket.approve("dora")) == "not_an_approver"
    assert [data["decision"] for data in ticket.said("vote")] == ["approve", "approve"]


def test_a_write_that_changes_nothing_resets_nothing() -> None:
    """Only a change of the value voids votes; another field does not."""
    ticket = Ticket(process("{from: [team:cab], need: 2, reset_on: [risk]}"))
    ticket.approve("bob")
    ticket.do(Edit(ticket.actor("alice"), {"risk": 1, "plan": "C"}))
    assert ticket.asked("ask") == ["dora", "erin"]


def test_what_was_written_on_the_way_in_resets_nothing() -> None:
    """The form, ``set`` and entry steps of the step that opens an approval precede its request: one lookup is made."""
    text = process(
        "{from: [team:cab], reset_on: [plan, risk]}",
        extra="    entry: [{set: {risk: =ticket.risk + 1}}]",
    )
    ticket = Ticket(text)
    ticket.approve("bob")
    ticket.answers = False
    ticket.send("again")
    assert [(one.visit, one.round) for one in ticket.wanted(AskApprovers)] == [(2, 0)]


def test_a_reset_also_voids_a_decision_that_waits() -> None:
    """An outcome that no transition takes yet is void too when the approved value changes."""
    on = "{approved: {to: done, when: ticket.risk > 5}, rejected: bad}"
    text = process("{from: [team:cab], reset_on: [plan]}", on)
    ticket = Ticket(text)
    ticket.approve("bob")
    assert [one.name for one in ticket.ticket.outcomes] == ["approved"]
    ticket.do(Edit(ticket.actor("alice"), {"plan": "another", "risk": 9}))
    assert (ticket.state, ticket.ticket.outcomes, ticket.asked("ask")) == (("ask",), (), ["bob", "dora", "erin"])


def test_reminders_repeat_until_all_is_decided() -> None:
    """Each ``remind``, counted from entry, reminds the approvers who have not voted, at its own time."""
    ticket = Ticket(process("{from: [team:cab], need: 2, remind: 4h}"))
    ticket.told()
    ticket.wait(5 * HOUR)
    assert ticket.told() == [((f"person:{one}",), "reminder") for one in ("bob", "dora", "erin")]
    ticket.approve("bob")
    ticket.wait(4 * HOUR)
    assert ticket.told() == [((f"person:{one}",), "reminder") for one in ("dora", "erin")]
    ticket.approve("dora")
    ticket.told()
    ticket.wait(24 * HOUR)
    assert ticket.told() == []


def test_reminders_count_working_time_on_a_calendar() -> None:
    """``remind: 1d`` from Friday 15:00 reminds on Monday at 15:00, and then on Tuesday."""
    friday = MONDAY + (4 * 24 + 6) * HOUR
    ticket = Ticket(process("{from: [person:bob], remind: 1d, calendar: office}"), now=friday)
    moments = []
    for _ in range(2):
        moment = ticket.ticket.approvals["ask"].remind_at
        assert moment is not None
        moments.append((moment - friday) // HOUR)
        ticket.wait_until(moment)
    assert moments == [72, 96]


def test_a_reset_starts_within_and_remind_again() -> None:
    """``remind`` and ``within`` count from entry, or from the last reset."""
    ticket = Ticket(process("{from: [person:bob], within: 2h, remind: 90m, reset_on: [plan]}"))
    ticket.wait(HOUR)
    ticket.do(Edit(ticket.actor("alice"), {"plan": "B"}))
    approval = ticket.ticket.approvals["ask"]
    assert (approval.expires, approval.remind_at) == (MONDAY + 3 * HOUR, MONDAY + HOUR + 5400)
    ticket.wait_until(MONDAY + 3 * HOUR - 1)
    assert ticket.state == ("ask",)
    ticket.wait(1)
    assert ticket.state == ("late",)


def test_time_never_approves() -> None:
    """A stage past its calendar deadline is ``expired``, even one vote short of approval; a later vote is refused."""
    ticket = Ticket(process("{from: [team:cab], need: 2, within: 1d, calendar: office}"), now=MONDAY + 4 * 24 * HOUR)
    ticket.approve("bob")
    ticket.wait(3 * 24 * HOUR - 1)
    assert ticket.state == ("ask",)
    ticket.wait(1)
    assert (ticket.state, ticket.ticket.approvals["ask"].outcome) == (("late",), "expired")
    assert code(ticket.approve("dora")) == "not_an_approver"


def test_at_one_instant_the_clock_comes_before_the_vote() -> None:
    """A due ``remind`` and ``within`` fire before people's events of that time: the reminder first."""
    ticket = Ticket(process("{from: [person:bob], within: 4h, remind: 2h}"))
    ticket.wait(2 * HOUR)
    ticket.told()
    ticket.wait(2 * HOUR)
    assert ticket.told() == [(("person:bob",), "reminder"), (("person:bob",), "approval_withdrawn")]
    assert code(ticket.approve("bob")) == "not_an_approver"


def late_answer(question: AskApprovers) -> Asked:
    place = (question.state, question.visit, question.round, question.stage)
    return Asked(*place, (AskedPerson("alice"),))


def test_a_late_answer_changes_nothing() -> None:
    """An answer for another visit, round or stage, a second one, or one after the decision, requests no approval."""
    approval = "{stages: [{from: [person:bob]}, {from: [person:dora]}], reset_on: [plan]}"
    text = process(approval, "{approved: done, rejected: bad, stop: late}")
    ticket = Ticket(text)
    place: dict[str, Any] = {"state": "ask", "visit": 1, "round": 0, "stage": 0}
    stale = [Asked(**place, people=(AskedPerson("alice"),))]
    ticket.do(Edit(ticket.actor("alice"), {"plan": "B"}))
    stale += [Asked(**{**place, "round": 1}, people=(AskedPerson("alice"),))]
    ticket.approve("bob")
    stale += [Asked(**{**place, "round": 1, "stage": 1}, people=(AskedPerson("alice"),))]
    for answer in stale:
        before = ticket.ticket
        ticket.do(answer)
        assert ticket.ticket.approvals == before.approvals
        assert ticket.asked("ask") == ["dora"]
    ticket.send("stop")
    ticket.do(stale[0])
    assert ticket.state == ("late",)


def test_nobody_votes_before_it_is_known_who_is_asked() -> None:
    """While the answer is pending there is no request, and a vote is refused."""
    ticket = Ticket(process("{from: [person:bob]}"))
    ticket.approve("bob")
    ticket.answers = False
    ticket.send("again")
    assert code(ticket.approve("bob")) == "not_an_approver"
    (question,) = ticket.wanted(AskApprovers)
    ticket.do(late_answer(question))
    assert ticket.approve("alice") is None
    assert ticket.state == ("done",)


def test_guards_read_what_an_approval_came_to() -> None:
    """``approval.<state>`` has outcome, approvers and reason of the last visit; a holder of a veto is no approver."""
    text = process(
        "{stages: [{from: [person:carol]}, {from: [person:dora, person:erin], need: all, veto: [person:bob]}]}",
        """
      approved:
        to: done
        when: >-
          approval.ask.outcome == 'approved' && approval.ask.reason == null &&
          approval.ask.approvers == ['carol', 'dora', 'erin']
      rejected:
        to: bad
        when: "approval.ask.reason == 'rejected' && approval.ask.approvers == ['carol']"
""",
    )
    ticket = Ticket(text)
    for person in ("carol", "bob", "dora", "erin"):
        ticket.approve(person)
    assert ticket.state == ("done",)
    ticket.send("again")
    ticket.approve("carol")
    ticket.reject("dora")
    assert ticket.state == ("bad",)


def test_an_outcome_without_a_transition_stays_due_and_is_looked_at_again() -> None:
    """While no transition is enabled, the outcome waits, and the first step that enables one takes it."""
    ticket = Ticket(process("{from: [person:bob]}", "{approved: {to: done, when: ticket.risk > 5}, rejected: bad}"))
    ticket.approve("bob")
    assert (ticket.state, [one.name for one in ticket.ticket.outcomes]) == (("ask",), ["approved"])
    ticket.do(Edit(ticket.actor("alice"), {"risk": 3}))
    assert ticket.state == ("ask",)
    ticket.do(Edit(ticket.actor("alice"), {"risk": 6}))
    assert (ticket.state, ticket.ticket.outcomes) == (("done",), ())


@pytest.mark.parametrize("name", ["approved", "rejected", "expired"])
@pytest.mark.parametrize("on", ["{approved: done, rejected: bad, expired: late}", "{'*': done}"])
def test_an_outcome_is_never_sent_from_outside(name: str, on: str) -> None:
    """A person who sends ``approved`` learns that there is no such event, also where ``*`` would take it."""
    ticket = Ticket(process("{from: [person:bob], within: 1d}", on))
    assert code(ticket.send(name)) == "unknown_event"
    assert code(ticket.send(name, by="engine")) == "unknown_event"
    assert name not in (refused.allowed if (refused := ticket.send("x_y")) else ())


def test_an_outcome_handled_for_the_whole_process_is_not_sent_from_outside_either() -> None:
    """A handler at the head of the process takes the outcome of the state, and no person's event of that name."""
    text = (
        FIELDS
        + """\
initial: ask
on: {approved: done, rejected: bad}
states:
  ask: {approval: {from: [person:bob]}}
  done: {final: true}
  bad: {final: true}
"""
    )
    ticket = Ticket(text)
    assert code(ticket.send("approved")) == "unknown_event"
    assert ticket.approve("bob") is None
    assert ticket.state == ("done",)


PARALLEL = (
    FIELDS
    + """\
initial: both
states:
  both:
    parallel: true
    on: {done: over}
    states:
      left:
        initial: l
        states:
          l: {approval: {from: [person:bob, person:dora]}, on: {approved: l_ok, rejected: l_ok}}
          l_ok: {final: true}
      right:
        initial: r
        states:
          r: {approval: {from: [person:bob]}, on: {approved: r_ok, rejected: r_ok}}
          r_ok: {final: true}
  over: {final: true}
"""
)


def test_with_two_open_approvals_the_vote_goes_where_it_is_awaited() -> None:
    """Without a state a vote is for the only approval that awaits it; with two, the state must be named."""
    text = PARALLEL.replace("[person:bob, person:dora]}", "[person:bob, person:dora], need: all}")
    ticket = Ticket(text)
    assert code(ticket.approve("bob")) == "ambiguous"
    assert ticket.approve("bob", state="r") is None
    assert ticket.approve("bob") is None
    assert ticket.state == ("l", "r_ok")
    assert code(ticket.approve("bob")) == "already_voted"
    assert code(ticket.approve("dora", state="r")) == "not_an_approver"
    assert ticket.approve("dora", state="l") is None
    assert ticket.ticket.ended_at is not None


def test_an_outcome_belongs_to_the_region_that_waited() -> None:
    """``approved`` of one region is never offered to another that also handles the name."""
    ticket = Ticket(PARALLEL)
    ticket.approve("bob", state="r")
    assert ticket.state == ("l", "r_ok")


def test_a_vote_at_the_very_end_of_within_is_too_late() -> None:
    """Due time fires before people's events of that instant."""
    ticket = Ticket(process("{from: [person:bob], within: 1h}"))
    ticket.now += HOUR
    step_of_time = step(ticket.compiled, ticket.ticket, Due(), ticket.now)
    assert not isinstance(step_of_time, Refusal)
    assert step_of_time.snapshot.approvals["ask"].outcome == "expired"


def test_an_answer_to_an_older_question_asks_nobody() -> None:
    """A reset looks the approvers up anew: an earlier lookup's answer comes too late, also as the first answer."""
    ticket = Ticket(process("{from: [person:bob], reset_on: [plan]}"))
    ticket.answers = False
    for plan in ("One", "Two"):
        ticket.do(Edit(ticket.actor("alice"), {"plan": plan}))
        ticket.do(Asked("ask", 1, ticket.ticket.approvals["ask"].round - 1, 0, people=(AskedPerson("alice"),)))
        assert (ticket.asked("ask"), ticket.ticket.approvals["ask"].asked) == ([], False)
    ticket.do(Asked("ask", 1, 2, 0, people=(AskedPerson("bob"),)))
    assert ticket.asked("ask") == ["bob"]


def unanswered(interpreter: int = INTERPRETER) -> tuple[Ticket, Asked]:
    """A ticket whose approvers are not known at the end of the approval's time, and the late answer."""
    ticket = Ticket(process("{from: [person:carol], within: 4h}"))
    ticket.compiled = replace(ticket.compiled, interpreter=interpreter)
    ticket.answers = False
    ticket.approve("carol")
    ticket.do(Send("again", ticket.actor("alice")))
    ask = [effect for effect in ticket.effects if isinstance(effect, AskApprovers)][-1]
    ticket.wait(5 * HOUR)
    return ticket, Asked(ask.state, ask.visit, ask.round, ask.stage, (AskedPerson("carol"),))


def test_an_approval_that_nobody_was_asked_for_does_not_expire() -> None:
    """Where the approvers are known only after ``within``, the ticket says so, and asks them for as long again."""
    ticket, late = unanswered()
    states = [ticket.state]
    assert [(one.code, one.state) for one in ticket.ticket.problems] == [("approvers_unknown", "ask")]
    expires = [ticket.ticket.approvals["ask"].expires]
    ticket.do(late)
    expires.append(ticket.ticket.approvals["ask"].expires)
    assert expires == [None, ticket.now + 4 * HOUR]
    ticket.wait(4 * HOUR)
    assert [*states, ticket.state] == [("ask",), ("late",)]


def test_runs_of_an_older_interpreter_expire_as_they_did() -> None:
    """A run that began before the rule lets an approval expire for which nobody was asked."""
    assert unanswered(STRICT_CORE - 1)[0].state == ("late",)
