"""Service levels as rows, one for each run, written with the steps that move them."""

from __future__ import annotations

from dataclasses import replace

from alembic import command
from pydantic import TypeAdapter
from sqlalchemy import Connection, MetaData, Table, select

from activities.records.appending import Addition
from activities.records.database import Database
from activities.records.migrate import configuration, migrate
from activities.records.store import Records
from activities.records.tables import service_levels
from tests.servers.worlds import NOW, batch, entries, ticket
from workflows.contracts import RecordedStep
from workflows.engine.model.clock import Clock, Interval, Run
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.service_levels.recorded_runs import RecordedRun

HOUR = 3_600
RUNNING = RecordedRun("fix", 1, "sla", "running", "4h", 4 * HOUR, NOW, NOW, 0, NOW + 4 * HOUR, None, None)
BREACHED = replace(RUNNING, status="breached", breached_at=NOW + 4 * HOUR)


def rows(url: str) -> list[tuple[object, ...]]:
    database = Database(url)
    columns = [service_levels.c[name] for name in ("ticket", "level", "run", "status", "due_at", "breached_at")]
    with database.read() as connection:
        found = [tuple(row) for row in connection.execute(select(*columns).order_by(*columns[:3]))]
    database.close()
    return found


def test_a_run_is_a_row_that_follows_it(records: Records, url: str) -> None:
    """A run's changes replace its row; a batch without changes leaves the rows alone."""
    records.record(batch(ticket(revision=1), runs=(RUNNING, replace(RUNNING, level="reply"))), {})
    records.record(batch(ticket(revision=2), runs=(BREACHED, replace(RUNNING, run=2))), {})
    records.record(batch(ticket(revision=3)), {})
    assert rows(url) == [
        ("CHG-1", "fix", 1, "breached", NOW + 4 * HOUR, NOW + 4 * HOUR),
        ("CHG-1", "fix", 2, "running", NOW + 4 * HOUR, None),
        ("CHG-1", "reply", 1, "running", NOW + 4 * HOUR, None),
    ]


def test_an_older_batch_changes_no_run(records: Records, url: str) -> None:
    """A batch that is late or repeated finds newer rows and leaves them."""
    records.record(batch(ticket(revision=1), runs=(RUNNING,)), {})
    records.record(batch(ticket(revision=2), runs=(BREACHED,)), {})
    records.record(batch(ticket(revision=1), runs=(RUNNING,)), {})
    assert [row[3] for row in rows(url)] == ["breached"]


def test_lists_have_the_run_that_counts(records: Records) -> None:
    """Of several runs the last one is read; tickets without service levels have none."""
    records.record(batch(ticket(), runs=(BREACHED, replace(RUNNING, run=2))), {})
    records.record(batch(ticket("CHG-2")), {})
    levels = records.levels_of(["CHG-1", "CHG-2", "CHG-3"])
    assert [(one.level, one.status) for one in levels["CHG-1"]] == [("fix", "running")]
    assert list(levels) == ["CHG-1"]


def test_calendars_stay_until_others_come(records: Records) -> None:
    """A ticket keeps the calendars that it carries; a batch without calendars removes none."""
    for revision, calendars in ((1, "first"), (2, None), (3, "longer"), (4, None)):
        records.record(batch(ticket(revision=revision), calendars=calendars), {})
    found = records.get("CHG-1")
    assert found is not None
    assert found.calendars == "longer"


def test_a_step_after_the_end_writes_its_runs(records: Records, url: str) -> None:
    """A correction changes the rows in the transaction of its step, and receives the ticket's calendars."""
    records.record(batch(ticket(revision=3, ended_at=NOW + 3), runs=(BREACHED,), calendars="carried"), {})

    def take(snapshot: Snapshot, calendars: str | None) -> Addition:
        assert calendars == "carried"
        after = replace(snapshot, revision=4)
        return Addition(after, RecordedStep(4, entries("corrected")), {}, (replace(BREACHED, breached_at=None),))

    records.append("CHG-1", "k", "r", take)
    assert [row[5] for row in rows(url)] == [None]


def test_tickets_from_before_get_their_rows(url: str) -> None:
    """The migration makes a row of every recorded run, as far as it can be computed without a calendar."""
    migrate(url)
    database = Database(url)
    with database.write() as connection:
        command.downgrade(configuration(connection), "0006")
        _insert_old(connection)
    migrate(url)
    database.close()
    assert rows(url) == [
        ("CHG-1", "fix", 1, "breached", None, NOW + 5),
        ("CHG-1", "fix", 2, "paused", None, None),
    ]


def _insert_old(connection: Connection) -> None:
    """A row as the previous version wrote it."""
    began = Interval("running", NOW, NOW + 9)
    first = Run(1, NOW, "always", "1h", intervals=(began,), breached_at=NOW + 5, left=NOW + 9)
    again = replace(first, number=2, breached_at=None, left=None, intervals=(Interval("paused", NOW + 9, None),))
    view = TypeAdapter(Snapshot).dump_python(ticket(clocks={"fix": Clock(again, (first,))}), mode="json")
    old = Table("tickets", MetaData(), autoload_with=connection)
    texts = {"key": "CHG-1", "process": "change", "title": "t", "search": "t", "opener": "alice"}
    numbers = {"revision": 1, "opened_at": NOW, "updated_at": NOW, "audit_entries": 0, "failed": False}
    values = texts | numbers | {"digest": "d", "audit_hash": "", "state": [], "fields": {}, "view": view}
    connection.execute(old.insert().values(**values))
