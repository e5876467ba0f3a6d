"""What keeps its meaning under another definition is carried: labels and times are not part of it."""

from __future__ import annotations

import pytest

from tests.unit.engine.migration.migrations import Moving
from tests.unit.engine.migration.test_blocks import APPROVAL, CHILD, RUN, TASKS, voted
from workflows.engine.compiled import compile_process
from workflows.engine.model.automation import Automate, StartTicket
from workflows.engine.model.events import Ran, Renames, UpdateTask
from workflows.engine.model.interpreter import LAZY_TIMER

DAY = 86_400


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("remind: 1d", "remind: 2d"),
        (", remind: 1d", ""),
        ("within: 3d", "within: 5d"),
        ("within: 3d", "within: 3d, calendar: office"),
        ("within: 3d", "within: 3d, comment: required"),
    ],
)
def test_votes_are_kept_where_only_times_and_comments_differ(old: str, new: str) -> None:
    """Another reminder, time to decide or rule for comments asks nothing else, and voids no vote."""
    ticket = voted()
    assert ticket.to(APPROVAL.replace(old, new)) is None
    approval = ticket.ticket.approvals["ask"]
    assert ([one.person for one in approval.requests if one.vote == "approve"], approval.round) == (["bob"], 0)
    ticket.approve("dora", comment="fine")
    ticket.approve("erin", comment="fine")
    assert ticket.state == ("good",)


def test_votes_are_kept_where_a_stage_is_only_named_otherwise() -> None:
    """The id of a stage is a label beside its votes."""
    staged = APPROVAL.replace("from: [team:cab], need: all", "stages: [{id: first, from: [team:cab], need: all}]")
    ticket = Moving(staged)
    ticket.approve("bob")
    assert ticket.to(staged.replace("id: first", "id: board")) is None
    assert ticket.asked("ask") == ["dora", "erin"]


def test_new_times_of_an_approval_count_from_its_beginning() -> None:
    """A kept approval has the deadlines of the new definition, from the recorded beginning."""
    ticket = voted()
    opened = ticket.now
    ticket.wait(3600)
    assert ticket.to(APPROVAL.replace("within: 3d, remind: 1d", "within: 5d, remind: 2d")) is None
    approval = ticket.ticket.approvals["ask"]
    assert (approval.expires, approval.remind_at) == (opened + 5 * DAY, opened + 2 * DAY)


FIRED = """\
initial: a
states:
  a:
    after: [{for: 1d, do: [{notify: {to: opener, message: Hi}}]}, {for: 5d, to: c}]
    on: {x: b}
  b: {on: {back: a}}
  c: {final: true}
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("message: Hi", "message: Hello"),
        ("{to: opener, message: Hi}}]", "{to: opener, message: Hi}}, {comment: Told}]"),
        ("{for: 1d, do:", "{for: 1d, when: ticket.key != null, do:"),
        ("[{for: 1d, do: [{notify: {to: opener, message: Hi}}]}, {for: 5d, to: c}]",
         "[{for: 5d, to: c}, {for: 1d, do: [{notify: {to: opener, message: Hello}}]}]"),
    ],
)  # fmt: skip
def test_a_fired_timer_with_another_effect_stays_fired(old: str, new: str) -> None:
    """A timed transition of the same time and target is the same: it fires once a visit, whatever it does now."""
    ticket = Moving(FIRED)
    ticket.wait(2 * DAY)
    assert len(ticket.told()) == 1
    assert ticket.to(FIRED.replace(old, new)) is None
    ticket.wait(DAY)
    assert ticket.told() == []
    assert ticket.said("comment") == []


def test_a_fired_timer_that_leads_elsewhere_is_another() -> None:
    """A timed transition with another target is new, and due by the time of the state's entry."""
    ticket = Moving(FIRED)
    ticket.wait(2 * DAY)
    assert ticket.to(FIRED.replace("{for: 1d, do: [{notify: {to: opener, message: Hi}}]}", "{for: 1d, to: c}")) is None
    assert ticket.ticket.ended_at == ticket.now


def test_a_task_with_another_title_keeps_what_was_done() -> None:
    """A title names the work: a task that was done stays done, and an open task stays open."""
    ticket = Moving(TASKS)
    ticket.do(UpdateTask(ticket.actor("alice"), "one", "done"))
    opened = ticket.said("task")
    assert ticket.to(TASKS.replace("title: One", "title: The first").replace("title: Two", "title: The second")) is None
    assert [(one.id, one.status) for one in ticket.ticket.tasks["do"]] == [("one", "done"), ("two", "open")]
    assert ticket.said("task") == opened


def test_automation_with_another_time_limit_is_the_same() -> None:
    """The time limit and the number of attempts change no result: automation under way continues."""
    ticket = Moving(RUN)
    (wanted,) = ticket.wanted(Automate)
    assert ticket.to(RUN.replace("save: seen", "save: seen, timeout: 2m, retry: 5")) is None
    assert ticket.wanted(Automate) == []
    assert wanted.place is not None
    ticket.do(Ran(wanted.place, ["A-1"]))
    assert ticket.ticket.runs["work"].saved == {"seen": ["A-1"]}


