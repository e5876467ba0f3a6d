"""Writing macrosteps: everything once, in one transaction."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from activities.notifications.routes import Routes
from activities.notifications.writing import notifications_of
from activities.records.counters import TicketStart
from activities.records.database import Database
from activities.records.queries import Filter
from activities.records.shapes import TicketQuery
from activities.records.store import Records
from activities.settings import Settings
from definitions.people.directory import Actor
from tests.servers.worlds import NOW, asked, batch, entries, notice, ticket, world
from workflows.contracts import Notified, RecordBatch, RecordedAnswer, RecordedStep, RecordResult
from workflows.engine.model.approval import ApprovalRequest, StageResult
from workflows.engine.model.automation import RunState
from workflows.engine.model.availability import OrganizationChanged
from workflows.engine.model.result import AuditEntry
from workflows.engine.model.snapshot import Visit


def put(records: Records, one: RecordBatch, **settings: object) -> RecordResult:
    """Records a batch as the activity does."""
    routes = Routes(Settings(**settings))  # type: ignore[arg-type]
    return records.record(one, notifications_of(world(), routes, one, NOW))


def texts(records: Records, key: str = "CHG-1") -> list[object]:
    return [entry.data["text"] for entry in records.timeline(key, kinds=("comment",)).items]


def test_a_macrostep_is_a_row_with_its_timeline(records: Records) -> None:
    """A recorded ticket is found with its whole snapshot, and its timeline with all entries in order."""
    of = ticket(assignee="team:cab", ended_at=NOW + 9, failed=True)
    put(records, batch(of, [RecordedStep(1, entries("one", "two"))]))
    found = records.get("CHG-1")
    assert found is not None
    row = found.row
    assert (row.key, row.process, row.digest, row.revision, row.state) == ("CHG-1", "change", "d1", 1, ("authorize",))
    assert (row.title, row.opener, row.assignee) == ("Swap core switch", "alice", "team:cab")
    assert (row.opened_at, row.updated_at, row.ended_at, row.failed) == (NOW, NOW + 1, NOW + 9, True)
    assert row.fields == {"summary": "Swap core switch", "service": "email"}
    assert found.view["configuration"] == ["authorize"]
    assert found.participants == ("person:alice", "team:cab")
    assert texts(records) == ["one", "two"]


def test_the_same_revision_twice_changes_nothing(records: Records) -> None:
    """Recording a batch again gives the same answer and the same rows, also when the organization has changed since."""
    one = batch(steps=[RecordedStep(1, entries("one"), (notice("team:cab"),))])
    first = put(records, one)
    changed = world(teams={"cab": {"members": ["alice"]}})
    again = records.record(one, notifications_of(changed, Routes(Settings()), one, NOW + 99))
    assert again == first
    assert first.notified == (Notified("CHG-1:authorize:1:1.1", ("bob", "dora", "erin")),)
    assert texts(records) == ["one"]
    assert len(records.outbox(ticket="CHG-1").items) == 3


def test_ten_threads_record_the_same_macrostep(records: Records) -> None:
    """However many attempts run at once, a macrostep is written once."""
    one = batch(steps=[RecordedStep(1, entries("one", "two"), (notice("team:cab"),))])
    with ThreadPoolExecutor(10) as pool:
        results = set(pool.map(lambda _: put(records, one), range(10)))
    assert len(results) == 1
    assert texts(records) == ["one", "two"]
    assert records.verify_chain("CHG-1").entries == 2
    assert records.verify_chain("CHG-1").holds


def test_an_older_revision_leaves_the_row_alone(records: Records) -> None:
    """A late batch adds the missing entries, in their place, and nothing else."""
    put(records, batch(ticket(revision=3, fields={"summary": "new"})))
    assert records.revisions_missing("CHG-1") == 0
    put(records, batch(ticket(revision=1, fields={"summary": "old"}), see=("everyone",)))
    assert records.revisions_missing("CHG-1") == 1
    found = records.get("CHG-1")
    assert found is not None
    assert (found.row.revision, found.row.title, found.participants) == (3, "new", ("person:alice", "team:cab"))
    assert texts(records) == ["step 1", "step 3"]
    put(records, batch(ticket(revision=2)))
    assert texts(records) == ["step 1", "step 2", "step 3"]
    assert records.revisions_missing("CHG-1") == 0
    assert records.verify_chain("CHG-1").holds


def test_a_batch_holds_several_macrosteps(records: Records) -> None:
    """Each step of a batch is recorded separately: a step that is already there does not hide the others."""
    put(records, batch(ticket(revision=1)))
    steps = [RecordedStep(n, entries(f"step {n}")) for n in (1, 2, 3)]
    put(records, batch(ticket(revision=3), steps))
    assert texts(records) == ["step 1", "step 2", "step 3"]


def test_a_batch_that_fails_leaves_nothing(records: Records) -> None:
    """A batch that can't be written completely is not written at all."""
    good, bad = entries("one"), entries("two", extra=object())
    with pytest.raises(TypeError, match="not JSON serializable"):
        put(records, batch(ticket(revision=2), [RecordedStep(1, good), RecordedStep(2, bad)]))
    assert records.get("CHG-1") is None


