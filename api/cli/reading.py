"""Commands that read tickets: show, list, explain, outbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from api.cli import options
from api.cli.client import Api
from api.cli.output import REFUSED, fail, print_json, print_table, say, table
from api.cli.words import cause_of, length, moved, names, told
from api.local.addresses import Segments
from definitions.text.values import in_words, named_values

Ticket = Annotated[str, typer.Argument(help="The ticket's key: CHG-1")]


def register(app: typer.Typer) -> None:
    app.command()(show)
    app.command("list")(list_tickets)
    app.command()(explain)
    app.command()(outbox)


def show(ticket: Ticket, person: options.As = None, url: options.Url = None, as_json: options.AsJson = False) -> None:
    """Show a ticket with its timeline and its notifications."""
    api = Api(url, person)
    detail = api.get(("tickets", ticket))
    timeline = _all(api, ("tickets", ticket, "timeline"))
    notices = _all(api, ("tickets", ticket, "notifications"))
    if as_json:
        print_json(detail | {"timeline": timeline, "notifications": notices})
        return
    say(f"{detail['key']}  {detail['title']}")
    say(f"{' + '.join(detail['state'])}, revision {detail['revision']}, assigned to {detail['assignee'] or 'nobody'}")
    if detail["stuck"]:
        say(
            f"stuck since {detail['stuck_since']}: workers fail on this ticket; operators see the cause. "
            "Nothing is lost."
        )
    rows = table("field", "value")
    for name, value in detail["fields"].items():
        rows.add_row(name, in_words(value))
    print_table(rows)
    for approval in detail["approvals"]:
        say(_approval(approval))
    for task in detail["tasks"]:
        if task["status"] == "open":
            say(_task(task["id"], task))
    for callback in detail["callbacks"]:
        say(f"waits for {callback_in_words(callback)}")
    for name, level in detail["service_levels"].items():
        if level["status"] != "waiting":
            say(_service_level(name, level))
            _say_corrections(level)
    for problem in detail["problems"]:
        say(f"problem: {problem['text']} ({problem['code']})")
    show_timeline(timeline)
    for notice in reversed(notices):
        say(f"{notice['created_at']}  notified {notice['person'] or 'nobody'}{_subject(notice)} ({notice['status']})")


def _subject(notice: dict[str, Any]) -> str:
    """The subject of a notification; nothing where it was written for somebody else."""
    return f": {notice['subject']}" if notice["subject"] is not None else ""


def _approval(approval: dict[str, Any]) -> str:
    """The open requests of an approval, or its outcome."""
    if not approval["open"]:
        return f"approval {approval['state']}: {approval['outcome'] or 'left'}"
    waiting = names(one["person"] for one in approval["requests"] if one["vote"] is None)
    until = f" by {approval['expires']}" if approval["expires"] else ""
    voted = [f"{one['person']} {one['vote']}s" for one in approval["requests"] if one["vote"]]
    so_far = f"; {', '.join(voted)}" if voted else ""
    return f"approval {approval['state']}: waits for {waiting} ({approval['required']} must approve{until}){so_far}"


def _task(task_id: str, task: dict[str, Any]) -> str:
    due = f", due {task['due']}" if task["due"] else ""
    return f"task {task_id}: {task['title']}, for {task['assignee'] or 'everyone'}{due}"


def callback_in_words(callback: dict[str, Any]) -> str:
    """A callback that a ticket waits for; its request only for those to whom the ticket shows it."""
    request = f": from {callback['request']}" if callback["request"] else ""
    since = f", since {callback['since']}" if callback["since"] else ""
    sent = "" if callback["answered"] else "; the request is not answered yet"
    return f"a callback in {callback['state']}{request}{since}, until {callback['until']}{sent}"


def _service_level(name: str, level: dict[str, Any]) -> str:
    """The status of a service level, its remaining time and due time, or since when and why it is paused."""
    text = f"service level {name}: {level['status']}"
    if level["status"] == "waiting":
        return text
    if level["status"] in ("met", "canceled"):
        return f"{text} {level['since']}" + _spent(level)
    if level["status"] == "paused":
        text += f" since {level['since']}, after {cause_of(level['cause'])}"
    if level["breached_at"]:
        text += f" at {level['breached_at']}"
    elif level["due"]:
        left = f", {length(level['remaining'])} of working time left" if level["remaining"] is not None else ""
        text += f", due {level['due']}{left}"
    return text


def _say_corrections(level: dict[str, Any]) -> None:
    for one in level.get("corrections", ()):
        times = f"recorded {one['recorded']}, effective {one['effective']}"
        say(f"  revision {one['step']}: {times}, corrected by {one['by']}: {one['comment']}")


def _spent(level: dict[str, Any]) -> str:
    return f", after {length(level['elapsed'])} of working time" if level["elapsed"] is not None else ""


def show_timeline(entries: list[dict[str, Any]]) -> None:
    """Prints the timeline, a line for each entry."""
    rows = table("revision", "when", "who", "what")
    for entry in entries:
        rows.add_row(str(entry["revision"]), entry["at"], entry["actor"], told(entry))
    print_table(rows)


def list_tickets(
    process: Annotated[str | None, typer.Option("--process", help="Only tickets of this process.")] = None,
    state: Annotated[str | None, typer.Option("--in", metavar="STATE", help="Only tickets in this state.")] = None,
    is_open: Annotated[bool | None, typer.Option("--open/--ended", help="Only open, or only ended tickets.")] = None,
    assignee: Annotated[str | None, typer.Option("--assignee", help="A person, team:x or role:x.")] = None,
    text: Annotated[str | None, typer.Option("--text", help="A part of the key or the title.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200)] = 50,
    cursor: Annotated[
        str | None, typer.Option("--cursor", help="The cursor that the previous page has printed.")
    ] = None,
    person: options.As = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """List the tickets that you may see, the newest first."""
    wanted = {"process": process, "state": state, "assignee": assignee, "text": text, "open": is_open}
    api = Api(url, person)
    page = api.get(("tickets",), **wanted, limit=limit, cursor=cursor)
    if not page["items"]:
        _require_names(api, process, state)
    if as_json:
        print_json(page)
        return
    rows = table("key", "state", "assignee", "title", "updated")
    for item in page["items"]:
        state = " + ".join(item["state"]) + (" (stuck)" if item["stuck"] else "")
        rows.add_row(item["key"], state, item["assignee"] or "", item["title"], item["updated_at"])
    print_table(rows)
    if page["next"]:
        say(f"continue with --cursor {page['next']}")


def _require_names(api: Api, process: str | None, state: str | None) -> None:
    """Raises CommandError where nothing was found because no process has this id, or none has this state.

    Asked only then: a ticket that has ended may be of a process, or in a state, that the definitions have no longer.
    """
    from definitions.text.suggestions import closest

    if process is not None:
        known = [api.get(("processes", process))]  # refused with the processes that there are
    elif state is not None:
        known = [api.get(("processes", one["id"])) for one in api.get(("processes",))["items"]]
    states = {name for one in known for name in _states(one["definition"])} if state is not None else set()
    if state is not None and state not in states:
        hint = closest(state, states)
        where = f"The process '{process}'" if process is not None else "No process"
        lacks = "has no state" if process is not None else "has a state"
        fail(REFUSED, f"{where} {lacks} '{state}'." + (f" {hint[0].upper()}{hint[1:]}" if hint else ""))


def _states(definition: dict[str, Any]) -> Iterator[str]:
    """The ids of all states of a process, or of a state within it."""
    for name, state in (definition.get("states") or {}).items():
        yield name
        yield from _states(state)


def explain(
    ticket: Ticket, person: options.As = None, url: options.Url = None, as_json: options.AsJson = False
) -> None:
    """Explain why a ticket is where it is, what you can do, and what happens next by itself."""
    told_of = Api(url, person).get(("tickets", ticket, "explain"))
    if as_json:
        print_json(told_of)
        return
    for where in told_of["where"]:
        say(f"in {where['state']} ({where['title']}) since {where['since']}, after {cause_of(where['cause'])}")
    for line in choice_lines(told_of["choices"]):
        say(line)
    for approval in told_of["approvals"]:
        waiting = ", ".join(approval["open"]) or "nobody"
        place = approval["state"] + _visit_and_stage(approval)
        say(f"waits for approval in {place}: {approval['required']} must approve, waiting for {waiting}")
        for one in approval["moved"]:
            say(f"  {moved(one)}")
        if approval["lacking"]:
            say(f"  approvals out of reach: {approval['lacking']}; approvers have left, and their places are vacant")
    for task in told_of["tasks"]:
        left = f"; to tick: {', '.join(task['left'])}" if task["left"] else ""
        stands_in = f", in place of {task['meant_for']}" if task["meant_for"] else ""
        say(f"waits for {_task(task['task'], task)}{stands_in}{left}")
    for callback in told_of["callbacks"]:
        say(f"waits for {callback_in_words(callback)}")
    for level in told_of["clocks"]:
        upcoming = f"; next: {level['threshold']} at {level['threshold_at']}" if level["threshold"] else ""
        say(_service_level(level["name"], level) + upcoming)
        _say_corrections(level)
    for coming in told_of["coming"]:
        say(f"{coming['at']}  {coming['what']}" + (f" ({coming['state']})" if coming["state"] else ""))
    for waiting in told_of["waiting"]:
        say(waiting)
    for problem in told_of["problems"]:
        for line in problem_lines(problem):
            say(line)


def _visit_and_stage(approval: dict[str, Any]) -> str:
    """The visit and stage of an approval that isn't the first, as `--visit` and `--stage` take them."""
    parts = [f"visit {approval['visit']}"] if approval["visit"] > 1 else []
    if approval["stage"] > 0 or approval["stage_id"]:
        parts.append(f"stage {approval['stage_id'] or approval['stage']}")
    return f" ({', '.join(parts)})" if parts else ""


