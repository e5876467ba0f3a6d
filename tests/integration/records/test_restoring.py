"""Steps that the records have lost are written again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import delete

from activities.records.counters import TicketStart
from activities.records.database import Database
from activities.records.outbox import ByRevision
from activities.records.restoring import NewerRecordError, Restored
from activities.records.shapes import Booking
from activities.records.store import Records
from activities.records.tables import audit, macrosteps
from tests.servers.worlds import NOW, batch, entries, ticket
from workflows.contracts import NumberedStart, RecordBatch, RecordedStep


def steps(*revisions: int, task: int = 1, text: str = "step", **of: Any) -> RecordBatch:
    """A batch of these revisions."""
    made = [RecordedStep(one, entries(f"{text} {one}")) for one in revisions]
    return batch(ticket(revision=revisions[-1], **of), made, workflow_task=f"{task:017d}.00000003.{NOW:020d}")


HISTORY = (steps(1, 2), steps(3, task=2), steps(4, 5, task=3))


def restore(records: Records, *batches: RecordBatch, anew: bool = False, keep: bool = True) -> Restored:
    return records.restore([(one, {}) for one in batches], anew=anew, keep=keep)


def texts(records: Records) -> list[object]:
    return [entry.data["text"] for entry in records.timeline("CHG-1", kinds=("comment",)).items]


def lose(url: str, revisions: Sequence[int]) -> None:
    database = Database(url)
    with database.write() as connection:
        for table in (macrosteps, audit):
            connection.execute(delete(table).where(table.c.revision.in_(revisions)))
    database.close()


def test_an_empty_store_gets_all_steps(records: Records) -> None:
    """The batches of a history restore the ticket, its timeline and its number; a second restore changes nothing."""
    assert restore(records, *HISTORY).revisions == (1, 2, 3, 4, 5)
    whole = records.verify_chain("CHG-1"), texts(records), records.get("CHG-1")
    assert whole[0].holds
    assert whole[1] == [f"step {one}" for one in range(1, 6)]
    assert restore(records, *HISTORY) == Restored()
    assert (records.verify_chain("CHG-1"), texts(records), records.get("CHG-1")) == whole
    assert records.allocate(TicketStart("a", "b", "", "change", "CHG", NOW)).key == "CHG-2"


def test_the_same_rows_as_the_workflow_writes(records: Records, url: str) -> None:
    """Steps that are written again keep their hashes."""
    for one in HISTORY:
        records.record(one, {})
    before = list(records.timeline("CHG-1").items)
    chain = records.on_record("CHG-1")
    lose(url, [2, 3, 4, 5])
    assert restore(records, *HISTORY).revisions == (2, 3, 4, 5)
    assert list(records.timeline("CHG-1").items) == before
    assert records.on_record("CHG-1") == chain


def test_a_dry_run_changes_nothing(records: Records) -> None:
    """A dry run reports what would be written, and writes nothing."""
    assert restore(records, *HISTORY, keep=False).revisions == (1, 2, 3, 4, 5)
    assert records.get("CHG-1") is None


def test_later_records_stay(records: Records) -> None:
    """A restore stops at steps that are newer than the history of an open ticket; steps after an end stay."""
    restore(records, *HISTORY, steps(6, 7, task=4))
    with pytest.raises(NewerRecordError):
        restore(records, *HISTORY)
    ended = steps(8, task=5, ended_at=NOW)
    records.record(ended, {})
    later = steps(9, task=6, text="after the end", ended_at=NOW)
    records.record(later, {})
    restore(records, *HISTORY, steps(6, 7, task=4), ended, anew=True)
    assert texts(records)[-1] == "after the end 9"
    assert records.verify_chain("CHG-1").holds


def test_a_note_of_what_was_taken_back_stays(records: Records, url: str) -> None:
    """The note of a lost step keeps its place after its revision, even if the history needs the same place."""
    records.record(steps(1), {})
    records.record(steps(2, task=2, text="lost"), {})
    records.record(batch(ticket(revision=1), [], workflow_task=steps(2, task=3).workflow_task), {})
    assert [one.kind for one in records.timeline("CHG-1").items] == ["comment", "taken_back"]
    lost = RecordedStep(1, entries("step 1", "and more"))
    again = batch(ticket(revision=1), [lost], workflow_task=steps(2, task=4).workflow_task)
    restore(records, again, anew=True)
    assert [one.kind for one in records.timeline("CHG-1").items] == ["comment", "comment", "taken_back"]
    assert texts(records) == ["step 1", "and more"]
    assert records.verify_chain("CHG-1").holds
    assert restore(records, again) == Restored()


def test_a_booking_is_written_again(records: Records) -> None:
    """The last booking of a history is restored; a window that was not free leaves no booking."""
    window = Booking("CHG-1", "email", NOW, NOW + 60)
    other = Booking("CHG-2", "email", NOW, NOW + 60)
    records.restore([(one, {}) for one in HISTORY], booked=(None, window))
    assert records.book(other, ["email"], (), may=True).bookings == (window,)
    assert records.restore([(one, {}) for one in HISTORY], booked=(window, None)) == Restored(rows=True)
    assert records.book(other, ["email"], (), may=True).bookings == ()


def test_a_start_is_known_again(records: Records) -> None:
    """A start gets its ticket again, and an open ticket its correlation key; a start that has a ticket keeps it."""
    start = NumberedStart("source:m", "event-1", correlation="host-1")
    batches: list[tuple[RecordBatch, ByRevision]] = [(one, {}) for one in HISTORY]
    records.restore(batches, start=start)
    again = TicketStart("source:m", "event-1", "", "change", "CHG", NOW)
    assert records.allocate(again).key == "CHG-1"
    assert records.holder("change", "host-1") == "CHG-1"
    assert records.restore(batches, start=start) == Restored()
    records.restore([*batches, (steps(6, task=6, ended_at=NOW), {})], start=start)
    assert records.holder("change", "host-1") is None