def test_who_may_see_follows_the_newest_step(records: Records) -> None:
    """Participants and leaves are those of the newest snapshot, not of all snapshots."""
    put(records, batch())
    put(records, batch(ticket(revision=2), see=("team:cab", "person:erin"), state=("left", "right")))
    found = records.get("CHG-1")
    assert found is not None
    assert (found.participants, found.row.state) == (("person:erin", "team:cab"), ("left", "right"))
    assert [row.key for row in records.list(Filter(state="right")).items] == ["CHG-1"]
    assert records.list(Filter(state="authorize")).items == ()


def test_text_that_a_database_refuses_is_kept_readable(records: Records) -> None:
    """NUL, lone surrogates and numbers that JSON lacks don't make a ticket unrecordable."""
    odd = ticket(fields={"summary": "a\x00b\ud800", "ratio": float("nan")})
    put(records, batch(odd, [RecordedStep(1, entries("a\x00b\ud800"))], see=("person:a\x00b",)))
    found = records.get("CHG-1")
    assert found is not None
    assert found.row.title == "a\ufffdb?"
    assert found.row.fields["ratio"] == "NaN"
    assert records.verify_chain("CHG-1").holds


@pytest.mark.parametrize(
    ("damage", "broken_at"),
    [
        ("UPDATE audit SET actor = 'mallory' WHERE seq = 2", 2),
        ('UPDATE audit SET data = \'{"text": "other"}\' WHERE seq = 1', 1),
        ("DELETE FROM audit WHERE seq = 2", 2),
        ("DELETE FROM audit WHERE seq = 3", 3),
        ("UPDATE audit SET at = at + 1 WHERE seq = 3", 3),
    ],
)
def test_the_chain_shows_every_change(records: Records, url: str, damage: str, broken_at: int) -> None:
    """An altered or removed entry, even the last one, breaks the chain at its place."""
    put(records, batch(steps=[RecordedStep(1, entries("one", "two", "three"))]))
    assert records.verify_chain("CHG-1").holds
    database = Database(url)
    with database.write() as connection:
        connection.execute(text(damage.replace(":", r"\:")))
    database.close()
    assert records.verify_chain("CHG-1").broken_at == broken_at


def test_open_requests_are_found_by_person(records: Records) -> None:
    """A current approver finds the request; a person who has answered, or is no longer an approver, does not."""
    waiting = asked(requests=(ApprovalRequest("bob"), ApprovalRequest("dora", asked_for="carol")))
    put(records, batch(ticket(**waiting)))
    (mine,) = records.approvals(person="dora")
    assert (mine.ticket, mine.title, mine.state, mine.visit, mine.round) == (
        "CHG-1",
        "Swap core switch",
        "authorize",
        1,
        1,
    )
    assert (mine.asked_for, mine.status, mine.asked_at, mine.due_at) == ("carol", "open", NOW, NOW + 172_800)
    voted = asked(
        requests=(ApprovalRequest("bob", vote="approve", comment="fine", voted_at=NOW + 5), ApprovalRequest("erin"))
    )
    put(records, batch(ticket(revision=2, **voted)))
    assert records.approvals(person="bob") == records.approvals(person="dora") == ()
    rows = records.approvals(ticket="CHG-1", status=None)
    status = {row.person: (row.status, row.comment, row.answered_at) for row in rows}
    assert status == {
        "bob": ("approved", "fine", NOW + 5),
        "dora": ("withdrawn", None, NOW + 2),
        "erin": ("open", None, None),
    }