def test_children_with_another_end_on_leaving_are_the_same() -> None:
    """What happens to open children when their state is left is decided then, by the definition of that time."""
    ticket = Moving(CHILD)
    families = ticket.ticket.families
    assert ticket.to(CHILD.replace("link: parts}", "link: parts, on_exit: detach}")) is None
    assert ticket.ticket.families == families
    assert len(ticket.wanted(StartTicket)) == 1


def test_a_run_of_an_older_interpreter_compares_as_before() -> None:
    """Under the older rule another reminder is another question: a replay voids the votes as its history did."""
    ticket = voted()
    new = Moving(APPROVAL.replace("remind: 1d", "remind: 2d")).compiled
    old = compile_process(new.process, new.digest, new.calendars, new.calendar, interpreter=LAZY_TIMER)
    assert ticket.take(old, "dora", Renames()) is None
    assert all(one.vote is None for one in ticket.ticket.approvals["ask"].requests)


FORM = """\
fields:
  risk:  {type: choice, options: [severe, small], default: small}
  area:  {type: choice, options: [core, edge], list: true}
  owner: {type: person}
  note:  {type: text}
  both:  {type: text, value: "ticket.risk + '!'"}
initial: ask
states:
  ask:
    approval: {from: [owner], reset_on: [risk], within: "3d"}
    on: {approved: good, rejected: bad, expired: bad}
  good: {on: {end: bad}}
  bad: {final: true}
"""
RENAMED = (
    FORM.replace("risk: ", "impact: ").replace("[risk]", "[impact]").replace("ticket.risk", "ticket.impact")
    .replace("severe, small", "high, low").replace("default: small", "default: low").replace("core, edge", "hub, edge")
    .replace("owner:", "lead:").replace("[owner]", "[lead]")
)  # fmt: skip
NAMES = Renames(
    fields={"risk": "impact", "owner": "lead"},
    options={"risk": {"severe": "high", "small": "low"}, "area": {"core": "hub"}},
)


def test_fields_and_options_are_carried_under_their_new_ids() -> None:
    """A mapped field takes over the value, a mapped option each element, and the timeline has the whole map."""
    ticket = Moving(FORM, risk="severe", area=["core", "edge"], owner="bob", note="x")
    assert ticket.renamed(RENAMED, NAMES) is None
    assert dict(ticket.ticket.fields) == {
        "impact": "high", "area": ["hub", "edge"], "lead": "bob", "note": "x", "both": "high!",
    }  # fmt: skip
    data = ticket.told_of_it.data
    assert (data["fields"], data["options"]) == (dict(NAMES.fields), {k: dict(v) for k, v in NAMES.options.items()})


def test_votes_survive_a_renamed_field() -> None:
    """The question that names a field by its new id is the same question."""
    staged = FORM.replace("from: [owner]", "from: [owner, dora_too], need: all").replace("dora_too", "person:dora")
    ticket = Moving(staged, risk="severe", owner="bob")
    ticket.approve("bob")
    new = RENAMED.replace("from: [lead]", "from: [lead, person:dora], need: all")
    assert ticket.renamed(new, NAMES) is None
    assert ticket.asked("ask") == ["dora"]


@pytest.mark.parametrize(
    ("renames", "reason"),
    [
        (Renames(fields={"rsk": "impact"}), "map: the old definition has no field 'rsk'; did you mean 'risk'?"),
        (Renames(fields={"risk": "impct"}), "map: the new definition has no field 'impct'; did you mean 'impact'?"),
        (Renames(options={"note": {"a": "b"}}), "map: the old definition has no choice 'note'"),
        (
            Renames(fields={"risk": "note"}, options={"risk": {"severe": "high"}}),
            "map: 'note' is no choice in the new definition: leave out the options of 'risk'",
        ),
        (
            Renames(fields={"risk": "impact"}, options={"risk": {"svere": "high"}}),
            "map: 'risk' has no option 'svere'; did you mean 'severe'?",
        ),
        (
            Renames(fields={"risk": "impact"}, options={"risk": {"severe": "hgh"}}),
            "map: 'impact' has no option 'hgh' in the new definition; did you mean 'high'?",
        ),
        (
            Renames(fields={"risk": "both"}),
            "field 'risk' would be 'both', which is computed there: map it to another field",
        ),
        (
            Renames(fields={"risk": "note"}),
            "field 'note' and 'risk' would both be 'note': map them to different fields, or clear a value",
        ),
    ],
)
def test_a_map_that_leads_nowhere_is_refused(renames: Renames, reason: str) -> None:
    """Each unknown field or option, and each field that has no place for its value, is named with the remedy."""
    ticket = Moving(FORM, risk="severe", owner="bob", note="x")
    before = ticket.ticket
    refused = ticket.renamed(RENAMED, renames)
    assert refused is not None
    assert reason in refused.reason
    assert ticket.ticket == before


def test_fields_can_change_places() -> None:
    """Two fields that take over each other's value are no collision."""
    pair = "fields: {a: {type: text}, b: {type: text}}\ninitial: x\nstates: {x: {on: {go: y}}, y: {final: true}}\n"
    ticket = Moving(pair, a="1", b="2")
    assert ticket.renamed(pair.replace("go: y", "go_on: y"), Renames(fields={"a": "b", "b": "a"})) is None
    assert dict(ticket.ticket.fields) == {"a": "2", "b": "1"}
