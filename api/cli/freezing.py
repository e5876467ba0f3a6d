"""``stanchion freeze``: declare, list and lift freezes of a running installation."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli import options
from api.cli.client import Api, without_none
from api.cli.output import print_json, print_table, say, table

Id = Annotated[
    str, typer.Argument(metavar="ID", help="The id: small letters, digits and _. An id is never used again.")
]
From = Annotated[str, typer.Option("--from", metavar="TIME", help="A date, or a datetime with its offset.")]
To = Annotated[str, typer.Option("--to", metavar="TIME", help="A date, included as a whole, or a datetime.")]
ForServices = Annotated[
    list[str] | None, typer.Option("--service", "-s", metavar="SERVICE", help="Only this service; may be repeated.")
]
Title = Annotated[str | None, typer.Option("--title", help="The title.")]
Because = Annotated[str, typer.Option("--reason", "-m", help="The reason, for people whose changes must wait.")]
Why = Annotated[str | None, typer.Option("--reason", "-m", help="The reason.")]

group = typer.Typer(no_args_is_help=True, help="Freezes: periods in which services must not be changed.")


def register(app: typer.Typer) -> None:
    group.command()(declare)
    group.command("list")(list_)
    group.command()(lift)
    app.add_typer(group, name="freeze")


def declare(
    id_: Id,
    from_: From,
    to: To,
    reason: Because,
    service: ForServices = None,
    title: Title = None,
    person: options.As = None,
    key: options.Key = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """Declare a freeze: stanchion freeze declare audit --from 2026-11-02 --to 2026-11-06 -s erp -m "External audit" """
    body = {"from": from_, "to": to, "services": service or [], "reason": reason} | without_none({"title": title})
    freeze = Api(url, person).send("PUT", ("freezes", id_), body, key=key)
    if as_json:
        print_json(freeze)
        return
    say(f"{freeze['id']} holds for {_services(freeze)} from {freeze['starts_at']} to {freeze['ends_at']}")
    say("Open tickets are being notified.")


def list_(
    everything: Annotated[bool, typer.Option("--all", help="Also past and lifted freezes.")] = False,
    person: options.As = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """List current and future freezes: those of the organization's files and declared freezes."""
    found = Api(url, person).get(("freezes",), all="true" if everything else None)
    if as_json:
        print_json(found)
        return
    rows = table("freeze", "from", "to", "services", "declared by", "reason")
    for one in found["items"]:
        rows.add_row(one["id"], one["starts_at"], one["ends_at"], _services(one), _by(one), _why(one))
    print_table(rows)


def lift(
    id_: Id,
    reason: Why = None,
    person: options.As = None,
    key: options.Key = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """Lift a declared freeze; the records keep it, with the person who lifts it."""
    query = without_none({"reason": reason})
    freeze = Api(url, person).send("DELETE", ("freezes", id_), key=key, query=query)
    if as_json:
        print_json(freeze)
        return
    say(f"{freeze['id']} was lifted by {freeze['lifted']['by']} at {freeze['lifted']['at']}")


def _services(freeze: dict[str, Any]) -> str:
    return ", ".join(freeze["services"]) or "all services"


def _by(freeze: dict[str, Any]) -> str:
    if freeze["source"] == "files":
        return "the organization's files"
    lifted = freeze["lifted"]
    return str(freeze["declared_by"]) + (f", lifted by {lifted['by']}" if lifted else "")


def _why(freeze: dict[str, Any]) -> str:
    lifted = freeze["lifted"] or {}
    words = [freeze["title"], freeze["reason"], lifted.get("reason") and f"lifted: {lifted['reason']}"]
    return "; ".join(str(one) for one in words if one)
