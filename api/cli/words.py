"""Entries of the timeline, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from definitions.text.breadcrumb import ordinal

Data = Mapping[str, Any]


def told(entry: Mapping[str, Any]) -> str:
    """One entry as a short sentence; who did it stands beside it. A kind that is not known is told as it is."""
    data: Data = entry["data"]
    words = _WORDS.get(entry["kind"])
    if words:
        return words(data)
    rest = ", ".join(f"{name} {value}" for name, value in data.items())
    return f"{entry['kind']} {rest}".rstrip()


def length(seconds: int) -> str:
    """Seconds as people say them, in its two largest units: ``3h 45m``; a working day has no fixed length."""
    sign, rest = ("-" if seconds < 0 else ""), abs(seconds)
    parts = [(rest // 3600, "h"), (rest % 3600 // 60, "m"), (rest % 60, "s")]
    shown = [f"{number}{unit}" for number, unit in parts if number][:2]
    return sign + (" ".join(shown) or "0s")


def names(people: Any) -> str:
    """``bob, dora`` of a list; ``nobody`` where it is empty."""
    if isinstance(people, str):
        return people
    return ", ".join(str(one) for one in people or ()) or "nobody"


def moved(request: Data) -> str:
    """Why somebody holds a request that was first meant for another one, or has come late."""
    if request["why"] == "joined":
        place = f" for {request['asked_for']}" if request["asked_for"] else ""
        return f"{request['person']} has joined{place}, and taken a place that was vacant"
    how = "by hand" if request["why"] == "delegated" else f"{request['asked_for']} is out of office"
    return f"{request['person']} stands in for {request['asked_for']}: {how}"


def _opened(_data: Data) -> str:
    return "opened it"


def _event(data: Data) -> str:
    return f"sent {data.get('name')}" + (f", from {data['ticket']}" if data.get("ticket") else "")


def _moved(data: Data) -> str:
    before, after = (", ".join(data.get(part) or ()) or "·" for part in ("exited", "entered"))
    return f"{before} → {after}"


def _edited(data: Data) -> str:
    return "wrote " + ", ".join(f"{name} = {_value(new)}" for name, (_, new) in data.get("changes", {}).items())


def _value(value: Any) -> str:
    return "nothing" if value is None else str(value)


def _assigned(data: Data) -> str:
    return f"assigned to {data['to']}" if data.get("to") else "took the assignee away"


def _comment(data: Data) -> str:
    return f"{'internally: ' if data.get('internal') else ''}“{data.get('text')}”"


def _vote(data: Data) -> str:
    of = f" for {data['for']}" if data.get("for") else ""
    reason = f": “{data['comment']}”" if data.get("comment") else ""
    return f"{data.get('decision')}s {data.get('state')}{of}{reason}"


def _asked(data: Data) -> str:
    if data.get("reset"):
        return f"{data.get('state')} is asked anew: {names(data['reset'])} has changed"
    stage = f", stage {data['stage']}" if data.get("stage") else ""
    joined = "asks who has joined: " if data.get("why") == "joined" else "asks "
    return f"{joined}{names(data.get('people'))} ({data.get('required')} must approve{stage})"


def _delegated(data: Data) -> str:
    if data.get("why") == "given_back":
        return f"gave {data.get('to')} the request that {data.get('from')} can't answer any more"
    if data.get("from"):
        return f"handed {data['from']}'s request to {data.get('to')}: {data['from']} is out of office"
    return f"handed the request to {data.get('to')}"


def _withdrawn(data: Data) -> str:
    left = ": no longer asked, they have left" if data.get("why") == "left" else ""
    return f"withdrew the request of {names(data.get('people'))}{left}"


def _decided(data: Data) -> str:
    return f"{data.get('state')} is {data.get('outcome')}" + _because(data)


def _outcome(data: Data) -> str:
    return f"{data.get('state')} goes on: {data.get('name')}" + _because(data)


def _because(data: Data) -> str:
    return f" ({str(data['reason']).replace('_', ' ')})" if data.get("reason") else ""


def _timer(data: Data) -> str:
    after = str(data.get("after") or "")
    when = f": {after}" if after.startswith("until ") else f", after {after}" if after else ""
    return f"time is up in {data.get('state')}{when}"


def _task(data: Data) -> str:
    task, because = f"task {data.get('task')}", f": “{data['comment']}”" if data.get("comment") else ""
    if data.get("opened"):
        return f"{task} opened"
    if data.get("overdue"):
        return f"{task} is due"
    if data.get("claimed"):
        return f"took {task}"
    if data.get("withdrawn"):
        return f"{task} is not wanted any more"
    if data.get("why"):
        return f"handed {task} from {data.get('from')} to {data.get('to')}: {_REASONS.get(data['why'], data['why'])}"
    ticked = f"ticked {names(data['checked'])}" if data.get("checked") else ""
    if data.get("result"):
        return f"{task} {data['result']}" + (f", {ticked}" if ticked else "") + because
    return (f"{ticked} of {task}" if ticked else f"wrote into {task}") + because


def _run(data: Data) -> str:
    if data.get("ended"):
        return f"automation of {data.get('state')} {data['ended']}" + (
            f": {data['reason']}" if data.get("reason") else ""
        )
    of_each = f", {ordinal(int(data['element']) + 1)} element" if data.get("element") is not None else ""
    step = f"automation of {data.get('state')}: step {int(data.get('step', 0)) + 1}{of_each}"
    if data.get("callback_until"):
        return f"{step} is asked for, and waits for its callback until {data['callback_until']}"
    if data.get("called_back"):
        return f"{step} is called back"
    return f"{step} done" + (f", saved {data['saved']}" if data.get("saved") else "")


def _child(data: Data) -> str:
    ticket = data.get("ticket") or "a ticket"
    if data.get("started"):
        return f"started {ticket}"
    if data.get("detached"):
        return f"{ticket} goes on by itself: {data.get('reason')}"
    return f"{ticket} has ended in {data.get('ended')}" + (", failed" if data.get("failed") else "")


def _sent(data: Data) -> str:
    to, event = names(data.get("to")), data.get("event")
    return f"{to} did not take {event}: {data['refused']}" if data.get("refused") else f"sent {event} to {to}"


def _cost(data: Data) -> str:
    note = f": {data['note']}" if data.get("note") else ""
    return f"costs {data.get('amount')} {data.get('currency') or ''}".rstrip() + note


def _clock(data: Data) -> str:
    level, what = data.get("level"), data.get("what")
    if what == "started":
        return f"{level}: started" + (f", {data['target']}" if data.get("target") else ", without a target")
    if what == "retargeted":
        return f"{level}: now {data.get('to') or 'without a target'} instead of {data.get('from') or 'none'}"
    if what == "calendar":
        return f"{level}: counts by {data.get('to')} instead of {data.get('from')}"
    if what == "threshold":
        return f"{level}: reached {data.get('at')}"
    return f"{level}: {what}"


def _corrected(data: Data) -> str:
    moved = [one for one in data.get("levels", ()) if one["was"] != one["is"]]
    verdicts = [f"{one['level']} {one['was']} → {one['is']}" for one in moved]
    came = f" ({', '.join(verdicts)})" if verdicts else ""
    times = f"was at {data.get('effective')}, not at {data.get('recorded')}"
    return f"corrected step {data.get('step')}: it {times}: “{data.get('comment')}”{came}"


def _problem(data: Data) -> str:
    return f"problem: {data.get('text')} ({data.get('code')})"


def _notified(data: Data) -> str:
    return f"told {names(data.get('people') or data.get('to'))}"


def _migrated(data: Data) -> str:
    moved = ", ".join(f"{old} → {new}" for old, new in (data.get("map") or {}).items())
    what = "took its calendars anew"
    if data.get("from") != data.get("to"):
        what = f"moved it from definition {str(data.get('from'))[:12]} to {str(data.get('to'))[:12]}"
    forgot = f", without {names(data['forgotten'])}" if data.get("forgotten") else ""
    return what + (f" ({moved})" if moved else "") + forgot


def _ended(data: Data) -> str:
    return f"ended in {data.get('state')}" + (", failed" if data.get("failed") else "")


_REASONS: Mapping[str, str] = {
    "left": "there is nobody any more",
    "new_owner": "the service is theirs now",
    "out_of_office": "out of office",
}
_WORDS: Mapping[str, Callable[[Data], str]] = {
    "opened": _opened,
    "event": _event,
    "moved": _moved,
    "edited": _edited,
    "assigned": _assigned,
    "comment": _comment,
    "vote": _vote,
    "asked": _asked,
    "delegated": _delegated,
    "withdrawn": _withdrawn,
    "decided": _decided,
    "outcome": _outcome,
    "timer": _timer,
    "task": _task,
    "run": _run,
    "child": _child,
    "sent": _sent,
    "cost": _cost,
    "clock": _clock,
    "corrected": _corrected,
    "problem": _problem,
    "notified": _notified,
    "ended": _ended,
    "migrated": _migrated,
}
