"""The command that moves tickets to another definition or to new calendars: migrate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from api.cli import options
from api.cli.client import Api
from api.cli.output import REFUSED, USAGE, CommandError, fail, print_json, say


def register(app: typer.Typer) -> None:
    app.command()(migrate)


def migrate(
    tickets: Annotated[list[str] | None, typer.Argument(metavar="[KEY…]", help="Tickets: CHG-1 CHG-2")] = None,
    process: Annotated[
        str | None, typer.Option("--process", metavar="PROCESS", help="All open tickets of a process that you see.")
    ] = None,
    states: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="OLD=NEW", help="The new state that takes the place of an old state."),
    ] = None,
    fields: Annotated[
        list[str] | None,
        typer.Option("--map-field", metavar="OLD=NEW", help="The new field that takes the value of an old field."),
    ] = None,
    options_: Annotated[
        list[str] | None,
        typer.Option("--map-option", metavar="FIELD:OLD=NEW", help="The new option for an old option of a choice."),
    ] = None,
    calendars_only: Annotated[
        bool, typer.Option("--calendars-only", help="Keep the definition; renew only holidays and hours.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only report what would change.")] = False,
    person: options.As = None,
    key: options.Key = None,
    revision: options.Revision = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """Move tickets to the definition in use: stanchion migrate CHG-1 --map draft=planning --dry-run"""
    if bool(tickets) == bool(process):
        fail(USAGE, "Name tickets, or a process with --process.")
    if revision is not None and (process or len(tickets or ()) > 1):
        fail(USAGE, "--if-revision is for one ticket.")
    renames = {"states": _mapping(states), "fields": _mapping(fields, "--map-field"), "options": _options(options_)}
    body = {"map": renames, "calendars_only": calendars_only, "dry_run": dry_run}
    api, results, code = Api(url, person), [], 0
    for ticket in tickets or _open_tickets(api, str(process), calendars_only):
        done, line, failed = _moved(api, ticket, body, key, revision)
        results.append(done)
        code = failed if code in (0, REFUSED) and failed else code
        if not as_json:
            say(line)
    if as_json:
        print_json({"dry_run": dry_run, "items": results})
    elif not results:
        say(f"You see no open ticket of {process} that needs a migration.")
    if code:
        raise typer.Exit(code)


def _moved(
    api: Api, ticket: str, body: dict[str, Any], key: str | None, revision: int | None
) -> tuple[dict[str, Any], str, int]:
    """What has become of a ticket, that in a line, and the exit code for it."""
    try:
        done = api.send("POST", ("tickets", ticket, "migrate"), body, key=key, revision=revision)
    except CommandError as error:
        return {"key": ticket, "refused": error.document}, f"{ticket}: {_refused(error)}", error.code
    return done, _told(done), 0


def _mapping(given: list[str] | None, option: str = "--map") -> dict[str, str]:
    found: dict[str, str] = {}
    for one in given or []:
        old, sign, new = one.partition("=")
        if not sign or not old or not new:
            fail(USAGE, f"{option} {one}: write old=new")
        if found.setdefault(old, new) != new:
            fail(USAGE, f"{option} {one}: {old} is mapped to {found[old]} already")
    return found


def _options(given: list[str] | None) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for one in given or []:
        field, colon, pair = one.partition(":")
        if not colon or not field:
            fail(USAGE, f"--map-option {one}: write field:old=new")
        ((old, new),) = _mapping([pair], f"--map-option {field}:").items()
        if found.setdefault(field, {}).setdefault(old, new) != new:
            fail(USAGE, f"--map-option {one}: {old} is mapped to {found[field][old]} already")
    return found


def _open_tickets(api: Api, process: str, calendars_only: bool) -> Iterator[str]:
    """Their keys, the oldest first; without those that are on the definition in use, unless calendars are meant."""
    digest = api.get(("processes", process))["digest"]
    keys: list[str] = []
    cursor: str | None = None
    while True:
        page = api.get(("tickets",), process=process, open=True, limit=200, cursor=cursor)
        keys += [one["key"] for one in page["items"]]
        cursor = page.get("next")
        if cursor is None:
            break
    for key in reversed(keys):
        if calendars_only or api.get(("tickets", key))["digest"] != digest:
            yield key


def _told(done: dict[str, Any]) -> str:
    """One line: what has become of a ticket, or would."""
    definition, changes = done["definition"], done.get("changes")
    to = "new calendars" if definition["before"] == definition["after"] else f"definition {definition['after'][:12]}"
    if changes is None:
        return f"{done['key']}: on {to}, in {' › '.join(done['states'])}, revision {done['revision']}"
    return "; ".join([f"{done['key']}: would be on {to}", *_differences(changes)])


def _differences(changes: dict[str, Any]) -> Iterator[str]:
    before, after = (" + ".join(changes[part]) for part in ("state_before", "state_after"))
    yield f"in {after}" if before == after else f"{before} → {after}"
    for one in changes["approvals"]:
        void = f", {one['votes']} votes void" if one["votes"] and one["becomes"] != "kept" else ""
        yield f"approval {one['state']} {one['becomes']}{void}"
    for one in changes["deadlines"]:
        where = f"{one['state']}: " if one["state"] else ""
        yield f"{where}{one['what']} {one['after'] or 'never'} instead of {one['before'] or 'never'}"
    if changes["fields"]:
        yield f"writes {', '.join(changes['fields'])}"
    if changes["forgotten"]:
        yield f"forgets {', '.join(changes['forgotten'])}"


def _refused(error: CommandError) -> str:
    """What stands in the way, on one line."""
    document = error.document or {}
    return f"{document.get('code', 'refused')}: {document.get('detail') or document.get('title') or error}"
