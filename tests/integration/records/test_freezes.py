"""Freezes that are declared at run time, and their announcements, over both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from activities.records.announcing import Announcement
from activities.records.freezes import DeclaredFreeze, FreezeRequest, FreezeTakenError, KeyReusedError, Lifted
from activities.records.shapes import Booking
from activities.records.store import Records
from definitions.schema.model import Json
from tests.servers.worlds import NOW

HOUR = 3_600
FREEZE = DeclaredFreeze(
    id="audit",
    starts_at=NOW + 10 * HOUR,
    ends_at=NOW + 20 * HOUR,
    services=("email",),
    written={"from": "2026-03-02", "to": "2026-03-02", "title": None},
    declared_by="carol",
    declared_at=NOW,
    reason="An audit",
)


def told_of(change: str) -> Any:
    """The announcements that are due for a freeze."""
    return lambda one: Announcement(f"freeze:{one.id}:{change}", "stanchion.calendar_changed", {}, NOW, NOW, one.id)


def declare(records: Records, wanted: DeclaredFreeze = FREEZE, request: FreezeRequest | None = None) -> DeclaredFreeze:
    return records.declare_freeze(wanted, told_of("declared"), request)


def lift(records: Records, by: str = "dora", request: FreezeRequest | None = None) -> DeclaredFreeze | None:
    return records.lift_freeze("audit", Lifted(by, NOW + HOUR, "All done"), told_of("lifted"), request)


def due(records: Records, at: int = NOW) -> list[str]:
    return [one.id for one in records.announcements_due(at)]


def frozen(records: Records, start: int, end: int, service: str = "email", *above: str) -> list[tuple[str, Any]]:
    """The freezes that block a booking."""
    booking = Booking("CHG-1", service, start, end)
    return list(records.book(booking, (service,), above, may=True).freezes)


def test_a_freeze_is_kept_with_what_is_announced_of_it(records: Records) -> None:
    """The declarer, time and reason are known as long as the records exist; a freeze is announced once."""
    assert declare(records) == FREEZE
    assert declare(records, replace(FREEZE, declared_by="dora", declared_at=NOW + 5)) == FREEZE
    assert records.freeze("audit") == FREEZE
    assert due(records) == ["freeze:audit:declared"]
    records.announcement_told("freeze:audit:declared", NOW + 1)
    assert (due(records), records.freeze("audit")) == ([], replace(FREEZE, told=True))


def test_a_lifted_freeze_is_kept(records: Records) -> None:
    """Lifting ends a freeze and deletes nothing; lifted again, the first time stands; an unknown id lifts nothing."""
    assert lift(records) is None
    declare(records)
    lifted = replace(FREEZE, lifted=Lifted("dora", NOW + HOUR, "All done"))
    assert lift(records) == lifted
    assert lift(records, "erin") == lifted
    assert records.freeze("audit") == lifted
    assert due(records) == ["freeze:audit:declared", "freeze:audit:lifted"]
    assert (list(records.declared_freezes(NOW)), list(records.declared_freezes())) == ([], [lifted])


def test_what_is_over_is_listed_only_where_everything_is(records: Records) -> None:
    """Freezes are listed by their start."""
    early = replace(FREEZE, id="early", starts_at=NOW - 2 * HOUR, ends_at=NOW)
    running = replace(FREEZE, id="running", starts_at=NOW - HOUR, ends_at=NOW + 1)
    for one in (FREEZE, running, early):
        declare(records, one)
    assert [one.id for one in records.declared_freezes(NOW)] == ["running", "audit"]
    assert [one.id for one in records.declared_freezes()] == ["early", "running", "audit"]


@pytest.mark.parametrize("other", [{"ends_at": NOW + 30 * HOUR}, {"services": ()}, {"reason": "No audit"}])
def test_an_id_belongs_to_one_freeze(records: Records, other: dict[str, Any]) -> None:
    """Another freeze can't use the id, and nothing changes."""
    declare(records)
    with pytest.raises(FreezeTakenError) as taken:
        declare(records, replace(FREEZE, **other))
    assert (taken.value.known, records.freeze("audit")) == (FREEZE, FREEZE)


def test_a_lifted_freeze_does_not_come_back(records: Records) -> None:
    """The id stays used: the same again is refused, except for a repeat of the request that declared the freeze."""
    request = FreezeRequest("carol", "k1", "a")
    declare(records, FREEZE, request)
    lift(records)
    with pytest.raises(FreezeTakenError):
        declare(records)
    repeated = declare(records, FREEZE, request)
    assert repeated.lifted is not None
    assert due(records) == ["freeze:audit:declared", "freeze:audit:lifted"]


def test_an_idempotency_key_is_used_for_one_request(records: Records) -> None:
    """The same key with another request is refused and does nothing; another person's key is another key."""
    declare(records, FREEZE, FreezeRequest("carol", "k1", "a"))
    with pytest.raises(KeyReusedError):
        declare(records, replace(FREEZE, id="other"), FreezeRequest("carol", "k1", "b"))
    with pytest.raises(KeyReusedError):
        lift(records, "carol", FreezeRequest("carol", "k1", "c"))
    assert (records.freeze("other"), records.freeze("audit")) == (None, FREEZE)
    assert declare(records, replace(FREEZE, id="other"), FreezeRequest("dora", "k1", "b")).id == "other"


