"""Schedules on a real server: kept in sync with the definitions, and opening tickets when they fire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
from temporalio.client import (
    Client,
    ScheduleActionExecutionStartWorkflow,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowHistory,
)
from temporalio.worker import Replayer

from activities.records.counters import TicketStart
from activities.records.migrate import migrate
from activities.records.store import Records
from activities.settings import Settings
from activities.temporal import Activities
from activities.world import CurrentWorld, World
from api.background.schedules import PREFIX, QUEUE, Schedules, firing_id
from api.cluster import Cluster
from api.definition_store.store import Definitions
from api.settings import EdgeSettings
from api.worker import key_check
from definitions.loading.loader import load
from definitions.times import to_instant
from tests.paths import HISTORIES
from tests.servers.temporal import client, task_queue, temporal_address
from workflows.scheduled import OPEN_SCHEDULED, OpenScheduled, ScheduledOpening, ScheduledResult
from workflows.ticket.converter import data_converter
from workflows.ticket.messages import TicketView
from workflows.ticket.names import SNAPSHOT, workflow_id
from workflows.worker import WorkerSettings, build_worker, sandbox

__all__ = ["client", "task_queue", "temporal_address"]
T = TypeVar("T")
FIRINGS = sorted((HISTORIES / "scheduled").glob("*.json"))

ORGANIZATION = """\
organization: {name: Example, time_zone: Europe/Berlin}
people: {alice: {name: Alice Ng}}
services:
  email: {title: E-mail, owner: alice}
  directory: {title: Directory, owner: alice}
"""
PROCESS = """\
process: review
title: Review
practice: service_level_management
prefix: REV
initial: new
fields:
  summary: {type: text, required: true}
  service: {type: service}
may: {open: [person:alice]}
states:
  new: {on: {close: {to: closed, by: everyone}}}
  closed: {final: true}
"""
MONTHLY = '{cron: "0 9 1 * *", each: services, start: {summary: Monthly review, service: =each}}'
DAILY = '{cron: "30 6 * * *", time_zone: America/New_York, start: {summary: Daily review}}'
BROKEN = '{cron: "0 9 1 * *", each: services, start: {summary: "=tables.words[each]", service: =each}}'


def definitions(folder: Path, *schedules: str, tables: str = "") -> Definitions:
    """A process with these schedules, as loaded from files."""
    for name, text in {
        "organization/example.yaml": ORGANIZATION,
        "processes/review.yaml": PROCESS + tables + "".join(["schedules:\n", *(f"  - {one}\n" for one in schedules)]),
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text if schedules or "organization" in name else PROCESS)
    return Definitions(load([folder]).or_raise(), 0)


@asynccontextmanager
async def working(client: Client, task_queue: str, folder: Path, current: Definitions) -> AsyncIterator[Records]:
    """A worker as in production, on records of its own."""
    url = f"sqlite:///{folder / 'records.sqlite3'}"
    migrate(url)
    records = Records(url)
    loaded = current.loaded
    world = CurrentWorld(World(loaded.organization, loaded.templates, loaded.processes))
    check = key_check(Cluster(client, EdgeSettings(task_queue=task_queue)))  # other tests have tickets of the same keys
    activities = Activities(records, world, Settings(records_url=url), key_use=check).all()
    try:
        async with build_worker({"client": client}, activities, WorkerSettings(task_queue=task_queue, grace=0.0)):
            yield records
    finally:
        records.close()


async def until(look: Callable[[], Awaitable[T | None]]) -> T:
    """The result of ``look`` once it is complete: Temporal's lists and schedules become consistent by themselves."""
    async with asyncio.timeout(60):
        while True:
            found = await look()
            if found is not None:
                return found


async def listed(client: Client, task_queue: str) -> set[str]:
    entries = [entry async for entry in await client.list_schedules() if entry.id.startswith(PREFIX)]
    return {entry.id for entry in entries if (await entry.memo())[QUEUE] == task_queue}


async def is_listed(client: Client, task_queue: str, wanted: set[str]) -> None:
    async def look() -> bool | None:
        return True if await listed(client, task_queue) == wanted else None

    await until(look)


async def fire(client: Client, schedule: str) -> str:
    """Fires a schedule now and returns the id of the workflow that it starts."""
    handle = client.get_schedule_handle(schedule)
    await handle.trigger()

    async def started() -> str | None:
        for action in (await handle.describe()).info.recent_actions:
            if isinstance(action.action, ScheduleActionExecutionStartWorkflow):
                return action.action.workflow_id
        return None

    return await until(started)