def problem_lines(problem: dict[str, Any]) -> list[str]:
    """A problem with its code, and what a person can do about it."""
    from workflows.engine.model.problem_meanings import PROBLEMS

    shown = f"problem: {problem['text']} ({problem['code']})"
    meaning = PROBLEMS.get(problem["code"])
    return [shown, f"  what to do: {meaning.way_out}"] if meaning else [shown]


def choice_lines(choices: list[dict[str, Any]]) -> list[str]:
    """A line for each transition that people can send an event for; the events of machines share one line."""
    lines = [_choice(choice) for choice in choices if not _is_for_machines(choice)]
    machines = list(dict.fromkeys(choice["event"] for choice in choices if _is_for_machines(choice)))
    return [*lines, f"other tickets and machines can send {', '.join(machines)}"] if machines else lines


def _is_for_machines(choice: dict[str, Any]) -> bool:
    """Whether no person can send the event: it is the engine's own, or only the engine may send it."""
    return str(choice["event"]).startswith(("ended.", "stanchion.")) or list(choice["by"]) == ["engine"]


def _choice(choice: dict[str, Any]) -> str:
    mark = "can" if choice["possible"] else "can't"
    text = f"you {mark} send {choice['event']}" + (f" → {choice['to']}" if choice["to"] else "")
    if not choice["permitted"]:
        text += f"; only for {', '.join(choice['by']) or 'those who may see the ticket'}"
    if choice["guard_holds"] is not True:
        known = f", with {named_values(choice['values'])}" if choice["values"] else ""
        text += f"; {choice['guard']} is not true{known}"
    if choice["lacks"]:
        text += f"; needs {', '.join(choice['lacks'])}"
    return text


def outbox(
    ticket: Annotated[str | None, typer.Option("--ticket", help="All notifications of this ticket.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200)] = 50,
    person: options.As = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """List your notifications, the newest first, including those that could not be sent."""
    address = ("notifications",) if ticket is None else ("tickets", ticket, "notifications")
    page = Api(url, person).get(address, limit=limit)
    if as_json:
        print_json(page)
        return
    for notice in page["items"]:
        say(f"{notice['created_at']}  {notice['ticket']}  to {notice['person'] or 'nobody'} ({notice['status']})")
        if notice["subject"] is None:
            continue
        say(f"  {notice['subject']}")
        for line in notice["body"].splitlines():
            say(f"  {line}")


def _all(api: Api, address: Segments) -> list[dict[str, Any]]:
    """The items of every page of a list."""
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = api.get(address, limit=200, cursor=cursor)
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items
