"""Commands on tasks and automation: task, tasks, run."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli import options
from api.cli.acting import Comment, Ticket, print_result
from api.cli.client import Api, parse_fields, without_none
from api.cli.field_values import fields_of_ticket
from api.cli.output import USAGE, fail, print_json, print_table, table

Checked = Annotated[list[str] | None, typer.Option("--check", metavar="ITEM", help="Tick an item of its checklist.")]
Done = Annotated[bool, typer.Option("--done", help="The task is done.")]
Failed = Annotated[bool, typer.Option("--failed", help="The task has failed; give the reason with -m.")]
Claim = Annotated[bool, typer.Option("--claim", help="Claim the task, where it is assigned to a team or role.")]


def register(app: typer.Typer) -> None:
    for command in (task, tasks, run):
        app.command()(command)


def task(
    ticket: Ticket,
    task: Annotated[str, typer.Argument(help="The task's id; `stanchion tasks` lists yours.")],
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
    """Tick, complete, fail or claim a task: stanchion task CHG-1 do --check "Backup made" --done"""
    api = Api(url, person)
    address, fields = ("tickets", ticket, "tasks", task), fields_of_ticket(api, ticket, field)
    if take:
        if done or failed or check or fields or comment:
            fail(USAGE, "--claim takes no other option: claim the task first.")
        print_result(api.send("POST", (*address, "claim"), key=key), as_json)
        return
    if done and failed:
        fail(USAGE, "Give --done or --failed, not both.")
    if not (done or failed or check or fields):
        fail(USAGE, "Nothing to do: give --done, --failed, --check ITEM, --field or --claim.")
    result = "done" if done else "failed" if failed else None
    body = without_none({"result": result, "comment": comment}) | {"checked": check or [], "fields": fields}
    print_result(api.send("POST", address, body, key=key), as_json)


def tasks(person: options.As = None, url: options.Url = None, as_json: options.AsJson = False) -> None:
    """List your open tasks and those of your teams and roles, the most urgent first."""
    mine = Api(url, person).get(("tasks",))
    if as_json:
        print_json(mine)
        return
    rows = table("ticket", "task", "title", "assignee", "due", "ticket title")
    for one in mine["items"]:
        rows.add_row(one["ticket"], one["task"], one["title"], one["assignee"], one["due"] or "", one["ticket_title"])
    print_table(rows)


def run(
    ticket: Ticket,
    state: Annotated[str, typer.Argument(help="The state of the automation.")],
    failed: Annotated[
        str | None, typer.Option("--failed", metavar="REASON", help="The automation has failed, for this reason.")
    ] = None,
    field: options.Fields = None,
    person: options.As = None,
    key: options.Key = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """Complete the automation of a state by hand, with -f name=value for each result to save."""
    saved = parse_fields(field)
    if failed is not None and saved:
        fail(USAGE, "Give --failed or results to save, not both.")
    body = without_none({"failed": failed}) | {"saved": saved}
    print_result(Api(url, person).send("POST", ("tickets", ticket, "runs", state), body, key=key), as_json)
