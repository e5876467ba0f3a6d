"""``stanchion trigger``: sends an event from outside, as a machine does."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli import options
from api.cli.client import Api, parse_json
from api.cli.output import REFUSED, USAGE, fail, print_json, say
from api.idempotency import new_key
from definitions.text.json_text import JsonRefused

_WORDS = {
    "started": "{ticket} opened",
    "already_open": "{ticket} is open already",
    "sent": "{event} sent to {ticket}",
    "refused": "{event} refused by {ticket}: {reason} ({code})",
    "waits": "{event} waits for {ticket}: {reason}",
    "nothing_open": "no open ticket for {event}",
    "not_decided": "can't be decided: {reason}",
}
_NOT_DONE = ("refused", "not_decided")
_REFUSED_OPENING = "opening refused: {reason} ({code})"


def register(app: typer.Typer) -> None:
    app.command()(trigger)


def trigger(
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="The event's type: alertmanager.firing")],
    data: Annotated[str, typer.Option("--data", "-d", metavar="JSON", help="The event's data.")] = "null",
    source: Annotated[str, typer.Option("--source", metavar="NAME", help="The name of the sending machine.")] = "cli",
    id_: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="The event's id: a repeated event takes effect once.")
    ] = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """Send an event from outside: stanchion trigger alertmanager.firing -d '{"fingerprint": "a1"}'"""
    from api.identity import SOURCE

    if not SOURCE.fullmatch(f"source:{source}"):
        fail(
            USAGE,
            f"--source {source!r}: a source's name has 1 to 64 characters: small letters, digits, '.', '_' and '-'; "
            "the first is a letter or a digit.",
        )
    if not type_:
        fail(USAGE, "The event's type is empty. Name the type that a trigger takes: alertmanager.firing")
    if id_ == "":
        fail(USAGE, "The event's id is empty. Leave --id out for a new id.")
    try:
        content = parse_json(data)
    except JsonRefused as error:
        fail(USAGE, f"--data: {error}")
    except ValueError as error:
        fail(USAGE, f"--data is not JSON: {error}")
    event = {"specversion": "1.0", "id": id_ or new_key(), "source": f"/{source}", "type": type_, "data": content}
    api = Api(url, f"source:{source}")
    answer = api.send("POST", ("inbound", source), event, content_type="application/cloudevents+json")
    if as_json:
        print_json(answer)
    else:
        _print(answer["items"])
    if any(one["result"] in _NOT_DONE for item in answer["items"] for one in item["triggers"]):
        raise typer.Exit(REFUSED)


def _print(items: list[dict[str, Any]]) -> None:
    for item in items:
        for one in item["triggers"]:
            say(_line(one))
        if not item["triggers"]:
            say(item["detail"])


def _line(one: dict[str, Any]) -> str:
    words = _REFUSED_OPENING if one["result"] == "refused" and not one["ticket"] else _WORDS[one["result"]]
    return f"{one['process']}, trigger {one['trigger']}: {words.format(**one)}"