@pytest.mark.parametrize(
    "after",
    [
        {"configuration": ("draft",)},
        {"ended_at": NOW + 2},
        {"visits": {"authorize": Visit(2, NOW)}},
        {"approvals": {}},
    ],
)
def test_requests_end_with_their_state(records: Records, after: dict[str, object]) -> None:
    """Leaving the state, re-entering it or ending the ticket withdraws open requests."""
    waiting = asked(requests=(ApprovalRequest("bob"),))
    put(records, batch(ticket(**waiting)))
    put(records, batch(ticket(revision=2, **(waiting | after))))
    assert records.approvals(person="bob") == ()
    assert [row.status for row in records.approvals(person="bob", status=None)] == ["withdrawn"]


def test_votes_of_earlier_stages_and_rounds_are_kept(records: Records) -> None:
    """A passed stage and a voided round stay readable with their votes."""
    yes = ApprovalRequest("carol", vote="approve", voted_at=NOW + 1)
    passed = (StageResult(0, "approved", (yes, ApprovalRequest("alice")), 1),)
    put(records, batch(ticket(**asked(stage=1, passed=passed, requests=(ApprovalRequest("bob"),)))))
    put(records, batch(ticket(revision=2, **asked(round=2, requests=(ApprovalRequest("carol"),)))))
    rows = {(row.round, row.stage, row.person): row.status for row in records.approvals(ticket="CHG-1", status=None)}
    assert rows == {
        (1, 0, "alice"): "withdrawn",
        (1, 0, "carol"): "approved",
        (1, 1, "bob"): "withdrawn",
        (2, 0, "carol"): "open",
    }


def test_nobody_to_tell_is_a_problem_and_a_row(records: Records) -> None:
    """A notification for an empty role is kept for reading, and is a problem of its ticket whenever it is recorded."""
    one = batch(steps=[RecordedStep(1, (), (notice("role:nobody"),))])
    result = put(records, one)
    assert result.problems == ("a notice (Look at this): no recipient (role:nobody)",)
    assert result.notified == (Notified("CHG-1:authorize:1:1.1", ()),)
    assert put(records, one) == result
    (row,) = records.outbox(ticket="CHG-1").items
    assert (row.person, row.status, row.body) == (None, "outbox", "Look at this")


def test_each_person_is_told_once(records: Records) -> None:
    """A person addressed twice by one effect gets it once, in the order of the principals."""
    one = batch(steps=[RecordedStep(1, (), (notice("role:cab_chair", "team:cab"),))])
    assert put(records, one).notified[0].people == ("dora", "bob", "erin")


def test_only_what_a_channel_carries_is_to_be_delivered(records: Records) -> None:
    """Without a channel no delivery is left; with mail, people with an address are left; others are a problem."""
    one = batch(steps=[RecordedStep(1, (), (notice("team:cab"),))])
    assert put(records, one).to_deliver == ()
    two = batch(ticket(revision=2), [RecordedStep(2, (), (notice("team:cab", id="n2"),))])
    result = put(records, two, smtp_host="127.0.0.1")
    assert result.to_deliver == ("n2#bob", "n2#dora")
    assert result.problems == ("erin has no e-mail address: the text is in the outbox",)


def test_a_result_is_of_its_batch_alone(records: Records) -> None:
    """Notifications of other steps and other tickets are not repeated."""
    put(records, batch(steps=[RecordedStep(1, (), (notice("person:bob"),))]))
    second = batch(ticket(revision=2), [RecordedStep(2, (), (notice("person:dora", id="n2"),))])
    assert put(records, second).notified == (Notified("n2", ("dora",)),)


