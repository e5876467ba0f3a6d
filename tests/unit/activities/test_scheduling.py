"""The plan of a firing: which moments open tickets, and what is made good after an outage."""

from __future__ import annotations

from pathlib import Path

import pytest

from activities.scheduling import plan_schedule
from activities.world import World
from definitions.loading.loader import load
from definitions.schema.process import Schedule
from definitions.times import to_instant
from workflows.contracts import ScheduleRequest

ORGANIZATION = "organization: {name: Example, time_zone: Europe/Berlin}\n"
PROCESS = """\
process: review
title: Review
practice: service_level_management
prefix: REV
initial: new
fields: {summary: {type: text, required: true}}
states:
  new: {on: {close: {to: closed, by: everyone}}}
  closed: {final: true}
schedules:
"""


def world(folder: Path, *schedules: str) -> World:
    for name, text in {
        "organization/example.yaml": ORGANIZATION,
        "processes/review.yaml": PROCESS + "".join(f"  - {one}\n" for one in schedules),
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    loaded = load([folder]).or_raise()
    return World(loaded.organization, loaded.templates, loaded.processes)


def request(
    moment: str, cron: str = "30 2 * * *", *, summary: str = "Nightly", catch_up: str = "latest"
) -> ScheduleRequest:
    written = Schedule.model_validate({"cron": cron, "catch_up": catch_up, "start": {"summary": summary}})
    return ScheduleRequest("s", "review", written.model_dump(mode="json"), to_instant(moment))


NIGHTLY = '{cron: "30 2 * * *", start: {summary: Nightly}}'


@pytest.mark.parametrize(
    ("moment", "fires"),
    [
        ("2027-03-28T03:30:00+02:00", True),
        ("2027-03-28T02:30:00+02:00", False),  # 01:30 on the clock: the time of summer, a day too early
        ("2027-10-31T02:30:00+02:00", True),
        ("2027-10-31T02:30:00+01:00", False),
    ],
)
def test_a_moment_fires_as_the_language_reads_it(tmp_path: Path, moment: str, fires: bool) -> None:
    """A skipped time fires by the offset before the change, and a repeated time fires once, the first time."""
    plan = plan_schedule(world(tmp_path, NIGHTLY), request(moment), to_instant(moment))
    assert bool(plan.tickets) is fires
    assert (plan.left_out is None) is fires


def test_a_firing_by_hand_opens_tickets_at_any_moment(tmp_path: Path) -> None:
    """A person who fires a schedule gets its tickets, whatever the clock shows."""
    for moment in ("2027-05-03T17:11:12+02:00", "2027-05-03T17:11:00+02:00"):
        asked = request(moment)
        assert len(plan_schedule(world(tmp_path, NIGHTLY), asked, asked.at + 1).tickets) == 1


@pytest.mark.parametrize(
    ("catch_up", "opened"),
    [("latest", ["04"]), ("all", ["02", "03", "04"]), ("none", [])],
)
def test_missed_firings_are_made_good_by_the_rule_of_the_schedule(
    tmp_path: Path, catch_up: str, opened: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """After three missed nights, ``latest`` opens one ticket, ``all`` three and ``none`` none; the log has each."""
    caplog.set_level("INFO", "stanchion.schedules")
    there = world(tmp_path, f'{{cron: "30 2 * * *", catch_up: {catch_up}, start: {{summary: Nightly}}}}')
    now, nights = to_instant("2027-05-04T09:00:00+02:00"), ("02", "03", "04")
    plans = {
        day: plan_schedule(there, request(f"2027-05-{day}T02:30:00+02:00", catch_up=catch_up), now) for day in nights
    }
    assert [day for day, plan in plans.items() if plan.tickets] == opened
    assert all(plan.left_out for day, plan in plans.items() if day not in opened)
    assert len(caplog.records) == 3


def test_a_firing_in_time_opens_its_ticket_under_every_rule(tmp_path: Path) -> None:
    """A firing that runs within ten minutes was not missed."""
    there = world(tmp_path, '{cron: "30 2 * * *", catch_up: none, start: {summary: Nightly}}')
    asked = request("2027-05-04T02:30:00+02:00", catch_up="none")
    assert plan_schedule(there, asked, asked.at + 600).tickets
    assert plan_schedule(there, asked, asked.at + 601).left_out == (
        "2027-05-04T00:30:00Z is over, and 'catch_up' is none"
    )


@pytest.mark.parametrize(
    ("schedules", "summary"),
    [
        (['{cron: "30 2 * * *", start: {summary: Edited}}'], "Edited"),
        (['{cron: "0 4 * * *", start: {summary: Nightly}}'], "Nightly"),
        (['{cron: "0 4 * * *", start: {summary: Other}}'], None),
        (['{cron: "30 2 * * *", start: {summary: A}}', '{cron: "30 2 * * *", start: {summary: B}}'], None),
    ],
    ids=["edited ticket", "edited times", "another schedule", "no telling which"],
)
def test_an_edited_schedule_makes_good_what_was_due(tmp_path: Path, schedules: list[str], summary: str | None) -> None:
    """A schedule with the same times, or with the same tickets, is the same schedule after an edit."""
    asked = request("2027-05-04T02:30:00+02:00")
    plan = plan_schedule(world(tmp_path, *schedules), asked, to_instant("2027-05-04T09:00:00+02:00"))
    assert plan.gone is (summary is None)
    assert [one.fields["summary"] for one in plan.tickets] == ([] if summary is None else [summary])
