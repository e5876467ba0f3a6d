"""Migration of waiting blocks: approvals, tasks, automation, children."""

from __future__ import annotations

from definitions.people.directory import AskedPerson
from tests.unit.engine.migration.migrations import Moving, reasons
from workflows.engine.migration import Preview, preview
from workflows.engine.model.automation import Automate, CancelRun, StartTicket
from workflows.engine.model.effects import AskApprovers
from workflows.engine.model.events import Asked, CompleteRun, Ran, Renames, UpdateTask

DAY = 86_400
APPROVAL = """\
fields: {risk: {type: integer, default: 1}, big: {type: boolean, value: "ticket.risk > tables.limit['high']"}}
tables: {limit: {high: 5}}
initial: ask
states:
  ask:
    approval: {from: [team:cab], need: all, within: 3d, remind: 1d}
    on: {approved: yes, rejected: no, expired: no}
  yes: {on: {end: done}}
  no:  {final: true}
  done: {final: true}
"""
APPROVAL = APPROVAL.replace("yes", "good").replace("no:", "bad:").replace(": no", ": bad")


def voted() -> Moving:
    ticket = Moving(APPROVAL)
    ticket.approve("bob")
    ticket.told()
    return ticket


def test_votes_are_kept_where_the_question_is_the_same() -> None:
    """Votes stay valid if other states, titles or events change."""
    ticket = voted()
    before = ticket.ticket.approvals
    assert ticket.to(APPROVAL.replace("{end: done}", "{finish: done}")) is None
    assert ticket.ticket.approvals == before
    assert ticket.told() == []
    ticket.approve("dora")
    ticket.approve("erin")
    assert ticket.state == ("good",)


def test_votes_are_kept_under_another_id() -> None:
    """An approval of a renamed state has the same question, and keeps its votes."""
    ticket = voted()
    assert ticket.to(APPROVAL.replace("ask", "assent"), ask="assent") is None
    assert ticket.asked("assent") == ["dora", "erin"]
    ticket.approve("dora")
    ticket.approve("erin")
    assert ticket.state == ("good",)


def test_another_question_is_asked_anew() -> None:
    """Another question voids the votes, notifies pending approvers, and requests those of the new definition."""
    ticket = voted()
    assert ticket.to(APPROVAL.replace("[team:cab], need: all", "[role:chair]")) is None
    assert ticket.told() == [
        (("person:dora",), "approval_withdrawn"),
        (("person:erin",), "approval_withdrawn"),
        (("person:dora",), "approval_requested"),
    ]
    approval = ticket.ticket.approvals["ask"]
    assert (approval.round, approval.opened, ticket.asked("ask")) == (1, ticket.now, ["dora"])
    assert [one.vote for one in approval.requests] == [None]


def test_the_same_words_for_something_else_are_another_question() -> None:
    """Votes are void if an outcome leads elsewhere, or tables give other approvers."""
    staged = APPROVAL.replace(
        "{from: [team:cab], need: all, within: 3d, remind: 1d}",
        """
      stages: [{from: [person:bob], when: ticket.big}, {from: [team:cab], need: all}]""",
    )
    for old, new in (
        (APPROVAL, APPROVAL.replace("approved: good", "approved: bad")),
        (staged, staged.replace("high: 5", "high: 0")),
    ):
        ticket = Moving(old)
        ticket.approve("bob")
        assert ticket.to(new) is None
        approval = ticket.ticket.approvals["ask"]
        assert approval.round == 1
        assert all(one.vote is None for one in approval.requests)


def test_an_answer_that_was_asked_for_under_the_old_question_is_late() -> None:
    """A pending answer of the directory for the old definition requests nobody after the migration."""
    ticket = Moving(APPROVAL.replace("on: {approved", "on: {again: ask, approved"))
    ticket.answers = False
    ticket.send("again")
    (late,) = ticket.wanted(AskApprovers)
    assert ticket.to(APPROVAL.replace("team:cab", "role:chair")) is None
    (asked_now,) = ticket.wanted(AskApprovers)
    assert (late.from_, asked_now.from_) == (("team:cab",), ("role:chair",))
    for question, person in ((late, "bob"), (asked_now, "dora")):
        place = (question.state, question.visit, question.round, question.stage)
        ticket.do(Asked(*place, (AskedPerson(person),)))
    assert ticket.asked("ask") == ["dora"]