async def test_schedules_are_kept_in_step(client: Client, task_queue: str, tmp_path: Path) -> None:
    """A new schedule is created once, a changed schedule is replaced, and a removed schedule is deleted."""
    schedules = Schedules(client, task_queue)
    first = await schedules.keep_in_step(definitions(tmp_path, MONTHLY, DAILY))
    assert (len(first.made), first.gone) == (2, ())
    await is_listed(client, task_queue, set(first.made))
    again = await schedules.keep_in_step(definitions(tmp_path, DAILY, MONTHLY))
    assert (again.made, again.gone) == ((), ())
    changed = await schedules.keep_in_step(definitions(tmp_path, DAILY, MONTHLY.replace("0 9 1", "0 8 1")))
    assert (len(changed.made), changed.gone) == (1, first.made[:1])
    await is_listed(client, task_queue, {first.made[1], *changed.made})
    last = await schedules.keep_in_step(definitions(tmp_path))
    assert set(last.gone) == {first.made[1], *changed.made}
    await is_listed(client, task_queue, set())


async def test_several_workers_keep_in_step_at_once(client: Client, task_queue: str, tmp_path: Path) -> None:
    """A second worker finds the work done; another installation's schedules are left alone."""
    current = definitions(tmp_path, MONTHLY, DAILY)
    changes = await asyncio.gather(*(Schedules(client, task_queue).keep_in_step(current) for _ in range(4)))
    made = [id_ for one in changes for id_ in one.made]
    assert len(made) == len(set(made)) == 2
    await is_listed(client, task_queue, set(made))
    other = await Schedules(client, f"{task_queue}-other").keep_in_step(definitions(tmp_path))
    assert other.gone == ()
    for id_ in made:
        await client.get_schedule_handle(id_).delete()


async def test_the_zone_is_the_schedules_or_the_organizations(client: Client, task_queue: str, tmp_path: Path) -> None:
    """A cron text is read on the wall clock of its zone, or of the organization's if it names none."""
    made = (await Schedules(client, task_queue).keep_in_step(definitions(tmp_path, MONTHLY, DAILY))).made
    for id_, zone, wall in zip(made, ("Europe/Berlin", "America/New_York"), ("09:00", "06:30"), strict=True):
        described = await client.get_schedule_handle(id_).describe()
        found = [moment.astimezone(ZoneInfo(zone)) for moment in described.info.next_action_times]
        assert wall in {moment.strftime("%H:%M") for moment in found}
        assert found[0] > datetime.now(UTC)
        await client.get_schedule_handle(id_).delete()


async def test_a_firing_opens_a_ticket_for_each_service(client: Client, task_queue: str, tmp_path: Path) -> None:
    """Each service gets its ticket, opened by the schedule, whoever may open tickets by hand."""
    current = definitions(tmp_path, MONTHLY)
    (id_,) = (await Schedules(client, task_queue).keep_in_step(current)).made
    async with working(client, task_queue, tmp_path, current):
        firing = await fire(client, id_)
        run: WorkflowHandle[Any, Any] = client.get_workflow_handle(firing)
        result: Any = await run.result()
        moment = to_instant(firing.removeprefix(f"{id_}-"))
        tickets = [await _view(client, key) for key in result["tickets"]]
    assert firing == firing_id(ScheduledOpening(id_, "review", {}, at=moment))
    await client.get_schedule_handle(id_).delete()
    assert len(set(result["tickets"])) == 2
    assert [(one.opener, dict(one.fields)) for one in tickets] == [
        ("schedule", {"summary": "Monthly review", "service": "email"}),
        ("schedule", {"summary": "Monthly review", "service": "directory"}),
    ]


async def _view(client: Client, key: str) -> Any:
    view: TicketView = await client.get_workflow_handle(workflow_id(key)).query(SNAPSHOT, result_type=TicketView)
    return view.snapshot


async def test_a_firing_that_is_started_again_opens_nothing_new(
    client: Client, task_queue: str, tmp_path: Path
) -> None:
    """The same moment of the same schedule results in the same tickets."""
    current = definitions(tmp_path, MONTHLY)
    written = current.loaded.processes["review"].process.schedules[0].model_dump(mode="json")
    opening = ScheduledOpening(f"{task_queue}:x", "review", written)
    async with working(client, task_queue, tmp_path, current) as records:
        start = int(datetime.now(UTC).timestamp())
        records.allocate(
            TicketStart(scope="schedule", start_key="unrelated", body_hash="", process="review", prefix="REV", at=start)
        )
        handle = await client.start_workflow(
            OPEN_SCHEDULED, opening, id=f"{task_queue}:1", task_queue=task_queue, result_type=ScheduledResult
        )
        first = await handle.result()
        described = await handle.describe()
        for service in ("email", "directory"):
            key = f"{opening.id}:{int(described.start_time.timestamp())}:{service}"
            again = records.allocate(
                TicketStart(scope="schedule", start_key=key, body_hash="", process="review", prefix="REV", at=start)
            )
            assert (again.status, again.key in first.tickets) == ("existing", True)
    assert len(set(first.tickets)) == 2


