"""Plants a played month: its events into the records, its open tickets into Temporal.

The records first keep the month by its end and its seed: after a crash halfway it is played again to the same tickets,
and nothing is written or started twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from activities.records.store import Records
from api.cluster import Cluster
from api.seeding.habits import Story
from api.seeding.month import SCOPE, Month
from api.seeding.played import PlayedTicket, RehearsalRecords
from api.seeding.stories import STORIES
from api.seeding.timetable import arrivals
from api.seeding.world import MonthWorld
from definitions.loading.loader import Loaded
from definitions.pinned import DAY
from definitions.text.counts import counted
from definitions.times import Instant
from workflows.contracts import NumberedStart

DAYS = 30
SEED = 1
STARTED, FINISHED = "month", "month finished"


@dataclass(frozen=True, slots=True)
class SeedReport:
    """The result of a seeding; ``already`` where the server was seeded before."""

    already: bool
    until: Instant
    """The end of the month, UTC seconds."""
    tickets: dict[str, int] = field(default_factory=dict)
    """By process."""
    open: int = 0
    ended: int = 0


def play_month(
    loaded: Loaded, records: Records, until: Instant, seed: int = SEED, stories: Sequence[Story] = STORIES
) -> list[PlayedTicket]:
    """The month before ``until`` (UTC seconds); ``records`` gives only the numbers of its tickets."""
    world = MonthWorld(loaded.organization, loaded.templates, loaded.processes, start=until - DAYS * DAY)
    random = Random(seed)  # noqa: S311  (a plausible month, not a secret)
    with TemporaryDirectory(prefix="stanchion-seed-") as folder:
        rehearsal = RehearsalRecords(Path(folder), records)
        try:
            expected = arrivals(world, stories, random, until)
            return Month(world, rehearsal, {one.process: one for one in stories}, random, until).play(expected)
        finally:
            rehearsal.close()


async def seed(
    loaded: Loaded,
    records: Records,
    cluster: Cluster,
    at: Instant,
    say: Callable[[str], None],
    stories: Sequence[Story] = STORIES,
) -> SeedReport:
    """Fills the server with the month before ``at``, once; the second time does nothing and reports that.

    Raises Away when Temporal is away, SQLAlchemy errors when the records are: the same command continues.
    """
    done = records.occurrence(SCOPE, FINISHED)
    if isinstance(done, dict):
        return SeedReport(already=True, **done)
    plan: Any = records.keep_occurrence(SCOPE, STARTED, {"until": at, "seed": SEED}, at)
    played = play_month(loaded, records, plan["until"], plan["seed"], stories)
    say(f"{counted(len(played), 'ticket')} played")
    write(records, played)
    say("their records are written")
    await begin(cluster, records, played)
    report = _report(played, plan["until"])
    told = {"until": report.until, "tickets": report.tickets, "open": report.open, "ended": report.ended}
    records.keep_occurrence(SCOPE, FINISHED, dict(told), at)
    return report


def write(records: Records, played: Sequence[PlayedTicket]) -> None:
    """Writes the tickets' history, one ticket at a time; existing records stay as they are."""
    for ticket in played:
        records.record_all(ticket.records)


async def begin(cluster: Cluster, records: Records, played: Sequence[PlayedTicket]) -> None:
    """Starts open tickets from their snapshots; those that run already, or have ended since, are left alone."""
    for ticket in played:
        if ticket.booking is not None:
            records.book(ticket.booking, (ticket.booking.service,), (), may=True)
        if ticket.given is not None:
            await cluster.start(ticket.process, ticket.key, ticket.given, NumberedStart(SCOPE, ticket.key))


def _report(played: Sequence[PlayedTicket], until: Instant) -> SeedReport:
    counted = Counter(one.process for one in played)
    still = sum(one.given is not None for one in played)
    return SeedReport(False, until, dict(sorted(counted.items())), still, len(played) - still)