def test_a_decision_that_nothing_has_taken_is_void_where_the_question_is_another() -> None:
    """An approval of other content is void, and is requested again."""
    waiting = APPROVAL.replace("approved: good", "approved: {to: good, when: ticket.risk > 3}")
    ticket = Moving(waiting)
    for person in ("bob", "dora", "erin"):
        ticket.approve(person)
    assert ticket.ticket.outcomes
    assert ticket.to(waiting.replace("need: all", "need: 2").replace("risk > 3", "risk > 0")) is None
    assert (ticket.state, ticket.ticket.outcomes) == (("ask",), ())
    assert ticket.asked("ask") == ["bob", "dora", "erin"]


def test_an_approval_that_is_over_is_forgotten_where_its_question_is_another() -> None:
    """An approval with another question is forgotten, so that no guard reads it, and recorded on the timeline."""
    ticket = voted()
    ticket.approve("dora")
    ticket.approve("erin")
    assert ticket.to(APPROVAL.replace("need: all", "need: any")) is None
    assert "ask" not in ticket.ticket.approvals
    assert ticket.told_of_it.data["forgotten"] == ["approval of ask"]


def test_a_state_that_asks_nobody_any_more_withdraws() -> None:
    """Pending approvers of a withdrawn approval are notified, and a new approval is requested at once."""
    ticket = voted()
    silent = APPROVAL.replace("approval: {from: [team:cab], need: all, within: 3d, remind: 1d}", "title: Ask")
    silent = silent.replace("{approved: good, rejected: bad, expired: bad}", "{go: good}")
    assert ticket.to(silent) is None
    assert ticket.told() == [(("person:dora",), "approval_withdrawn"), (("person:erin",), "approval_withdrawn")]
    assert "ask" not in ticket.ticket.approvals
    assert ticket.to(APPROVAL) is None
    assert ticket.asked("ask") == ["bob", "dora", "erin"]


def test_the_preview_tells_what_becomes_of_approvals_and_deadlines() -> None:
    """A preview has the differences of the migration itself, and changes nothing."""
    ticket = voted()
    before = ticket.ticket
    other = Moving(APPROVAL.replace("3d", "5d").replace("need: all", "need: 2")).compiled
    found = preview(ticket.compiled, other, before, Renames(), ticket.actor("dora"), ticket.now)
    assert isinstance(found, Preview)
    assert [(one.state, one.becomes, one.votes) for one in found.approvals] == [("ask", "asked anew", 1)]
    (expiry,) = (one for one in found.deadlines if one.what == "the approval expires")
    assert (expiry.before, expiry.after) == (ticket.now + 3 * DAY, ticket.now + 5 * DAY)
    assert ticket.ticket == before


TASKS = """\
initial: do
states:
  do:
    tasks:
      - {id: one, title: One, assign: opener, due: 1d}
      - {id: two, title: Two, assign: opener, after: [one]}
    on: {done: end, failed: end}
  end: {final: true}
"""


def test_tasks_that_mean_the_same_keep_what_was_done() -> None:
    """A new task takes its turn, a missing one is not waited for, and a task with another meaning begins anew."""
    ticket = Moving(TASKS)
    ticket.do(UpdateTask(ticket.actor("alice"), "one", "done"))
    more = TASKS.replace("    on:", "      - {id: three, title: Three, assign: opener, after: [two]}\n    on:")
    assert ticket.to(more.replace("title: Two, assign: opener", "title: Two, assign: person:bob")) is None
    assert [(one.id, one.status) for one in ticket.ticket.tasks["do"]] == [
        ("one", "done"), ("two", "open"), ("three", "waiting"),
    ]  # fmt: skip
    assert ticket.said("task")[-2:] == [
        {"state": "do", "task": "two", "withdrawn": True},
        {"state": "do", "task": "two", "opened": True, "assignee": "bob"},
    ]
    fewer = TASKS.replace("      - {id: two, title: Two, assign: opener, after: [one]}\n", "")
    assert ticket.to(fewer) is None
    assert ticket.ticket.ended_at is not None