def test_a_known_ticket_keeps_its_number(records: Records) -> None:
    """Rebuilt records never assign the number of a recorded ticket to a new ticket."""
    put(records, batch(ticket("CHG-41")))
    put(records, batch(ticket("CHG-7")))
    new = records.allocate(
        TicketStart(scope="alice", start_key="k", body_hash="h", process="change", prefix="CHG", at=NOW)
    )
    assert new.key == "CHG-42"


def test_actors_of_any_length_are_recorded(records: Records) -> None:
    """No name is too long to be stored."""
    long = Actor("x" * 1_000).id
    put(records, batch(replace(ticket(), opener=long), [RecordedStep(1, (AuditEntry("event", NOW, long, {}),))]))
    assert records.timeline("CHG-1").items[0].actor == long


def answered(key: str, revision: int) -> RecordedAnswer:
    """The answer to a request that has made a revision."""
    return RecordedAnswer(key, revision, "hash", {"revision": revision})


def test_an_answer_counts_once_a_later_workflow_task_has_written(records: Records) -> None:
    """The answer of the newest task may be one of a lost task; the answer of a task before it is in history."""
    put(records, batch(workflow_task="1", answers=(answered("k1", 1),)))
    assert [each.confirmed for each in records.answers_under("k1")] == [False]
    put(records, batch(ticket(revision=2), workflow_task="2", answers=(answered("k2", 2),)))
    kept = [(one.ticket, one.answer, one.confirmed) for key in ("k1", "k2") for one in records.answers_under(key)]
    assert kept == [("CHG-1", {"revision": 1}, True), ("CHG-1", {"revision": 2}, False)]
    assert records.answers_under("k3") == ()


def test_the_answer_of_a_lost_workflow_task_is_taken_back(records: Records) -> None:
    """A request whose step never came to be has no answer on record."""
    put(records, lost(1, "one", task="1"))
    put(records, replace(lost(2, "lost", task="2"), answers=(answered("k", 2),)))
    put(records, lost(2, "two", task="3"))
    assert records.answers_under("k") == ()


def lost(revision: int, *texts: str, task: str, **changes: Any) -> RecordBatch:
    """One step as a workflow task records it."""
    steps = [RecordedStep(revision, entries(*texts), (notice("person:bob", id=f"CHG-1:authorize:1:{revision}.1"),))]
    return batch(ticket(revision=revision, **changes), steps, workflow_task=task)


def test_what_a_lost_workflow_task_has_recorded_is_replaced(records: Records) -> None:
    """A worker died between its records and the end of its task: the next worker took other steps in their place."""
    put(records, lost(1, "one", task="1"))
    put(records, lost(2, "lost", task="2"))
    put(records, lost(3, "lost too", task="2", fields={"summary": "Lost"}))
    put(records, lost(2, "two", "and more", task="3", fields={"summary": "Kept"}))
    assert texts(records) == ["one", "two", "and more"]
    found = records.get("CHG-1")
    assert found is not None
    assert (found.row.revision, found.row.title) == (2, "Kept")
    assert [one.revision for one in records.outbox(ticket="CHG-1").items] == [2, 1]
    put(records, lost(3, "three", task="4"))
    assert texts(records) == ["one", "two", "and more", "three"]
    report = records.verify_chain("CHG-1")
    assert (report.entries, report.holds, records.revisions_missing("CHG-1")) == (5, True, 0)


def test_what_went_the_same_way_again_is_kept(records: Records) -> None:
    """The next worker took the same step first and none after it: the lost task's later steps are removed."""
    put(records, lost(1, "one", task="1"))
    put(records, lost(2, "two", task="2"))
    put(records, lost(3, "lost", task="2"))
    before = records.outbox(ticket="CHG-1").items
    put(records, lost(2, "two", task="3"))
    assert texts(records) == ["one", "two"]
    assert [one.id for one in records.outbox(ticket="CHG-1").items] == [one.id for one in before[1:]]
    assert records.verify_chain("CHG-1").holds


