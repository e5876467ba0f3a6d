"""``stanchion trace``: what a ticket made of each event of its history."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options
from api.cli.output import AWAY, REFUSED, START_IT, USAGE, CommandError, fail, print_json, say

if TYPE_CHECKING:
    from api.settings import EdgeSettings
    from api.tickets.histories import Histories, RunTrace
    from workflows.ticket.tracing import Traced


def register(app: typer.Typer) -> None:
    app.command()(trace)


def trace(
    ticket: Annotated[str | None, typer.Argument(help="The ticket's key; with --history it may be left out.")] = None,
    files: Annotated[
        list[Path] | None,
        typer.Option(
            "--history",
            metavar="FILE",
            help="A history from `temporal workflow show --output json`; one for each run.",
        ),
    ] = None,
    revision: Annotated[int | None, typer.Option("--revision", min=0, help="Only this revision.")] = None,
    state: options.State = None,
    as_json: options.AsJson = False,
) -> None:
    """Replay a ticket's history: each event with its transitions, effects and timeline. Needs access to Temporal."""
    from api.tickets.histories import BadHistoryError, read

    logging.getLogger("temporalio").setLevel(logging.CRITICAL)  # what a replay finds is printed here
    if not ticket and not files:
        fail(USAGE, "Name a ticket, or a file with --history.")
    try:
        histories = read(files) if files else _fetched(ticket or "", state)
        runs = asyncio.run(_replayed(histories))
    except BadHistoryError as error:
        fail(USAGE if files else REFUSED, f"{error}.")
    wanted = ticket or runs[0].key
    other = next((run.key for run in runs if run.key != wanted), None)
    if other is not None:
        fail(USAGE, f"The history is of {other}, not of {wanted}." if ticket else f"Histories of {wanted} and {other}.")
    _print(runs, histories, revision, [] if files else _after_end(runs, state), as_json=as_json)


def _after_end(runs: list[RunTrace], state: Path | None) -> list[int] | None:
    """The revisions that the records added to an ended ticket, which no history holds: comments and corrections.

    None where the records do not answer.
    """
    from contextlib import closing

    from sqlalchemy.exc import SQLAlchemyError

    from activities.records.store import Records
    from api.records import location
    from workflows.ticket.tracing import TracedStep

    steps = [one.step.snapshot for run in runs for one in run.events if isinstance(one, TracedStep)]
    if not steps or steps[-1].ended_at is None:
        return []
    last = steps[-1]
    try:
        with closing(Records(location(options.settings(state_folder=state)))) as records:
            known = records.get(last.key)
    except SQLAlchemyError:
        return None
    return list(range(last.revision + 1, known.row.revision + 1)) if known else []


def _fetched(ticket: str, state: Path | None) -> Histories:
    from api.tickets.histories import NoHistoryError, TemporalAwayError, fetch

    settings = options.with_running_server(options.settings(state_folder=state))
    options.world_settings()
    try:
        return asyncio.run(fetch(settings, ticket))
    except TemporalAwayError as error:
        raise CommandError(AWAY, f"Temporal does not answer at {error}.\nIs it running? {START_IT}") from error
    except NoHistoryError:
        fail(REFUSED, _why_gone(settings, ticket))


def _why_gone(settings: EdgeSettings, ticket: str) -> str:
    """Whether the ticket never was, or was so long ago that only the records have it."""
    from contextlib import closing

    from sqlalchemy.exc import SQLAlchemyError

    from activities.records.store import Records
    from api.records import location
    from definitions.times import to_text

    try:
        with closing(Records(location(settings))) as records:
            known = records.get(ticket)
    except SQLAlchemyError:
        return f"Temporal has no history of {ticket}, and the records do not answer: unknown, or ended long ago."
    if known is None:
        return f"There is no ticket {ticket}."
    ended = f" It ended at {to_text(known.row.ended_at)}." if known.row.ended_at else ""
    return (
        f"Temporal has no history of {ticket} any more: it keeps an ended workflow for the retention time of its "
        f"namespace.{ended} `stanchion show {ticket}` has the timeline."
    )


async def _replayed(histories: Histories) -> list[RunTrace]:
    from api.tickets.histories import replay

    return [await replay(history) for history in histories.runs]


def _print(
    runs: list[RunTrace], histories: Histories, revision: int | None, after_end: list[int] | None, *, as_json: bool
) -> None:
    from api.cli.traced import document, lines

    wanted = [one for run in runs for one in run.events if revision in (None, _revision(one))]
    failure = next((run for run in runs if run.failure), None)
    if revision is not None and not wanted and failure is None:
        fail(REFUSED, _without(revision, runs, after_end))
    if as_json:
        print_json(
            {
                "ticket": runs[-1].key,
                "complete": histories.complete,
                "events": [document(one) for one in wanted],
                "after_end": after_end,
                "failure": failure.failure if failure else None,
            }
        )
    else:
        if not histories.complete:
            say("The oldest runs are no longer in Temporal: this is not the whole life of the ticket.")
        for one in wanted:
            for line in lines(one):
                say(line)
        for line in _said_after_end(runs[-1].key, after_end) if revision is None else ():
            say(line)
    if failure is not None:
        fail(REFUSED, _stopped(failure))


def _said_after_end(key: str, after_end: list[int] | None) -> Iterator[str]:
    if after_end is None:
        yield "The records do not answer: comments and corrections after the end are not known."
    elif after_end:
        yield f"{_came_after(after_end)} after the end: not in this history; see `stanchion show {key}`."


def _came_after(revisions: list[int]) -> str:
    if len(revisions) == 1:
        return f"Revision {revisions[0]} came"
    return f"Revisions {revisions[0]} to {revisions[-1]} came"


def _without(revision: int, runs: list[RunTrace], after_end: list[int] | None) -> str:
    """Why there is nothing to show of a revision."""
    if revision in (after_end or ()):
        return (
            f"Revision {revision} came after the end, and is not in the history: see `stanchion show {runs[-1].key}`."
        )
    known = [_revision(one) for run in runs for one in run.events]
    there = f"its revisions are {min(known)} to {max(known)}" if known else "it has no revisions"
    return f"There is no revision {revision} in this history: {there}."


def _revision(one: Traced) -> int:
    from workflows.ticket.tracing import TracedStep

    return one.step.snapshot.revision if isinstance(one, TracedStep) else one.revision


def _stopped(run: RunTrace) -> str:
    last = run.events[-1] if run.events else None
    where = f"after revision {_revision(last)}, workflow task {last.workflow_task}" if last else "at its start"
    return f"This build can't replay the history: it stopped {where}.\n{run.failure}"
