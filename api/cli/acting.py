"""Commands that do something to a ticket: send, edit, comment, correct, approve, reject, delegate, claim."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli import options
from api.cli.client import Api, parse_fields, without_none
from api.cli.output import USAGE, fail, print_json, say

Ticket = Annotated[str, typer.Argument(help="The ticket's key: CHG-1")]
Comment = Annotated[str | None, typer.Option("--comment", "-m", help="Why.")]
InState = Annotated[str | None, typer.Option("--state", help="Only where several approvals are open at once.")]


def register(app: typer.Typer) -> None:
    for command in (send, edit, comment, correct, approve, reject, delegate, claim):
        app.command()(command)


def tell(acted: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(acted)
        return
    ended = " (ended)" if acted["ended"] else ""
    say(f"{acted['key']} is in {' › '.join(acted['states'])}{ended}, revision {acted['revision']}")


def send(
    ticket: Ticket,
    event: Annotated[str, typer.Argument(help="The event; `stanchion explain` says which ones are possible.")],
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
    path = f"/v1/tickets/{ticket}/events/{event}"
    tell(Api(url, person).send("POST", path, {"fields": fields}, key=key, revision=revision), as_json)


def edit(
    ticket: Ticket,
    field: options.Fields = None,
    person: options.As = None,
    key: options.Key = None,
    revision: options.Revision = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """Write fields: all of them, or none."""
    fields = parse_fields(field)
    if not fields:
        fail(USAGE, "Nothing to write: give at least one --field name=value.")
    path = f"/v1/tickets/{ticket}/fields"
    tell(Api(url, person).send("PATCH", path, fields, key=key, revision=revision), as_json)


def comment(
    ticket: Ticket,
    text: Annotated[str, typer.Argument(help="What to say.")],
    internal: Annotated[bool, typer.Option("--internal", help="Only for those who work on it.")] = False,
    person: options.As = None,
    key: options.Key = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """Comment on a ticket."""
    body = {"text": text, "internal": internal}
    tell(Api(url, person).send("POST", f"/v1/tickets/{ticket}/comments", body, key=key), as_json)


def correct(
    ticket: Ticket,
    step: Annotated[int, typer.Option("--step", min=1, help="The step, as `stanchion show` numbers it.")],
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="When it has really happened: RFC 3339.")],
    comment: Annotated[str, typer.Option("--comment", "-m", help="Why.")],
    person: options.As = None,
    key: options.Key = None,
    revision: options.Revision = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """Say when a step has really happened: service levels are judged anew, and nothing is undone."""
    body = {"step": step, "at": at, "comment": comment}
    path = f"/v1/tickets/{ticket}/corrections"
    tell(Api(url, person).send("POST", path, body, key=key, revision=revision), as_json)


def approve(
    ticket: Ticket,
    comment: Comment = None,
    state: InState = None,
    person: options.As = None,
    key: options.Key = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """Approve what you are asked to approve."""
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
    """Reject what you are asked to approve; say why with -m."""
    _decide(Api(url, person), ticket, "reject", comment, state, key, as_json)


def _decide(
    api: Api, ticket: str, decision: str, why: str | None, state: str | None, key: str | None, as_json: bool
) -> None:
    path = f"/v1/tickets/{ticket}/approvals/{state}/decision" if state else f"/v1/tickets/{ticket}/decision"
    tell(api.send("POST", path, without_none({"decision": decision, "comment": why}), key=key), as_json)


def delegate(
    ticket: Ticket,
    to: Annotated[str, typer.Argument(help="The person who shall decide in your place.")],
    state: InState = None,
    person: options.As = None,
    key: options.Key = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """Hand the request that you hold to somebody else."""
    body = without_none({"to": to, "state": state})
    tell(Api(url, person).send("POST", f"/v1/tickets/{ticket}/delegation", body, key=key), as_json)


def claim(
    ticket: Ticket,
    person: options.As = None,
    key: options.Key = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """Take a ticket that is assigned to a team or role of yours."""
    tell(Api(url, person).send("POST", f"/v1/tickets/{ticket}/claim", key=key), as_json)
