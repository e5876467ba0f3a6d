"""The shipped actions, over both databases."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from activities.actions.registry import load_actions
from activities.automation import HopelessError, automate
from activities.outbound import Outbound, Policy
from activities.records.announcing import Announcement
from activities.records.freezes import DeclaredFreeze
from activities.records.store import Records
from activities.world import World
from definitions.schema.model import Json
from definitions.times import to_instant, to_text
from tests.servers.families import definitions
from tests.servers.worlds import NOW, batch, ticket
from workflows.contracts import AutomateRequest
from workflows.engine.model.automation import CallAction
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.service_levels.recorded_runs import RecordedRun

HOUR = 3_600
DAY = 24 * HOUR
SUNDAY = NOW - NOW % DAY - DAY
"""2026-03-01T00:00:00Z: within the maintenance of the directory until 23:00."""
ACTIONS = load_actions()


@pytest.fixture(scope="module")
def world() -> World:
    loaded = definitions()
    return World(loaded.organization, loaded.templates, loaded.processes)


def call(records: Records, world: World, name: str, by: str = "ERR-1", now: int = NOW, **inputs: Json) -> Any:
    """The answer of an action to a ticket."""
    what = CallAction(name, inputs)
    request = AutomateRequest(f"{by}:busy:1:0", what, 30, by, "errand")
    return automate(world, records, ACTIONS, Outbound(Policy()), request, now).value


def keep(records: Records, key: str, process: str = "part", *, state: str = "open", **changes: Any) -> Snapshot:
    """A ticket on record."""
    fields, runs = {"summary": "Help", **changes.pop("fields", {})}, changes.pop("runs", ())
    snapshot = ticket(key, process=process, configuration=(state,), fields=fields, **changes)
    records.record(batch(snapshot, process=process, runs=runs), {})
    return snapshot


def breached(number: int, at: int) -> RecordedRun:
    """A run of a service level that was breached."""
    return RecordedRun("decision", number, "sla", "breached", "1h", HOUR, at - HOUR, at, HOUR, at, at, at)


def test_tickets_are_found_by_their_keys(records: Records, world: World) -> None:
    """A key without a ticket is left out; state and end are those of the records."""
    keep(records, "PRT-1")
    keep(records, "PRT-2", state="finished", ended_at=NOW)
    assert call(records, world, "tickets", keys=["PRT-1", "PRT-2", "PRT-3"]) == [
        {"key": "PRT-1", "state": "open", "tags": [], "ended": False},
        {"key": "PRT-2", "state": "finished", "tags": [], "ended": True},
    ]


@pytest.mark.parametrize(
    ("match", "found"),
    [
        ({"note": "red"}, ["PRT-1"]),
        ({"note": ["red", "blue"]}, ["PRT-1", "PRT-2"]),
        ({"stubborn": True}, ["PRT-2"]),
        ({"note": None}, ["PRT-3"]),
        ({"note": "red", "stubborn": True}, []),
        ({"note": []}, []),
    ],
)
def test_tickets_are_found_by_the_values_of_their_fields(
    records: Records, world: World, match: Mapping[str, Json], found: list[str]
) -> None:
    """Every field must match; a list matches any of its values, null matches an unset field."""
    keep(records, "PRT-1", fields={"note": "red", "stubborn": False})
    keep(records, "PRT-2", fields={"note": "blue", "stubborn": True})
    keep(records, "PRT-3", fields={"stubborn": False})
    keep(records, "ERR-9", "errand", fields={"note": "red"})
    assert sorted(one["key"] for one in call(records, world, "tickets", process="part", match=dict(match))) == found


def test_tickets_needs_to_know_where_to_look(records: Records, world: World) -> None:
    """Without keys and process no ticket is looked up."""
    with pytest.raises(HopelessError, match="give keys or a process"):
        call(records, world, "tickets", match={"note": "red"})


def window(start: int, hours: int) -> dict[str, Json]:
    return {"from": to_text(start), "to": to_text(start + hours * HOUR)}


def test_a_free_window_is_booked_for_the_ticket(records: Records, world: World) -> None:
    """A later request for an overlapping time of the same service is answered with the ticket that was first."""
    assert call(records, world, "conflicts", "CHG-1", service="printing", **window(NOW, 2)) == {
        "free": True, "freezes": [], "outside_maintenance": False, "bookings": [],
    }  # fmt: skip
    second = call(records, world, "conflicts", "CHG-2", service="printing", **window(NOW + HOUR, 2))
    assert second["free"] is False
    assert second["bookings"] == [
        {"ticket": "CHG-1", "service": "printing", "from": to_text(NOW), "to": to_text(NOW + 2 * HOUR)}
    ]
    assert call(records, world, "conflicts", "CHG-3", service="printing", **window(NOW + 2 * HOUR, 2))["free"] is True


@pytest.mark.parametrize(
    ("service", "free"), [("webmail", False), ("email", False), ("directory", False), ("printing", True)]
)
def test_services_that_depend_on_each_other_share_their_windows(
    records: Records, world: World, service: str, free: bool
) -> None:
    """A booking of a service blocks every service that it needs or that needs it, also indirectly."""
    start = SUNDAY + HOUR
    call(records, world, "conflicts", "CHG-1", service="email", **window(start, 2))
    assert call(records, world, "conflicts", "CHG-2", service=service, **window(start, 2))["free"] is free


def test_the_next_call_gives_up_what_was_booked(records: Records, world: World) -> None:
    """A ticket has one booking: a moved change frees its old time."""
    call(records, world, "conflicts", "CHG-1", service="printing", **window(NOW, 2))
    call(records, world, "conflicts", "CHG-1", service="printing", **window(NOW + DAY, 2))
    assert call(records, world, "conflicts", "CHG-2", service="printing", **window(NOW, 2))["free"] is True


def test_asking_again_for_the_same_time_is_free(records: Records, world: World) -> None:
    """A ticket does not block itself: a repeated attempt has the same answer."""
    first = call(records, world, "conflicts", "CHG-1", service="printing", **window(NOW, 2))
    assert call(records, world, "conflicts", "CHG-1", service="printing", **window(NOW, 2)) == first


def test_the_end_of_a_ticket_gives_up_its_booking(records: Records, world: World) -> None:
    """An ended ticket's window is free for other tickets."""
    keep(records, "PRT-1")
    call(records, world, "conflicts", "PRT-1", service="printing", **window(NOW, 2))
    keep(records, "PRT-1", state="finished", revision=2, ended_at=NOW)
    assert call(records, world, "conflicts", "CHG-2", service="printing", **window(NOW, 2))["free"] is True