def test_a_task_is_due_by_what_the_new_definition_says_of_its_opening() -> None:
    """Deadlines are computed from recorded moments, never from the migration."""
    ticket = Moving(TASKS)
    opened = ticket.now
    ticket.wait(3600)
    assert ticket.to(TASKS.replace("due: 1d", "due: 2d")) is None
    assert ticket.ticket.tasks["do"][0].due == opened + 2 * DAY


RUN = """\
initial: work
states:
  work:
    run: [{call: {action: tickets, with: {keys: [A-1]}}, save: seen}]
    on: {done: next, failed: next}
  next: {on: {back: work, end: end}}
  end: {final: true}
"""


def test_automation_that_is_under_way_goes_on_where_it_is_the_same() -> None:
    """Automation continues with the same steps under the same id; else it refuses the migration until it ends."""
    ticket = Moving(RUN)
    (wanted,) = ticket.wanted(Automate)
    other = RUN.replace("A-1", "A-2")
    assert reasons(ticket.to(other)) == [
        "the automation of 'work' differs in 'work', and the ticket waits there: wait until it has left, or complete "
        "it by hand"
    ]
    assert reasons(ticket.to(RUN.replace("work", "labour"), work="labour")) == [
        "the automation of 'work' is running, and its result would not reach 'labour': wait until it has ended, or "
        "complete it by hand"
    ]
    assert ticket.to(RUN.replace("{back: work, end: end}", "{end: end}")) is None
    assert ticket.wanted(Automate) == []
    assert wanted.place is not None
    ticket.do(Ran(wanted.place, ["A-1"]))
    assert (ticket.state, ticket.ticket.runs["work"].saved) == (("next",), {"seen": ["A-1"]})


def test_results_of_other_automation_are_forgotten() -> None:
    """A guard on saved results reads those of the new steps, not of the old ones."""
    ticket = Moving(RUN)
    ticket.do(CompleteRun(ticket.actor("engine"), "work", {"seen": []}))
    assert ticket.to(RUN.replace("A-1", "A-2")) is None
    assert dict(ticket.ticket.runs) == {}
    assert ticket.told_of_it.data["forgotten"] == ["automation of work"]


def test_a_block_that_was_not_there_begins_and_one_that_is_gone_ends() -> None:
    """Automation is canceled if no state waits for it any more, and started if a state newly waits for it."""
    plain = RUN.replace("run: [{call: {action: tickets, with: {keys: [A-1]}}, save: seen}]", "title: Work")
    plain = plain.replace("{done: next, failed: next}", "{go: next}")
    ticket = Moving(plain)
    assert ticket.to(RUN) is None
    assert len(ticket.wanted(Automate)) == 1
    assert ticket.to(plain) is None
    assert ticket.wanted(CancelRun) == [CancelRun("work", 1)]
    assert dict(ticket.ticket.runs) == {}


CHILD = """\
fields: {parts: {type: ticket, list: true}}
initial: wait
states:
  wait:
    child: {process: problem, with: {summary: x}, link: parts}
    on: {done: end, failed: end, skip: other}
  other: {on: {back: wait}}
  end: {final: true}
"""


def test_children_that_are_open_are_waited_for() -> None:
    """Open children report their end to the state that started them, which must keep its id and its children."""
    ticket = Moving(CHILD)
    assert len(ticket.wanted(StartTicket)) == 1
    assert reasons(ticket.to(CHILD.replace("wait", "rest"), wait="rest")) == [
        "children of 'wait' are open (a child that is being started), and their end would not reach 'rest': wait until "
        "they have ended"
    ]
    assert reasons(ticket.to(CHILD.replace("process: problem", "process: change"))) == [
        "the children of 'wait' differ in 'wait', and the ticket waits there: wait until it has left"
    ]
    families = ticket.ticket.families
    assert ticket.to(CHILD.replace("{back: wait}", "{again: wait}")) is None
    assert ticket.ticket.families == families
    assert ticket.wanted(StartTicket) == []
