"""Commands that send an event to a ticket: send, edit, comment, correct, approve, reject, delegate, claim."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli import options
from api.cli.client import Api, without_none
from api.cli.field_values import fields_of_ticket
from api.cli.output import USAGE, fail, print_json, say
from api.local.addresses import Segments

Ticket = Annotated[str, typer.Argument(help="The ticket's key: CHG-1")]
Comment = Annotated[str | None, typer.Option("--comment", "-m", help="The reason.")]
InState = Annotated[
    str | None, typer.Option("--state", help="The state of the approval; needed only if you hold several requests.")
]
InVisit = Annotated[
    int | None,
    typer.Option("--visit", min=1, help="Refuse unless this visit to the state is open."),
]
InStage = Annotated[
    str | None,
    typer.Option("--stage", help="The stage, by its id or number; needed after your vote in an earlier stage."),
]


def register(app: typer.Typer) -> None:
    for command in (send, edit, comment, correct, approve, reject, delegate, claim):
        app.command()(command)


def print_result(acted: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(acted)
        return
    if decided := acted.get("decided"):
        say(_decided(decided))
    ended = " (ended)" if acted["ended"] else ""
    say(f"{acted['key']} is in {' › '.join(acted['states'])}{ended}, revision {acted['revision']}")


def _decided(decided: dict[str, Any]) -> str:
    """What a decision has decided."""
    verb = "approved" if decided["decision"] == "approve" else "rejected"
    stage = "" if decided["stage"] is None else f", stage {decided['stage']}"
    round_ = f", round {decided['round']}" if decided["round"] else ""
    return f"{verb}: {decided['title']} ({decided['state']}, visit {decided['visit']}{round_}{stage})"


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
    api = Api(url, person)
    fields = fields_of_ticket(api, ticket, field) | without_none({"comment": comment})
    address = ("tickets", ticket, "events", event)
    print_result(api.send("POST", address, {"fields": fields}, key=key, revision=revision), as_json)


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
    api = Api(url, person)
    fields = fields_of_ticket(api, ticket, field)
    if not fields:
        fail(USAGE, "Nothing to write: give at least one --field name=value.")
    address = ("tickets", ticket, "fields")
    print_result(api.send("PATCH", address, fields, key=key, revision=revision), as_json)


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
    visit: InVisit = None,
    stage: InStage = None,
    person: options.As = None,
    key: options.Key = None,
    revision: options.Revision = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """Approve: decide the approval request that you hold."""
    body = _decision("approve", comment, visit, stage)
    print_result(Api(url, person).send("POST", _of(ticket, state), body, key=key, revision=revision), as_json)


def reject(
    ticket: Ticket,
    comment: Comment = None,
    state: InState = None,
    visit: InVisit = None,
    stage: InStage = None,
    person: options.As = None,
    key: options.Key = None,
    revision: options.Revision = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """Reject: decide the approval request that you hold; give the reason with -m."""
    body = _decision("reject", comment, visit, stage)
    print_result(Api(url, person).send("POST", _of(ticket, state), body, key=key, revision=revision), as_json)


def _decision(decision: str, why: str | None, visit: int | None, stage: str | None) -> dict[str, Any]:
    number = int(stage) if stage is not None and stage.isascii() and stage.isdigit() else stage
    return without_none({"decision": decision, "comment": why, "visit": visit, "stage": number})


def _of(ticket: str, state: str | None) -> Segments:
    """The address of a decision."""
    return ("tickets", ticket, *(() if state is None else ("approvals", state)), "decision")


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
