"""A change that waits for more than a year and receives comments all the time loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from temporalio.api.enums.v1 import EventType
from temporalio.testing import WorkflowEnvironment

from activities.records.migrate import migrate
from activities.records.reading import TimelineEntry
from activities.records.store import Records
from activities.settings import Settings
from activities.temporal import Activities
from activities.world import CurrentWorld, World
from api.definition_store.people import People
from definitions.digest import digest
from definitions.loading.folders import SHIPPED, layers
from definitions.loading.loader import load
from definitions.people.directory import Actor
from definitions.pinned import pin
from definitions.schema.process import Process
from definitions.times import to_text
from tests.servers.temporal import IDENTITY
from tests.servers.tickets import TicketHandle
from workflows.engine.model.events import Comment, Open, Send, Vote
from workflows.ticket.messages import EventEnvelope, EventResult, TicketInput
from workflows.ticket.names import EVENT, workflow_id
from workflows.worker import WorkerSettings, build_worker

DAY = 86_400
KEY = "CHG-1"
PAGES = 50
PAGE = 101
"""Comments in a page; all comments of a page are sent at the same time."""
DAYS = 8
"""The time between two pages."""
MOST_EVENTS = 4_096

LOADED = load(layers(SHIPPED, standalone=True)).or_raise()
PEOPLE = People(LOADED.organization)


def patient_change() -> Process:
    """The shipped change, except that its approval never expires."""
    process = LOADED.processes["change"].process.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    authorize = process["states"]["authorize"]
    del authorize["approval"]["within"], authorize["on"]["expired"], process["states"]["cab_chair"]
    process["service_levels"]["decision"]["during"] = ["authorize"]
    process["invariants"] = []
    return Process.model_validate(process)


@contextmanager
def records_in(folder: Path) -> Iterator[Records]:
    """A records store in a file, with its tables."""
    url = f"sqlite:///{folder / 'records.sqlite3'}"
    migrate(url)
    records = Records(url)
    try:
        yield records
    finally:
        records.close()


def person(name: str) -> Actor:
    found = PEOPLE.actor(name)
    assert found
    return found


@dataclass(frozen=True)
class Waiting:
    """A change in its approval, its server and its records."""

    ticket: TicketHandle
    server: WorkflowEnvironment
    records: Records

    async def page(self, number: int) -> None:
        """All senders send at once, mostly signals and some updates; then time passes."""
        alice = person("alice")
        texts = [f"{number:03}-{one:03}" for one in range(PAGE)]
        await asyncio.gather(
            *(self.ticket.workflow.signal(EVENT, EventEnvelope.of(Comment(alice, text))) for text in texts[2:]),
            *(self.ticket.event(Comment(alice, text), text) for text in texts[:2]),
        )
        await self.server.sleep(DAYS * DAY)

    async def histories(self) -> list[int]:
        """The number of events in each run, the first run first."""
        run, lengths = self.ticket.started.first_execution_run_id, []
        while run:
            handle = self.server.client.get_workflow_handle(workflow_id(KEY), run_id=run)
            events = (await handle.fetch_history()).events
            lengths.append(len(events))
            went_on = events[-1].event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW
            last = events[-1].workflow_execution_continued_as_new_event_attributes
            run = last.new_execution_run_id if went_on else None
        return lengths

    def timeline(self) -> list[TimelineEntry]:
        """All recorded entries."""
        page = self.records.timeline(KEY, limit=500)
        items = list(page.items)
        while page.next:
            page = self.records.timeline(KEY, limit=500, cursor=page.next)
            items += page.items
        return items


async def opened(server: WorkflowEnvironment, records: Records, queue: str, now: int) -> Waiting:
    """A risky change, submitted and assessed, approved by the service's owner, that waits for the CAB."""
    process, alice, carol = patient_change(), person("alice"), person("carol")
    fields = {
        "summary": "Swap core switch",
        "service": "email",
        "impact": "high",
        "likelihood": "high",
        "planned_start": to_text(now + 600 * DAY),
        "planned_end": to_text(now + 601 * DAY),
        "backout_plan": "Put the old one back",
    }
    given = TicketInput(
        pin(process, digest(process), LOADED.organization, now),
        Open(KEY, alice, fields, PEOPLE.facts(process, fields)),
    )
    started = await server.client.start_workflow("change", given, id=workflow_id(KEY), task_queue=queue)
    ticket = TicketHandle(KEY, server.client.get_workflow_handle(workflow_id(KEY)), started)
    await ticket.event(Send("submit", alice))
    await ticket.event(Send("assessed", carol))
    await ticket.event(Vote(carol, "approve"))
    return Waiting(ticket, server, records)


async def ten_at_once(ticket: TicketHandle) -> EventResult:
    """The answers to one request that is sent ten times at once under one key."""
    event = Comment(person("alice"), "once")
    answers = await asyncio.gather(*(ticket.event(event, "once", request_hash="once") for _ in range(10)))
    assert set(answers) == {answers[0]}
    return answers[0]


async def test_four_hundred_days_and_five_thousand_comments(
    skipping: WorkflowEnvironment, task_queue: str, tmp_path: Path
) -> None:
    """A change keeps its votes, comments and answered keys over 400 days, 5,000 comments and several runs."""
    now = int((await skipping.get_current_time()).timestamp())
    with records_in(tmp_path) as records:
        world = CurrentWorld(World(LOADED.organization, LOADED.templates, LOADED.processes))
        activities = Activities(records, world, Settings(), clock=lambda: now).all()

        settings = WorkerSettings(task_queue=task_queue, identity=IDENTITY, grace=0.0)
        async with build_worker({"client": skipping.client}, activities, settings):
            change = await opened(skipping, records, task_queue, now)
            answer = await ten_at_once(change.ticket)
            for number in range(PAGES):
                await change.page(number)
            assert await ten_at_once(change.ticket) == answer
            assert (await change.ticket.event(Vote(person("dora"), "approve"))).states == ("authorize",)
            decided = await change.ticket.event(Vote(person("erin"), "approve"))
            assert decided.states == ("scheduled",)
            assert decided.at - answer.at >= PAGES * DAYS * DAY
            lengths = await change.histories()
            view = await change.ticket.view()

        assert len(lengths) > 1
        assert max(lengths) < MOST_EVENTS, lengths
        assert view.unrecorded == 0
        timeline = change.timeline()
        comments = [str(entry.data["text"]) for entry in timeline if entry.kind == "comment"]
        assert sorted(comments) == sorted(["once", *(f"{p:03}-{c:03}" for p in range(PAGES) for c in range(PAGE))])
        assert [text[:3] for text in comments[1:]] == sorted(text[:3] for text in comments[1:])
        assert [entry.seq for entry in timeline] == list(range(1, len(timeline) + 1))
        assert records.verify_chain(KEY).holds
        assert records.revisions_missing(KEY) == 0