def test_a_worker_that_was_given_up_writes_nothing_any_more(records: Records) -> None:
    """A task taken from a slow worker belongs to another: all later records of the slow worker are too late."""
    put(records, lost(1, "one", task="1"))
    put(records, lost(2, "two", task="3"))
    for late in (lost(2, "late", task="2"), lost(3, "later", task="2", fields={"summary": "Late"})):
        put(records, late)
    assert texts(records) == ["one", "two"]
    found = records.get("CHG-1")
    assert found is not None
    assert (found.row.revision, found.row.title) == (2, "Swap core switch")


def test_a_batch_without_steps_takes_back_what_is_beyond_it(records: Records) -> None:
    """A ticket that records itself as it is removes later revisions, with an entry that says what they were."""
    put(records, lost(1, "one", task="1.1.1"))
    put(records, lost(2, "lost", task="1.2.2", fields={"summary": "Lost"}))
    assert records.unsettled(5, "", 10)[0].revision == 2
    put(records, batch(ticket(revision=1), [], workflow_task="1.3.3"))
    found = records.get("CHG-1")
    assert found is not None
    assert (found.row.revision, found.row.title) == (1, "Swap core switch")
    entries_ = records.timeline("CHG-1").items
    assert [(one.kind, one.revision) for one in entries_] == [("comment", 1), ("taken_back", 1)]
    assert entries_[-1].data == {"lost": ["comment by alice"], "notices": 1}
    assert [one.revision for one in records.outbox(ticket="CHG-1").items] == [1]
    assert records.verify_chain("CHG-1").holds
    put(records, lost(2, "two", task="1.4.4"))
    assert [one.kind for one in records.timeline("CHG-1").items] == ["comment", "taken_back", "comment"]


def test_what_happened_again_at_another_time_was_not_taken_back(records: Records) -> None:
    """A step that a later task takes again, only later, leaves no entry about the first one."""
    again = AuditEntry("vote", NOW, "bob", {"state": "authorize", "decision": "approve", "expires": NOW})
    put(records, lost(1, "one", task="1"))
    put(records, batch(ticket(revision=2), [RecordedStep(2, (again,))], workflow_task="2"))
    later = replace(again, at=NOW + 60, data={**again.data, "expires": NOW + 60})
    put(records, batch(ticket(revision=2), [RecordedStep(2, (later,))], workflow_task="3"))
    assert [one.kind for one in records.timeline("CHG-1").items] == ["comment", "vote"]


def test_a_record_is_in_doubt_until_it_is_confirmed(records: Records) -> None:
    """A record that was written before a time is put in doubt once, and confirmed only as it was seen."""
    put(records, lost(1, "one", task="1.1.5000000000"))
    assert (records.doubt(5), records.doubt(6), records.doubt(6)) == (0, 1, 0)
    (seen,) = records.unsettled(6, "", 10)
    put(records, lost(2, "two", task="1.2.6000000000"))
    records.settle(seen)
    (newer,) = records.unsettled(7, "", 10)
    assert records.doubt(7) == 1
    records.settle(newer)
    assert records.unsettled(9, "", 10) == ()
    found = records.get("CHG-1")
    assert found is not None
    assert not found.row.in_doubt


def test_a_text_with_a_nul_stops_no_query(records: Records) -> None:
    """What no database can read again is not kept as it is: every query still finds the ticket."""
    fields = {"summary": "Swap", "note": "a\x00b", "half": "\ud800"}
    runs = {"check": RunState(1, saved={"seen": {"a\x00": ["\x00"]}})}
    snapshot = ticket(fields=fields, runs=runs, **asked(requests=(ApprovalRequest("bob"),)))
    records.record(batch(snapshot, steps=[RecordedStep(1, entries("a\x00b"))]), {})
    changed = OrganizationChanged("another")
    assert records.waiting_for_people(changed, "", 10, lambda _: True) == (("CHG-1",), None)
    assert records.matching(TicketQuery(fields={"summary": "Swap"}))[0].key == "CHG-1"
    assert records.open_with("change", {"summary": "Swap"}) == ("CHG-1",)
    record = records.get("CHG-1")
    assert record is not None
    assert record.row.fields == {"summary": "Swap", "note": "a\ufffdb", "half": "?"}
    assert record.view["runs"]["check"]["saved"] == {"seen": {"a\ufffd": ["\ufffd"]}}
    assert records.verify_chain("CHG-1").holds
