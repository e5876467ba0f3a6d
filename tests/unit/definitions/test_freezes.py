"""The periods of freezes, and the content of the organization's files that decides over bookings."""

from __future__ import annotations

from typing import Any

import pytest

from definitions.freezes import difference, held, in_need_of, needed_by, period, work_calendar
from definitions.schema.organization import Organization
from definitions.times import to_text

ORGANIZATION: dict[str, Any] = {
    "organization": {"name": "Example", "time_zone": "Europe/Berlin"},
    "services": {
        "network": {"title": "Network", "maintenance": "nights"},
        "directory": {"title": "Directory", "depends_on": ["network"]},
        "email": {"title": "E-mail", "depends_on": ["directory"]},
        "printing": {"title": "Printing"},
    },
    "calendars": {"nights": {"hours": {"mon-fri": ["22:00-04:00"]}}, "office": {"hours": {"mon": ["09:00-17:00"]}}},
    "freezes": {"year_end": {"from": "2026-12-18", "to": "2027-01-03", "services": ["directory"]}},
}


def organization(**sections: Any) -> Organization:
    return Organization.model_validate(ORGANIZATION | sections)


@pytest.mark.parametrize(
    ("from_", "to", "start", "end"),
    [
        ("2026-12-18", "2026-12-18", "2026-12-17T23:00:00Z", "2026-12-18T23:00:00Z"),
        ("2026-03-28", "2026-03-29", "2026-03-27T23:00:00Z", "2026-03-29T22:00:00Z"),
        ("2026-12-18T08:00:00Z", "2026-12-18", "2026-12-18T08:00:00Z", "2026-12-18T23:00:00Z"),
        ("2026-12-18", "2026-12-18T08:00:00+01:00", "2026-12-17T23:00:00Z", "2026-12-18T07:00:00Z"),
    ],
)
def test_a_date_is_its_whole_day(from_: str, to: str, start: str, end: str) -> None:
    """Dates are whole days in the organization's zone, the last day included; a datetime is its moment."""
    assert tuple(map(to_text, period(from_, to, "Europe/Berlin"))) == (start, end)


@pytest.mark.parametrize(
    ("from_", "to", "reason"),
    [
        ("2026-12-19", "2026-12-18", "it does not end after it begins"),
        ("2026-12-18T08:00:00Z", "2026-12-18T08:00:00Z", "it does not end after it begins"),
        ("2026-02-30", "2026-12-18", "'2026-02-30' is no date"),
        ("2026-12-18", "2026-12-18T08:00:00", "needs its offset"),
        ("soon", "2026-12-18", "'soon' is no date such as 2026-03-14"),
    ],
)
def test_what_is_no_time_is_refused(from_: str, to: str, reason: str) -> None:
    """A freeze has a beginning and a later end, each a date or a datetime with its offset."""
    with pytest.raises(ValueError, match=reason):
        period(from_, to, "Europe/Berlin")


def test_a_freeze_holds_for_what_its_services_need() -> None:
    """A freeze covers services that are needed directly or through others; without services it covers all."""
    own = organization()
    assert held(own, ["email"]) == ["directory", "email", "network"]
    assert held(own, ["printing", "network"]) == ["network", "printing"]
    assert held(own, []) is None
    assert (needed_by(own, ["email"]), in_need_of(own, "network")) == ({"directory", "network"}, {"directory", "email"})


@pytest.mark.parametrize(
    ("sections", "freezes", "services"),
    [
        ({"freezes": {}}, ["year_end"], ["directory", "network"]),
        ({"freezes": {"year_end": {"from": "2026-12-19", "to": "2027-01-03", "services": ["email"]}}},
         ["year_end"], ["directory", "email", "network"]),
        ({"freezes": ORGANIZATION["freezes"] | {"all": {"from": "2026-12-18", "to": "2026-12-18"}}}, ["all"], None),
        ({"calendars": {"nights": {"hours": {"mon-fri": ["23:00-04:00"]}}}}, [], ["network"]),
        ({"services": ORGANIZATION["services"] | {"printing": {"title": "P", "maintenance": "office"}}},
         [], ["printing"]),
        ({"services": ORGANIZATION["services"] | {"email": {"title": "E-mail"}}},
         [], ["directory", "email", "network"]),
        ({"organization": {"name": "Example", "time_zone": "UTC"}}, [], None),
    ],
)  # fmt: skip
def test_what_decides_over_bookings_is_announced(
    sections: dict[str, Any], freezes: list[str], services: list[str] | None
) -> None:
    """A difference names changed freezes, and the services of changed freezes, maintenance windows and dependencies."""
    before = work_calendar(organization())
    assert before != work_calendar(organization(**sections))
    assert difference(before, organization(**sections)) == {"freezes": freezes, "services": services}


@pytest.mark.parametrize(
    "sections",
    [
        {"people": {"alice": {"name": "Alice Ng"}}},
        {"calendars": ORGANIZATION["calendars"] | {"office": {"hours": {"tue": ["09:00-17:00"]}}}},
        {"services": ORGANIZATION["services"] | {"fax": {"title": "Fax"}}},
        {"organization": {"name": "Another", "time_zone": "Europe/Berlin"}},
    ],
)
def test_what_decides_nothing_is_not_announced(sections: dict[str, Any]) -> None:
    """Other changes of the organization leave every answer of the calendar as it was."""
    assert work_calendar(organization(**sections)) == work_calendar(organization())