def test_two_tickets_never_book_one_window(records: Records, world: World) -> None:
    """Of many simultaneous requests for the same time, one gets it."""
    with ThreadPoolExecutor(8) as pool:
        asked = [
            pool.submit(call, records, world, "conflicts", f"CHG-{number}", service="email", **window(NOW, 2))
            for number in range(8)
        ]
    assert [one.result()["free"] for one in asked].count(True) == 1


def test_a_freeze_stands_against_a_service_and_what_it_is_needed_by(records: Records, world: World) -> None:
    """Dates of a freeze are whole days in the organization's zone, the last one included; no window is booked then."""
    start = 1_797_548_400  # 2026-12-18T00:00:00+01:00
    assert call(records, world, "conflicts", "CHG-1", service="email", **window(start - HOUR, 1))["free"] is True
    frozen = call(records, world, "conflicts", "CHG-1", service="directory", **window(start - HOUR, 2))
    assert frozen["freezes"] == [{"name": "year_end", "services": ["email"]}]
    assert call(records, world, "conflicts", "CHG-1", service="webmail", **window(start, 1))["freezes"] == []
    end = 1_799_017_200  # 2027-01-04T00:00:00+01:00
    assert call(records, world, "conflicts", "CHG-1", service="email", **window(end - HOUR, 1))["free"] is False
    assert call(records, world, "conflicts", "CHG-1", service="email", **window(end, 1))["free"] is True


def test_a_freeze_that_was_declared_stands_beside_those_of_the_files(records: Records, world: World) -> None:
    """A declared freeze also blocks the services that its services need; the answer names both freezes."""
    start = 1_797_548_400  # 2026-12-18T00:00:00+01:00
    declared = DeclaredFreeze("audit", start, start + HOUR, ("webmail",), {}, "alice", NOW, "An audit")
    records.declare_freeze(declared, lambda one: Announcement(one.id, "x", {}, NOW, NOW))
    found = call(records, world, "conflicts", "CHG-1", service="email", **window(start, 1))
    assert (found["free"], found["freezes"]) == (
        False,
        [{"name": "year_end", "services": ["email"]}, {"name": "audit", "services": ["webmail"]}],
    )
    assert call(records, world, "conflicts", "CHG-1", service="webmail", **window(start, 1))["free"] is False
    assert call(records, world, "conflicts", "CHG-1", service="printing", **window(start, 1))["free"] is True


def test_a_window_outside_maintenance_is_told(records: Records, world: World) -> None:
    """The whole window must be within the service's maintenance."""
    inside = call(records, world, "conflicts", "CHG-1", service="directory", **window(SUNDAY + HOUR, 2))
    assert (inside["free"], inside["outside_maintenance"]) == (True, False)
    across = call(records, world, "conflicts", "CHG-1", service="directory", **window(SUNDAY + 22 * HOUR, 2))
    assert (across["free"], across["outside_maintenance"]) == (False, True)


