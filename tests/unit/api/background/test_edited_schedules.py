"""Schedules that were edited while the server was away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionResult,
    ScheduleActionStartWorkflow,
    ScheduleDescription,
    ScheduleInfo,
    ScheduleSpec,
)
from temporalio.converter import DataConverter

from api.background import edited_schedules
from api.background.schedules import PREFIX, QUEUE, Schedules
from api.definition_store.store import Definitions
from definitions.loading.loader import load
from definitions.times import to_instant, to_text
from tests.unit.activities.test_scheduling import ORGANIZATION, PROCESS
from workflows.scheduled import OPEN_SCHEDULED, ScheduledOpening

OLD = f"{PREFIX}review:old"
NOW = to_instant("2027-05-04T09:00:00Z")


@dataclass
class Listed:
    id: str

    async def memo(self) -> dict[str, str]:
        return {QUEUE: "queue"}


@dataclass
class Temporal:
    """A server with one schedule, which ran until ``last`` and was away from then on."""

    written: dict[str, Any]
    last: str | None
    data_converter: DataConverter = field(default_factory=DataConverter)
    started: list[ScheduledOpening] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)

    async def list_schedules(self) -> AsyncIterator[Any]:
        return self._entries()

    async def _entries(self) -> AsyncIterator[Any]:
        yield Listed(OLD)

    def get_schedule_handle(self, id_: str) -> Temporal:
        assert id_ == OLD
        return self

    async def create_schedule(self, *_args: Any, **_more: Any) -> None:
        """Accepts every schedule."""

    async def describe(self) -> ScheduleDescription:
        """The schedule, with its last action, created a month ago."""
        opening = ScheduledOpening(OLD, "review", self.written, "UTC")
        action = ScheduleActionStartWorkflow(OPEN_SCHEDULED, opening, id=OLD, task_queue="queue")
        action.args = await self.data_converter.encode([opening])
        at = datetime.fromtimestamp(to_instant(self.last), UTC) if self.last else None
        recent = [ScheduleActionResult(at, at, cast(Any, None))] if at else []
        made = datetime.fromtimestamp(NOW, UTC) - timedelta(days=30)
        info = ScheduleInfo(0, 0, 0, [], recent, [], made, None)
        return ScheduleDescription(
            id=OLD,
            info=info,
            schedule=Schedule(action=action, spec=ScheduleSpec()),
            typed_search_attributes=cast(Any, None),
            search_attributes={},
            data_converter=self.data_converter,
            raw_description=cast(Any, None),
        )

    async def start_workflow(self, name: str, opening: ScheduledOpening, *, id: str, **_more: Any) -> None:  # noqa: A002
        assert (name, id) == (OPEN_SCHEDULED, f"{OLD}-{to_text(opening.at or 0)}")
        self.started.append(opening)

    async def delete(self) -> None:
        self.deleted.append(OLD)


def definitions(folder: Path, schedule: str) -> Definitions:
    for name, text in {
        "organization/example.yaml": ORGANIZATION,
        "processes/review.yaml": PROCESS + f"  - {schedule}\n",
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return Definitions(load([folder]).or_raise(), 0)


@pytest.mark.parametrize(
    ("schedule", "last", "moments"),
    [
        ('{cron: "30 2 * * *", start: {summary: New}}', "2027-05-02T02:30:00Z", ["2027-05-04T02:30:00Z"]),
        (
            '{cron: "30 2 * * *", catch_up: all, start: {summary: New}}',
            "2027-05-02T02:30:00Z",
            ["2027-05-03T02:30:00Z", "2027-05-04T02:30:00Z"],
        ),
        ('{cron: "30 2 * * *", catch_up: none, start: {summary: New}}', "2027-05-02T02:30:00Z", []),
        ('{cron: "0 5 * * *", start: {summary: Nightly}}', "2027-05-03T02:30:00Z", ["2027-05-04T02:30:00Z"]),
        ('{cron: "30 2 * * *", start: {summary: New}}', "2027-05-04T02:30:00Z", []),
        ('{cron: "0 5 * * *", start: {summary: New}}', "2027-05-02T02:30:00Z", []),
    ],
    ids=["latest", "all", "none", "other times", "nothing was due", "another schedule"],
)
async def test_what_an_edited_schedule_missed_is_started(
    tmp_path: Path, schedule: str, last: str, moments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The firings between the last one and now are started by the rule of the edited schedule, then it is replaced."""
    monkeypatch.setattr(edited_schedules, "now", lambda: NOW)
    server = Temporal({"cron": "30 2 * * *", "start": {"summary": "Nightly"}}, last)
    changes = await Schedules(cast(Client, server), "queue").keep_in_step(definitions(tmp_path, schedule))
    assert [to_text(one.at or 0) for one in server.started] == moments
    assert changes.made_good == tuple(f"{OLD}-{moment}" for moment in moments)
    assert server.deleted == [OLD]
    assert {one.time_zone for one in server.started} <= {"UTC"}


async def test_nothing_older_than_a_week_is_made_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a month away, ``all`` makes good the firings of the last seven days."""
    monkeypatch.setattr(edited_schedules, "now", lambda: NOW)
    server = Temporal({"cron": "30 2 * * *", "start": {"summary": "Nightly"}}, None)
    edited = definitions(tmp_path, '{cron: "30 2 * * *", catch_up: all, start: {summary: New}}')
    await Schedules(cast(Client, server), "queue").keep_in_step(edited)
    assert [to_text(one.at or 0)[:10] for one in server.started] == [f"2027-{day}" for day in (
        "04-28", "04-29", "04-30", "05-01", "05-02", "05-03", "05-04",
    )]  # fmt: skip


async def test_what_is_left_out_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has the number of missed firings that the rule of the schedule leaves out."""
    monkeypatch.setattr(edited_schedules, "now", lambda: NOW)
    server = Temporal({"cron": "30 2 * * *", "start": {"summary": "Nightly"}}, "2027-05-01T02:30:00Z")
    edited = definitions(tmp_path, '{cron: "30 2 * * *", start: {summary: New}}')
    await Schedules(cast(Client, server), "queue").keep_in_step(edited)
    assert [record.getMessage() for record in caplog.records] == [
        f"{OLD} was edited while it could not fire: 2 of 3 missed firings are left out, since 'catch_up' is latest"
    ]
