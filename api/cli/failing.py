"""``stanchion failures``: lists failures for operators."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli import options
from api.cli.client import Api
from api.cli.output import print_json, print_table, say, table

UNTIL = "; each continues when a worker can carry out its next task"


def register(app: typer.Typer) -> None:
    app.command()(failures)


def failures(
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=200, help="List at most this many workflows of each kind.")
    ] = 50,
    person: options.As = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """List the tickets on which workers fail, and the workflows that have failed. For operators only."""
    found = Api(url, person).get(("failures",), limit=limit)
    if as_json:
        print_json(found)
        return
    if found["incomplete"]:
        say(found["incomplete"])
    say(_heading(found["stuck_total"], len(found["stuck"]), "stuck workflows", UNTIL))
    if found["stuck"]:
        rows = table("ticket", "process", "since", "failures", "cause")
        for one in found["stuck"]:
            cause = one["cause"] or "no worker has reported a reason"
            rows.add_row(
                one["ticket"] or one["workflow"], one["process"] or "", one["since"], str(one["failures"]), cause
            )
        print_table(rows)
    say(_heading(found["failed_total"], len(found["failed"]), "failed workflows", " in the last 30 days"))
    if found["failed"]:
        rows = table("workflow", "process", "at", "reason")
        for one in found["failed"]:
            rows.add_row(one["workflow"], one["process"] or "", one["at"], one["reason"])
        print_table(rows)


def _heading(total: int, shown: int, what: str, more: str) -> str:
    if not total:
        return f"{what}: none"
    some = f"; {shown} shown, --limit shows more" if shown < total else ""
    return f"{what}: {total}{more}{some}"
