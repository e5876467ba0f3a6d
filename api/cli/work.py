"""Commands on the work that a ticket waits for: task, tasks, run."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli import options
from api.cli.acting import Comment, Ticket, tell
from api.cli.client import Api, parse_fields, without_none
from api.cli.output import USAGE, fail, print_json, print_table, table

Checked = Annotated[list[str] | None, typer.Option("--check", metavar="ITEM", help="Tick an item of its checklist.")]
Done = Annotated[bool, typer.Option("--done", help="It is done.")]
Failed = Annotated[bool, typer.Option("--failed", help="It failed; say why with -m.")]
Claim = Annotated[bool, typer.Option("--claim", help="Take it, where it is a team's or role's.")]


def register(app: typer.Typer) -> None:
    for command in (task, tasks, run):
        app.command()(command)


def task(
    ticket: Ticket,
    task: Annotated[str, typer.Argument(help="The task's id; `stanchion tasks` has yours.")],
    done: Done = False,
    failed: Failed = False,
    take: Claim = False,
    check: Checked = None,
    field: options.Fields = None,
    comment: Comment = None,
    person: options.As = None,
    key: options.Key = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """Tick, complete or fail a task, or take it: stanchion task CHG-1 do --check "Backup made" --done"""
    path, fields = f"/v1/tickets/{ticket}/tasks/{task}", parse_fields(field)
    if take:
        if done or failed or check or fields or comment:
            fail(USAGE, "--claim stands alone: take the task first.")
        tell(Api(url, person).send("POST", f"{path}/claim", key=key), as_json)
        return
    if done and failed:
        fail(USAGE, "--done or --failed, not both.")
    if not (done or failed or check or fields):
        fail(USAGE, "Nothing to do: give --done, --failed, --check ITEM, --field or --claim.")
    result = "done" if done else "failed" if failed else None
    body = without_none({"result": result, "comment": comment}) | {"checked": check or [], "fields": fields}
    tell(Api(url, person).send("POST", path, body, key=key), as_json)


def tasks(person: options.As = None, url: options.Url = None, as_json: options.AsJson = False) -> None:
    """Open tasks of yours, and of your teams and roles, the most urgent first."""
    mine = Api(url, person).get("/v1/tasks")
    if as_json:
        print_json(mine)
        return
    rows = table("ticket", "task", "what", "whose", "due", "of")
    for one in mine["items"]:
        rows.add_row(one["ticket"], one["task"], one["title"], one["assignee"], one["due"] or "", one["ticket_title"])
    print_table(rows)


def run(
    ticket: Ticket,
    state: Annotated[str, typer.Argument(help="The state whose automation is to be ended.")],
    failed: Annotated[str | None, typer.Option("--failed", metavar="REASON", help="It failed, and why.")] = None,
    field: options.Fields = None,
    person: options.As = None,
    key: options.Key = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """Complete a state's automation in its place, with -f name=value for what it would have saved."""
    saved = parse_fields(field)
    if failed is not None and saved:
        fail(USAGE, "--failed, or what it would have saved, not both.")
    body = without_none({"failed": failed}) | {"saved": saved}
    tell(Api(url, person).send("POST", f"/v1/tickets/{ticket}/runs/{state}", body, key=key), as_json)
