"""``figures``: figures of a service over a past period, from the records (LANGUAGE, section 4, run).

Nothing is estimated: a mean over no tickets is null, and an open ticket has no time to resolution.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from activities.actions.declaring import ActionError, Context, action
from activities.records.shapes import Counted
from activities.world import World
from definitions.durations import parse_duration
from definitions.people.references import values
from definitions.times import Instant

LONGEST_DAYS = 3 * 366


class FiguresInput(BaseModel):
    """``period`` reaches back from now, ``30d``, or is the last whole calendar ``month``, ``quarter`` or ``year``.

    Calendar periods are those of the organization's time zone. Without a service, all tickets count.
    """

    model_config = ConfigDict(extra="forbid")

    service: str | None = None
    period: str = "30d"


class ProcessFigures(BaseModel):
    """The tickets of one process that name the service in a field of type service."""

    opened: int
    """Opened in the period."""
    ended: int
    """Ended in the period."""
    failed: int
    """Ended in the period in a state that is ``final: failed``."""
    open: int
    """Open now, whenever opened."""
    mean_seconds_to_end: int | None
    """The mean time from opening to end of the tickets that ended in the period; null where there are none."""
    breaches: int
    """Runs of service levels that were breached in the period."""
    breached: int
    """Tickets with such a run."""


class Figures(BaseModel):
    """The sums, and the figures of each process by its id."""

    opened: int
    ended: int
    failed: int
    open: int
    mean_seconds_to_end: int | None
    breaches: int
    breached: int
    processes: dict[str, ProcessFigures]


@action("figures")
def figures(wanted: FiguresInput, context: Context) -> Figures:
    """Counts the records of the current processes."""
    start, end = _period(wanted.period, context.now, ZoneInfo(context.world.organization.organization.time_zone))
    rows = context.records.touched(start, end, tuple(context.world.processes))
    mine = [row for row in rows if wanted.service is None or _is_of(context.world, row, wanted.service)]
    by_process = {name: [row for row in mine if row.process == name] for name in sorted({row.process for row in mine})}
    processes = {name: _of(found, start, end) for name, found in by_process.items()}
    return Figures(**_of(mine, start, end).model_dump(), processes=processes)


MONTHS = {"month": 1, "quarter": 3, "year": 12}
"""The months of each calendar period."""


def _period(text: str, now: Instant, zone: ZoneInfo) -> tuple[Instant, Instant]:
    if text in MONTHS:
        return _calendar_period(MONTHS[text], now, zone)
    try:
        seconds = parse_duration(text).nominal_seconds
    except ValueError as error:
        raise ActionError(f"period: {error}, or one of {', '.join(MONTHS)}") from error
    if not 0 < seconds <= LONGEST_DAYS * 86_400:
        raise ActionError(f"period: {text} is not within three years")
    return now - seconds, now


def _calendar_period(months: int, now: Instant, zone: ZoneInfo) -> tuple[Instant, Instant]:
    """The last whole period of this many months before ``now``, from its first instant to the first after it."""
    today = datetime.fromtimestamp(now, UTC).astimezone(zone)
    end = today.year * 12 + (today.month - 1) // months * months
    return _first_of(end - months, zone), _first_of(end, zone)


def _first_of(month: int, zone: ZoneInfo) -> Instant:
    """The first instant of a month that is counted from January of the year 0."""
    return int(datetime(month // 12, month % 12 + 1, 1, tzinfo=zone).timestamp())


def _is_of(world: World, row: Counted, service: str) -> bool:
    fields = world.processes[row.process].process.fields
    return any(spec.type == "service" and service in values(row.fields.get(name)) for name, spec in fields.items())


def _of(rows: Sequence[Counted], start: Instant, end: Instant) -> ProcessFigures:
    ended = [row for row in rows if row.ended_at is not None and start <= row.ended_at < end]
    lasted = [row.ended_at - row.opened_at for row in ended if row.ended_at is not None]
    return ProcessFigures(
        opened=sum(start <= row.opened_at < end for row in rows),
        ended=len(ended),
        failed=sum(row.failed for row in ended),
        open=sum(row.ended_at is None for row in rows),
        mean_seconds_to_end=round(sum(lasted) / len(lasted)) if lasted else None,
        breaches=sum(start <= at < end for row in rows for at in row.breaches),
        breached=sum(any(start <= at < end for at in row.breaches) for row in rows),
    )