@pytest.mark.parametrize(
    "inputs",
    [
        {"service": "fax", **window(NOW, 2)},
        {"service": "email", **window(NOW, 0)},
        {"service": "email", **window(NOW, 24 * 400)},
        {"service": "email", "from": "tomorrow", "to": "2026-03-14T20:00:00Z"},
        {"service": "email", "from": None, "to": "2026-03-14T20:00:00Z"},
    ],
)
def test_a_window_that_is_none_is_refused(records: Records, world: World, inputs: dict[str, Json]) -> None:
    """An unknown service and a time that can't be booked are reported at once, and not retried."""
    with pytest.raises(HopelessError):
        call(records, world, "conflicts", "CHG-1", **inputs)


def test_figures_count_what_the_records_have(records: Records, world: World) -> None:
    """Tickets of a service: opened and ended in the period, open now, the mean of all time to the end, breaches."""
    early, late = NOW - 40 * DAY, NOW - 10 * DAY
    runs = breached(1, early), breached(2, late), breached(3, late + 1)
    of_email: dict[str, Any] = {"fields": {"service": "email"}}
    keep(records, "CHG-1", "change", opened_at=early, ended_at=late, runs=runs, **of_email)
    keep(records, "CHG-2", "change", opened_at=late, ended_at=late + 2 * DAY, failed=True, **of_email)
    keep(records, "CHG-3", "change", opened_at=late, **of_email)
    keep(records, "CHG-4", "change", opened_at=early, ended_at=early + DAY, **of_email)
    keep(records, "CHG-5", "change", opened_at=late, fields={"service": "printing"})
    change = replace(world, processes={**world.processes, "change": world.processes["serviced"]})
    figures = call(records, change, "figures", service="email", period="30d")
    own = {"opened": 2, "ended": 2, "failed": 1, "open": 1, "mean_seconds_to_end": 16 * DAY}
    own |= {"breaches": 2, "breached": 1}
    assert figures == {**own, "processes": {"change": own}}


def test_figures_of_nothing_are_none(records: Records, world: World) -> None:
    """If no ticket ended there is no mean: no figure is made up."""
    figures = call(records, world, "figures", period="1d")
    assert (figures["opened"], figures["mean_seconds_to_end"], figures["processes"]) == (0, None, {})


@pytest.mark.parametrize(
    ("period", "since", "until"),
    [
        ("month", "2026-02-01T00:00:00+01:00", "2026-03-01T00:00:00+01:00"),
        ("quarter", "2025-10-01T00:00:00+02:00", "2026-01-01T00:00:00+01:00"),
        ("year", "2025-01-01T00:00:00+01:00", "2026-01-01T00:00:00+01:00"),
    ],
)
def test_figures_of_a_calendar_period(records: Records, world: World, period: str, since: str, until: str) -> None:
    """``month``, ``quarter`` and ``year`` are the last whole ones, to the second, on the organization's clock."""
    start, end = to_instant(since), to_instant(until)
    for number, opened in enumerate((start - 1, start, end - 1, end)):
        keep(records, f"CHG-{number}", "change", opened_at=opened)
    change = replace(world, processes={**world.processes, "change": world.processes["serviced"]})
    assert call(records, change, "figures", period=period)["opened"] == 2


@pytest.mark.parametrize("period", ["0d", "1500d", "a month"])
def test_a_period_is_a_duration_of_the_past(records: Records, world: World, period: str) -> None:
    """An invalid period, or one that reaches too far, is refused."""
    with pytest.raises(HopelessError, match="period"):
        call(records, world, "figures", period=period)


def test_a_link_is_known_from_both_ends(records: Records) -> None:
    """Open tickets that point to a ticket are found by the name of their field; removed links are gone."""
    for key, links in (("PRT-1", (("project", "PRJ-1"),)), ("PRT-2", (("project", "PRJ-1"), ("other", "PRJ-1")))):
        records.record(batch(ticket(key), links=links), {})
    assert records.pointing_to("PRJ-1", "project") == ("PRT-1", "PRT-2")
    records.record(batch(ticket("PRT-1", 2), links=()), {})
    records.record(batch(ticket("PRT-2", 2, ended_at=NOW), links=(("project", "PRJ-1"),)), {})
    assert records.pointing_to("PRJ-1", "project") == ()
    assert records.pointing_to("PRJ-1", "other") == ()


def test_the_record_of_an_end_says_who_points_there(records: Records) -> None:
    """The transaction that writes an end returns the tickets that must be notified of it."""
    records.record(batch(ticket("PRT-1"), links=(("project", "PRJ-1"),)), {})
    assert records.record(batch(ticket("PRJ-1")), {}).pointing == ()
    assert records.record(batch(ticket("PRJ-1", 2, ended_at=NOW)), {}).pointing == (("project", "PRT-1"),)
