"""Commands that send an event to a ticket: send, edit, comment, correct, approve, reject, delegate, claim."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli import options
from api.cli.client import Api, parse_fields, without_none
from api.cli.output import USAGE, fail, print_json, say

Ticket = Annotated[str, typer.Argument(help="The ticket's key: CHG-1")]
Comment = Annotated[str | None, typer.Option("--comment", "-m", help="The reason.")]
InState = Annotated[
    str | None, typer.Option("--state", help="The state of the approval; needed only if several are open.")
]


def register(app: typer.Typer) -> None:
    for command in (send, edit, comment, correct, approve, reject, delegate, claim):
        app.command()(command)


def print_result(acted: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(acted)
        return
    ended = " (ended)" if acted["ended"] else ""
    say(f"{acted['key']} is in {' › '.join(acted['states'])}{ended}, revision {acted['revision']}")


def send(
    ticket: Ticket,
    event: Annotated[str, typer.Argument(help="The event; `stanchion explain` lists the possible events.")],
    field: options.Fields = None,
    comment: Comment = None,
    person: options.As = None,
    key: options.Key = None,
    revision: options.Revision = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """Send an event, with the fields of its form."""
    fields = parse_fields(field) | without_none({"comment": comment})
    address = ("tickets", ticket, "events", event)
    print_result(Api(url, person).send("POST", address, {"fields": fields}, key=key, revision=revision), as_json)


def edit(
    ticket: Ticket,
    field: options.Fields = None,
    person: options.As = None,
    key: options.Key = None,
    revision: options.Revision = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """Edit fields: all of them are written, or none."""
    fields = parse_fields(field)
    if not fields:
        fail(USAGE, "Nothing to write: give at least one --field name=value.")
    address = ("tickets", ticket, "fields")
    print_result(Api(url, person).send("PATCH", address, fields, key=key, revision=revision), as_json)


def comment(
    ticket: Ticket,
    text: Annotated[str, typer.Argument(help="The text.")],
    internal: Annotated[
        bool, typer.Option("--internal", help="Visible only to those who may see internal comments.")
    ] = False,
    person: options.As = None,
    key: options.Key = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """Comment on a ticket."""
    body = {"text": text, "internal": internal}
    print_result(Api(url, person).send("POST", ("tickets", ticket, "comments"), body, key=key), as_json)


def correct(
    ticket: Ticket,
    step: Annotated[int, typer.Option("--step", min=1, help="The revision, as `stanchion show` numbers it.")],
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="The true time: RFC 3339.")],
    comment: Annotated[str, typer.Option("--comment", "-m", help="The reason.")],
    person: options.As = None,
    key: options.Key = None,
    revision: options.Revision = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """Correct the time of a revision: service levels are judged by the true time; nothing else changes."""
    body = {"step": step, "at": at, "comment": comment}
    address = ("tickets", ticket, "corrections")
    print_result(Api(url, person).send("POST", address, body, key=key, revision=revision), as_json)


def approve(
    ticket: Ticket,
    comment: Comment = None,
    state: InState = None,
    person: options.As = None,
    key: options.Key = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """Approve: decide the approval request that you hold."""
    _decide(Api(url, person), ticket, "approve", comment, state, key, as_json)


def reject(
    ticket: Ticket,
    comment: Comment = None,
    state: InState = None,
    person: options.As = None,
    key: options.Key = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """Reject: decide the approval request that you hold; give the reason with -m."""
    _decide(Api(url, person), ticket, "reject", comment, state, key, as_json)


def _decide(
    api: Api, ticket: str, decision: str, why: str | None, state: str | None, key: str | None, as_json: bool
) -> None:
    of_state = () if state is None else ("approvals", state)
    address = ("tickets", ticket, *of_state, "decision")
    print_result(api.send("POST", address, without_none({"decision": decision, "comment": why}), key=key), as_json)


def delegate(
    ticket: Ticket,
    to: Annotated[str, typer.Argument(help="The person who decides in your place.")],
    state: InState = None,
    person: options.As = None,
    key: options.Key = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """Hand your approval request to another person."""
    body = without_none({"to": to, "state": state})
    print_result(Api(url, person).send("POST", ("tickets", ticket, "delegation"), body, key=key), as_json)


def claim(
    ticket: Ticket,
    person: options.As = None,
    key: options.Key = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """Claim a ticket that is assigned to your team or role."""
    print_result(Api(url, person).send("POST", ("tickets", ticket, "claim"), key=key), as_json)