def test_a_refused_request_leaves_its_key_free(records: Records) -> None:
    """A refused request may be corrected and sent under the same key."""
    declare(records)
    with pytest.raises(FreezeTakenError):
        declare(records, replace(FREEZE, reason="Another"), FreezeRequest("carol", "k1", "a"))
    assert declare(records, replace(FREEZE, id="another"), FreezeRequest("carol", "k1", "b")).id == "another"


def test_a_declared_freeze_stands_against_bookings(records: Records) -> None:
    """A freeze blocks its services and the services that they need, within its half-open time, until it is lifted."""
    declare(records)
    assert frozen(records, FREEZE.starts_at - HOUR, FREEZE.starts_at) == []
    assert frozen(records, FREEZE.starts_at - HOUR, FREEZE.starts_at + 1) == [("audit", ("email",))]
    assert frozen(records, FREEZE.ends_at - 1, FREEZE.ends_at + HOUR) == [("audit", ("email",))]
    assert frozen(records, FREEZE.ends_at, FREEZE.ends_at + HOUR) == []
    assert frozen(records, FREEZE.starts_at, FREEZE.ends_at, "directory", "email") == [("audit", ("email",))]
    assert frozen(records, FREEZE.starts_at, FREEZE.ends_at, "printing", "directory") == []
    lift(records)
    assert frozen(records, FREEZE.starts_at, FREEZE.ends_at) == []


def test_a_freeze_without_services_holds_for_all(records: Records) -> None:
    """A freeze without services blocks every service, by that service's name."""
    declare(records, replace(FREEZE, services=()))
    assert frozen(records, FREEZE.starts_at, FREEZE.ends_at, "fax") == [("audit", ("fax",))]


def test_what_a_freeze_stands_against_is_not_booked(records: Records) -> None:
    """A booking that a freeze prevents blocks no other ticket; the ticket's earlier booking is given up anyway."""
    start, end = FREEZE.starts_at, FREEZE.ends_at
    assert records.book(Booking("CHG-1", "email", start, end), ("email",), (), may=True).freezes == ()
    declare(records)
    assert records.book(Booking("CHG-1", "email", start, end), ("email",), (), may=True).freezes
    lift(records)
    found = records.book(Booking("CHG-2", "email", start, end), ("email",), (), may=True)
    assert (found.bookings, found.freezes) == ((), ())


def test_bookings_and_freezes_come_one_after_the_other(records: Records) -> None:
    """In any interleaving, a window is booked before the freeze is declared, or not at all."""

    def book(number: int) -> bool:
        start = FREEZE.starts_at + number * HOUR
        found = records.book(Booking(f"CHG-{number}", "email", start, start + HOUR), ("email",), (), may=True)
        return not found.freezes

    with ThreadPoolExecutor(9) as pool:
        bookings = [pool.submit(book, number) for number in range(8)]
        declared = pool.submit(declare, records)
        booked = {f"CHG-{number}" for number, one in enumerate(bookings) if one.result()}
        assert declared.result() == FREEZE
    everything = Booking("CHG-99", "email", FREEZE.starts_at, FREEZE.ends_at)
    there = records.book(everything, ("email",), (), may=False).bookings
    assert {one.ticket for one in there} == booked


def test_the_same_freeze_is_declared_once_however_many_declare_it(records: Records) -> None:
    """Ten declarations at once make one freeze and one announcement."""
    with ThreadPoolExecutor(10) as pool:
        assert {one.declared_by for one in pool.map(lambda _: declare(records), range(10))} == {"carol"}
    assert due(records) == ["freeze:audit:declared"]


def describe(before: Json, id_: str) -> Announcement:
    return Announcement(id_, "stanchion.calendar_changed", {"before": before}, NOW, NOW + 60)


def test_a_change_is_announced_against_what_was_there_before(records: Records) -> None:
    """The first content is stored silently, equal content changes nothing; every difference has its own id."""
    contents = [{"a": 1}, {"a": 1}, {"a": 2}, {"a": 2}, {"a": 1}]
    made = [records.announce_change("calendar", content, describe) for content in contents]
    assert [one and (one.id, one.data) for one in made] == [
        None, None, ("calendar:2", {"before": {"a": 1}}), None, ("calendar:3", {"before": {"a": 2}}),
    ]  # fmt: skip
    assert (due(records, NOW + 59), due(records, NOW + 60)) == ([], ["calendar:2", "calendar:3"])


def test_many_workers_announce_one_change(records: Records) -> None:
    """The first worker to see a change announces it; for the others it is the stored state."""
    records.announce_change("calendar", [1], describe)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: records.announce_change("calendar", [2], describe), range(8)))
    assert [one.id for one in made if one] == ["calendar:2"]
