"""Additions to a ticket after its end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from activities.records.appending import Addition, Appended
from activities.records.store import Records
from tests.servers.worlds import NOW, batch, entries, ticket
from workflows.contracts import RecordedStep
from workflows.engine.model.snapshot import Snapshot


def ended(records: Records, key: str = "CHG-1") -> None:
    """A ticket that has ended in revision 3."""
    records.record(batch(ticket(key, 3, ended_at=NOW + 3)), {})


def say(records: Records, text: str, key: str = "k", request: str = "r") -> Appended | None:
    def take(snapshot: Snapshot, calendars: str | None) -> Addition:
        after = replace(snapshot, revision=snapshot.revision + 1, at=snapshot.at + 1)
        step = RecordedStep(after.revision, entries(text, at=after.at))
        return Addition(after, step, {"revision": after.revision})

    return records.append("CHG-1", key, request, take)


def texts(records: Records) -> list[object]:
    return [entry.data["text"] for entry in records.timeline("CHG-1").items]


def test_a_step_after_the_end(records: Records) -> None:
    """A step on an ended ticket is on record with its revision, and the chain of its entries holds."""
    ended(records)
    assert say(records, "late") == Appended("written", {"revision": 4})
    found = records.get("CHG-1")
    assert found is not None
    assert (found.row.revision, found.row.updated_at, found.view["revision"]) == (4, NOW + 4, 4)
    assert found.row.ended_at == NOW + 3
    assert texts(records) == ["step 3", "late"]
    assert (records.verify_chain("CHG-1").entries, records.verify_chain("CHG-1").holds) == (2, True)


def test_the_same_key_again(records: Records) -> None:
    """A repeated request gets its first answer, another one under its key is detected; nothing is written twice."""
    ended(records)
    say(records, "late")
    say(records, "later", key="other")
    assert say(records, "late") == Appended("repeated", {"revision": 4})
    assert say(records, "else", request="r2") == Appended("reused")
    assert texts(records) == ["step 3", "late", "later"]


def test_ten_at_once(records: Records) -> None:
    """Ten requests at once each build on the one before: all are kept, one revision each, in order."""
    ended(records)
    with ThreadPoolExecutor(10) as pool:
        done = list(pool.map(lambda number: say(records, f"c{number}", key=f"k{number}"), range(10)))
    answered = [one.answer["revision"] for one in done if one is not None]
    assert sorted(answered) == list(range(4, 14))
    by_revision = [f"c{number}" for _, number in sorted(zip(answered, range(10), strict=True))]
    assert texts(records) == ["step 3", *by_revision]
    assert records.verify_chain("CHG-1").holds
    assert records.revisions_missing("CHG-1") == 0


def test_the_same_ten_times_at_once(records: Records) -> None:
    """However many times a request arrives at once, it is carried out once and answered the same."""
    ended(records)
    with ThreadPoolExecutor(10) as pool:
        done = [one for one in pool.map(lambda _: say(records, "late"), range(10)) if one is not None]
    assert sorted(one.status for one in done) == ["repeated"] * 9 + ["written"]
    assert {str(one.answer) for one in done} == {"{'revision': 4}"}
    assert texts(records) == ["step 3", "late"]


def test_a_refused_step(records: Records) -> None:
    """An error that refuses a step is raised, nothing is written, and the key is free."""
    ended(records)

    def refuse(snapshot: Snapshot, calendars: str | None) -> Addition:
        raise ValueError(f"not at {snapshot.revision}")

    with pytest.raises(ValueError, match="not at 3"):
        records.append("CHG-1", "k", "r", refuse)
    assert texts(records) == ["step 3"]
    assert say(records, "late") == Appended("written", {"revision": 4})


def test_only_ended_tickets(records: Records) -> None:
    """A ticket whose workflow still writes, and a ticket that does not exist, can't be appended to."""
    records.record(batch(ticket("CHG-1", 3)), {})
    assert say(records, "early") is None
    assert texts(records) == ["step 3"]
    assert records.append("CHG-9", "k", "r", lambda *_: pytest.fail("stepped")) is None
