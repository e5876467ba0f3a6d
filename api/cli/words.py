"""The timeline, and why a ticket is where it is, in words for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from definitions.text.breadcrumb import ordinal
from definitions.text.values import in_words
from workflows.engine.model.timeline import Entry, approval_entries, of
from workflows.engine.model.timeline import automation_entries as automation
from workflows.engine.model.timeline import clock_entries as clocks
from workflows.engine.model.timeline import task_entries as tasks
from workflows.engine.model.timeline import ticket_entries as tickets
from workflows.engine.model.timeline.shape import UnknownEntry

Data = Mapping[str, Any]


def told(entry: Data) -> str:
    """One entry, as the HTTP API gives it, in a short sentence; the actor stands beside it."""
    return words_of(of(entry["kind"], entry["data"]))


def words_of(entry: Entry) -> str:
    """One entry in a short sentence; an entry that this build does not know is shown as it is."""
    if isinstance(entry, tickets.TicketEntry):
        return _of_ticket(entry)
    if isinstance(entry, approval_entries.ApprovalEntry):
        return _of_approval(entry)
    if isinstance(entry, tasks.TaskEntry):
        return _of_task(entry)
    if isinstance(entry, automation.AutomationEntry):
        return _of_automation(entry)
    if isinstance(entry, clocks.ClockEntry):
        return _of_clock(entry)
    return _of_unknown(entry)


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
    """Why a person holds a request that was meant for another person, or has joined later."""
    if request["why"] == "joined":
        place = f" for {request['asked_for']}" if request["asked_for"] else ""
        return f"{request['person']} has joined{place}, and taken a place that was vacant"
    how = "by hand" if request["why"] == "delegated" else f"{request['asked_for']} is out of office"
    return f"{request['person']} stands in for {request['asked_for']}: {how}"


def cause_of(cause: str) -> str:
    """Why a ticket moved, to stand behind "after". A cause names an event, what the event is about, and its actor."""
    what, by, actor = cause.partition(" by ")
    name, _, subject = what.partition(" ")
    name = _OLD_NAMES.get(name, name)
    if not by:
        return "a timed transition" if name == "after" else name
    action = _ACTIONS.get(name, name) if subject or name == "open" else name
    return f"{action} {subject} by {actor}" if subject else f"{action} by {actor}"


_ACTIONS = {"open": "opening", "claim_task": "claim of task", "complete_run": "completion of run"}
_OLD_NAMES = {
    "updatetask": "task",
    "claimtask": "claim_task",
    "completerun": "complete_run",
    "calledback": "called_back",
    "peoplechecked": "availability",
    "organizationchanged": "organization",
    "childended": "child_end",
    "nottaken": "event_refusal",
}
"""Causes that tickets of older builds have kept: names of Python classes."""


def _of_ticket(entry: tickets.TicketEntry) -> str:
    match entry:
        case tickets.TicketOpened():
            return "opened the ticket"
        case tickets.EventTaken(name=name, ticket=ticket):
            return f"sent {name}" + (f", from {ticket}" if ticket else "")
        case tickets.OutcomeTaken(state=state, name=name):
            return f"outcome of {state}: {name}"
        case tickets.TimerFired(state=state, after=after):
            return f"time is up in {state}" + (f": {after}" if after.startswith("until ") else f", after {after}")
        case tickets.StatesMoved(exited=exited, entered=entered):
            return " → ".join(", ".join(part) or "·" for part in (exited, entered))
        case tickets.FieldsEdited(changes=changes):
            return "wrote " + _written(changes)
        case tickets.TicketAssigned():
            return _assigned(entry)
        case tickets.WatchersAdded() | tickets.WatchersRemoved():
            return _watched(entry)
        case tickets.CommentMade(text=text, internal=internal):
            return f"{'internally: ' if internal else ''}“{'' if text is None else text}”"
        case tickets.CostRecorded(amount=amount, currency=currency, note=note):
            return f"costs {in_words(amount)} {currency or ''}".rstrip() + (f": {note}" if note else "")
        case tickets.ProblemReported(code=code, text=text, state=state):
            return f"problem{f' in {state}' if state else ''}: {text} ({code})"
        case tickets.StepsTakenBack():
            return _taken_back(entry)
        case tickets.TicketMigrated():
            return _migrated(entry)
        case tickets.TicketEnded(state=state, failed=failed):
            return f"ended in {state}{_failed(failed)}"
        case _:
            assert_never(entry)


def _written(changes: Mapping[str, tuple[Any, Any]]) -> str:
    shown = ", ".join(f"{name} = {in_words(new)}" for name, (_, new) in changes.items())
    return shown or "fields that you may not see"


def _taken_back(entry: tickets.StepsTakenBack) -> str:
    notices = entry.notices
    unsent = f", and {notices} unsent notification{'s' if notices > 1 else ''}" if notices else ""
    return f"removed the steps that a crash undid: {names(entry.lost)}{unsent}"


def _assigned(entry: tickets.TicketAssigned) -> str:
    before = entry.from_
    if entry.to is None:
        return f"removed the assignee {before}" if before else "removed the assignee"
    return f"assigned to {entry.to}" + (f" instead of {before}" if before else "") + _reassigned(entry.why)


def _reassigned(why: str | None) -> str:
    return f", who {'has left' if why == 'left' else 'is out of office'}" if why else ""


def _watched(entry: tickets.WatchersAdded | tickets.WatchersRemoved) -> str:
    several = len(entry.people) > 1
    if isinstance(entry, tickets.WatchersAdded):
        return f"added {names(entry.people)} as {'watchers' if several else 'a watcher'}"
    return f"removed the watcher{'s' if several else ''} {names(entry.people)}" + (" (left)" if entry.why else "")


def _failed(failed: bool) -> str:
    return ", failed" if failed else ""


def _migrated(entry: tickets.TicketMigrated) -> str:
    text = "renewed its calendars"
    if entry.from_ != entry.to:
        text = f"migrated from definition {entry.from_[:12]} to {entry.to[:12]}"
    pairs = [*(entry.map or {}).items(), *(entry.fields or {}).items()]
    pairs += [
        (f"{name}: {old}", new) for name, options in (entry.options or {}).items() for old, new in options.items()
    ]
    renamed = ", ".join(f"{old} → {new}" for old, new in pairs)
    forgotten = f", without {names(entry.forgotten)}" if entry.forgotten else ""
    return text + (f" ({renamed})" if renamed else "") + forgotten


def _of_approval(entry: approval_entries.ApprovalEntry) -> str:
    match entry:
        case approval_entries.ApprovalRequested(state=state, people=people, required=required, stage=stage):
            of_stage = f", stage {stage}" if stage else ""
            return f"requests approval in {state} from {names(people)} ({required} must approve{of_stage})"
        case approval_entries.ApproversJoined(state=state, people=people, required=required):
            return f"requests approval in {state} from {names(people)}, who joined ({required} must approve)"
        case approval_entries.ApprovalReset(state=state, reset=reset):
            return f"restarts the approval in {state}: {names(reset)} changed"
        case approval_entries.VoteCast(state=state, decision=decision, comment=comment, for_=for_):
            return f"{decision}s {state}" + (f" for {for_}" if for_ else "") + _because(comment)
        case approval_entries.RequestDelegated(state=state, to=to):
            return f"delegated the request in {state} to {to}"
        case approval_entries.RequestMoved():
            return _moved_request(entry)
        case approval_entries.RequestsWithdrawn(state=state, people=people):
            return f"withdrew the request of {names(people)} in {state}"
        case approval_entries.ApproversLeft(state=state, people=people):
            return f"withdrew the request of {names(people)} in {state}: they left"
        case approval_entries.ApprovalDecided(state=state, outcome=outcome, reason=reason):
            return f"{state} is {outcome}" + (f" ({reason.replace('_', ' ')})" if reason else "")
        case _:
            assert_never(entry)


def _moved_request(entry: approval_entries.RequestMoved) -> str:
    holder, state, to = entry.from_, entry.state, entry.to
    match entry.why:
        case "out_of_office":
            return f"moved the request of {holder} in {state} to {to}: {holder} is out of office"
        case "given_back":
            return f"gave {to} the request in {state} that {holder} can't answer any more"
        case "delegated":
            return f"merged the request of {holder} in {state} with one that was delegated to {to}"
        case "joined":
            return f"merged the request of {holder} in {state} with one of {to}, who joined"
        case _:
            assert_never(entry.why)


def _because(comment: str | None) -> str:
    return f": “{comment}”" if comment else ""


def _of_task(entry: tasks.TaskEntry) -> str:
    task = f"task {entry.task}"
    match entry:
        case tasks.TaskOpened(assignee=assignee):
            return f"{task} opened" + (f" for {assignee}" if assignee else "")
        case tasks.TaskClaimed():
            return f"claimed {task}"
        case tasks.TaskUpdated(checked=checked, comment=comment):
            return (f"ticked {names(checked)} of {task}" if checked else f"updated {task}") + _because(comment)
        case tasks.TaskEnded(result=result, checked=checked, comment=comment):
            return f"{task} {result}" + (f", ticked {names(checked)}" if checked else "") + _because(comment)
        case tasks.TaskOverdue():
            return f"{task} is due"
        case tasks.TaskHandedOver(from_=before, to=after, why=why):
            return f"handed {task} from {before} to {after or 'everybody'}: {_HANDOVERS[why]}"
        case tasks.TaskWithdrawn():
            return f"withdrew {task}"
        case _:
            assert_never(entry)


_HANDOVERS: Mapping[tasks.HandoverReason, str] = {
    "left": "the former assignee is no longer there",
    "owner": "the service has another owner or team",
    "out_of_office": "out of office",
    "service": "the owner or team of the service is known now",
}


def _of_automation(entry: automation.AutomationEntry) -> str:
    match entry:
        case automation.RunStepDone(state=state, step=step, saved=saved):
            return f"automation of {state}: step {step + 1} done" + (f", saved {saved}" if saved else "")
        case automation.CallbackAwaited(callback_until=until):
            return f"{_request(entry)} waits for its callback until {until}"
        case automation.CallbackReceived():
            return f"{_request(entry)} received its callback"
        case automation.RunEnded(state=state, ended=ended, reason=reason, by_hand=None):
            return f"automation of {state} {ended}" + (f": {reason}" if reason else "")
        case automation.RunEnded(state=state, ended=ended, reason=reason, by_hand=saved):
            told = reason or ", ".join(f"{name} {in_words(value)}" for name, value in (saved or {}).items())
            return f"automation of {state} completed by hand, {ended}" + (f": {told}" if told else "")
        case automation.TicketStarted(ticket=ticket):
            return f"started {ticket}"
        case automation.ChildOver(ticket=ticket, ended=ended, failed=failed):
            return f"{ticket} ended in {ended}{_failed(failed)}"
        case automation.ChildDetached(ticket=ticket, reason=reason):
            return f"{ticket or 'a ticket'} continues by itself: {reason}"
        case automation.EventSent(to=to, event=event):
            return f"sent {event} to {names(to)}"
        case automation.EventNotTaken(to=to, event=event, refused=refused):
            return f"{to} did not take {event}: {refused}"
        case _:
            assert_never(entry)


def _request(entry: automation.CallbackAwaited | automation.CallbackReceived) -> str:
    element = "" if entry.element is None else f", {ordinal(entry.element + 1)} element,"
    return f"automation of {entry.state}: step {entry.step + 1}{element}"


def _of_clock(entry: clocks.ClockEntry) -> str:
    match entry:
        case clocks.ClockStarted(level=level, target=target):
            return f"{level}: started" + (f", {target}" if target else ", without a target")
        case clocks.ClockChanged(level=level, what=what):
            return f"{level}: {what}"
        case clocks.ClockRetargeted(level=level, from_=before, to=after):
            return f"{level}: now {after or 'without a target'} instead of {before or 'none'}"
        case clocks.CalendarChanged(level=level, from_=before, to=after):
            return f"{level}: counts by {after} instead of {before}"
        case clocks.ThresholdReached(level=level, at=at):
            return f"{level}: reached {at}"
        case clocks.TimeCorrected():
            return _corrected(entry)
        case _:
            assert_never(entry)


def _corrected(entry: clocks.TimeCorrected) -> str:
    verdicts = [f"{one.level} {one.was} → {one.is_}" for one in entry.levels if one.was != one.is_]
    changed = f" ({', '.join(verdicts)})" if verdicts else ""
    times = f"it was at {entry.effective}, not at {entry.recorded}"
    return f"corrected revision {entry.step}: {times}{_because(entry.comment)}{changed}"


def _of_unknown(entry: UnknownEntry) -> str:
    rest = ", ".join(f"{name} {in_words(value)}" for name, value in entry.content.items())
    return f"{entry.kind} {rest}".rstrip()