async def test_a_schedule_that_is_gone_opens_nothing(client: Client, task_queue: str, tmp_path: Path) -> None:
    """A firing that was under way when the definitions changed ends without a ticket."""
    before = definitions(tmp_path, MONTHLY).loaded.processes["review"].process.schedules[0].model_dump(mode="json")
    async with working(client, task_queue, tmp_path, definitions(tmp_path, DAILY)):
        result = await client.execute_workflow(
            OPEN_SCHEDULED,
            ScheduledOpening("x", "review", before),
            id=f"{task_queue}:2",
            task_queue=task_queue,
            result_type=ScheduledResult,
        )
    assert result == ScheduledResult((), gone=True)


async def test_what_can_not_be_opened_fails_the_firing(client: Client, task_queue: str, tmp_path: Path) -> None:
    """A firing that can't do all its work fails, with the reason, where Temporal shows it."""
    current = definitions(tmp_path, BROKEN, tables="tables: {words: {email: x}}\n")
    written = current.loaded.processes["review"].process.schedules[0].model_dump(mode="json")
    async with working(client, task_queue, tmp_path, current):
        with pytest.raises(WorkflowFailureError) as failed:
            await client.execute_workflow(
                OPEN_SCHEDULED, ScheduledOpening("x", "review", written), id=f"{task_queue}:3", task_queue=task_queue
            )
    assert 'there is no "directory" in the table' in str(failed.value.cause)


async def missed(
    client: Client, task_queue: str, written: dict[str, Any], moment: str, zone: str = "UTC"
) -> ScheduledResult:
    """The result of the firing of a schedule in ``zone`` that was missed at ``moment``."""
    opening = ScheduledOpening(f"{task_queue}:missed", "review", written, zone, to_instant(moment))
    result: ScheduledResult = await client.execute_workflow(
        OPEN_SCHEDULED, opening, id=firing_id(opening), task_queue=task_queue, result_type=ScheduledResult
    )
    return result


async def test_a_missed_firing_of_an_edited_schedule_opens_its_ticket(
    client: Client, task_queue: str, tmp_path: Path
) -> None:
    """A schedule whose ticket was edited while the server was away still opens a ticket for the missed moment."""
    written = schedule_of(definitions(tmp_path, '{cron: "0 9 1 1 *", start: {summary: Old}}'))
    edited = definitions(tmp_path, '{cron: "0 9 1 1 *", catch_up: all, start: {summary: New}}')
    async with working(client, task_queue, tmp_path, edited):
        result = await missed(client, task_queue, written, "2026-01-01T09:00:00Z")
    assert len(result.tickets) == 1


async def test_a_moment_that_is_no_firing_opens_nothing(client: Client, task_queue: str, tmp_path: Path) -> None:
    """Temporal's schedule has more moments than the cron text: they open nothing, and the result says why."""
    current = definitions(tmp_path, '{cron: "0 9 28 3 *", catch_up: all, start: {summary: Yearly}}')
    async with working(client, task_queue, tmp_path, current):
        result = await missed(client, task_queue, schedule_of(current), "2026-03-28T07:00:00Z", "Europe/Berlin")
    assert result == ScheduledResult(left_out="'0 9 28 3 *' does not fire at 2026-03-28T07:00:00Z in Europe/Berlin")


def schedule_of(current: Definitions) -> dict[str, Any]:
    """The only schedule, as written with its defaults."""
    (schedule,) = current.loaded.processes["review"].process.schedules
    return schedule.model_dump(mode="json")


@pytest.mark.parametrize("history", [path.read_text() for path in FIRINGS], ids=[path.stem for path in FIRINGS])
async def test_a_recorded_firing_replays(history: str) -> None:
    """The current workflow replays a recorded firing exactly as the workflow of its time ran it."""
    replayer = Replayer(
        workflows=[OpenScheduled], data_converter=data_converter(), workflow_runner=sandbox(data_converter())
    )
    await replayer.replay_workflow(WorkflowHistory.from_json("schedule:replayed", history))


def test_a_firing_is_recorded() -> None:
    """There is a history to replay."""
    assert FIRINGS
