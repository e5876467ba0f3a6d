"""A traced event for people and for programs: the event, the transitions, the effects, the timeline."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, assert_never

from pydantic_core import to_jsonable_python

from api.cli.words import names, told
from definitions.pinned import Pinned
from definitions.schema.model import Json
from definitions.times import to_text
from workflows.engine.model.automation import Automate, CancelRun, SendEvent, StartTicket, TellEnd
from workflows.engine.model.availability import CheckPeople
from workflows.engine.model.effects import AskApprovers, Effect, ExtendCalendars, LookUpServices, Notify
from workflows.engine.model.events import Event, Migrate
from workflows.engine.model.result import Step
from workflows.engine.model.snapshot import Snapshot
from workflows.ticket.messages import EventEnvelope
from workflows.ticket.tracing import Noted, Traced, TracedRefusal, TracedStep

LONGEST = 100
"""Characters of one value of an event; ``--json`` has all of it."""
_LEFT_OUT = ("actor", "services", "organization")

Document = dict[str, Any]


def document(traced: Traced) -> Document:
    """A traced event as JSON."""
    event, history = _event(traced.event), traced.workflow_task
    match traced:
        case TracedRefusal(refusal=refusal):
            what = {"repeated": True} if refusal is None else {"refused": refusal.code, "reason": refusal.reason}
            return {
                "revision": traced.revision, "at": to_text(traced.at), "workflow_task": history, "event": event, **what
            }  # fmt: skip
        case TracedStep(step=step):
            return {
                "revision": step.snapshot.revision,
                "at": to_text(step.snapshot.at),
                "workflow_task": history,
                "event": event,
                "transitions": [_transition(traced, index) for index in step.taken],
                "exited": _moved(step, "exited"),
                "entered": _moved(step, "entered"),
                "effects": [{"effect": one.kind, **_plain(one)} for one in step.effects],
                "timeline": [
                    {"kind": one.kind, "actor": one.actor, "at": to_text(one.at), "data": to_jsonable_python(one.data)}
                    for one in step.audit
                ],
                "changed": _changed(traced.before, step.snapshot),
                "configuration": list(step.snapshot.configuration),
            }
        case _:
            assert_never(traced)


def lines(traced: Traced) -> Iterator[str]:
    """The same for people: a heading, and a line for each thing that happened."""
    shown = document(traced)
    event = shown["event"]
    by = f" by {event['actor']}" if event["actor"] else ""
    yield f"revision {shown['revision']}  {shown['at']}  {event['kind']}{by}  (workflow task {shown['workflow_task']})"
    data = {
        name: to_text(value) if name == "at" and isinstance(value, int) else value
        for name, value in event["data"].items()
    }
    if data.get("at") == shown["at"]:
        del data["at"]  # an opening carries the moment that the heading shows
    if data:
        yield _line("data", ", ".join(f"{name}={_short(value)}" for name, value in data.items()))
    match traced:
        case TracedRefusal(refusal=refusal):
            repeated = "the key was handled before, and its answer stands"
            yield _line("unchanged", f"refused: {refusal.reason} ({refusal.code})" if refusal else repeated)
        case TracedStep():
            yield from _happened(traced, shown)
        case _:
            assert_never(traced)


def _happened(traced: TracedStep, shown: Document) -> Iterator[str]:
    for one in shown["transitions"]:
        source, to = one["source"] or "(any state)", ", ".join(one["targets"]) or "(stays)"
        yield _line("took", f"{source} → {to}, {one['trigger']}")
    if shown["exited"]:
        yield _line("exited", ", ".join(shown["exited"]))
    if shown["entered"]:
        yield _line("entered", ", ".join(shown["entered"]))
    for effect in traced.step.effects:
        yield _line("wants", _effect(effect))
    for entry in shown["timeline"]:
        yield _line("timeline", f"{entry['actor']}: {told(entry)}")
    if not (traced.step.taken or traced.step.effects or traced.step.audit):
        yield _line("changed", ", ".join(shown["changed"]) or "nothing but the revision")


def _transition(traced: TracedStep, index: int) -> Document:
    compiled = traced.compiled
    rule, taken = compiled.rules[index], compiled.chart.transitions[index]
    if rule.timer is not None:
        timed = compiled.states[rule.source].after[rule.timer]
        trigger = f"after {timed.for_}" if timed.for_ else f"at {timed.until}"
    else:
        trigger = f"on {rule.event}" if rule.event else "always"
    return {"source": taken.source, "targets": list(taken.targets), "trigger": trigger}


def _event(event: Event | Migrate | Noted | EventEnvelope) -> Document:
    match event:
        case EventEnvelope(kind=kind, body=body):
            actor = body.get("actor")
            name = str(actor.get("id", "")) if isinstance(actor, Mapping) else None
            return {"kind": kind, "actor": name, "data": _given(to_jsonable_python(body))}
        case Noted():
            return {"kind": "noted", "actor": event.actor, "data": {}}
        case _:
            actor = getattr(event, "actor", None)
            return {"kind": event.kind, "actor": actor.id if actor else None, "data": _given(_plain(event))}


def _given(data: Mapping[str, Json]) -> Document:
    """What an event has of its own."""
    return {
        name: value for name, value in data.items() if name not in _LEFT_OUT and value not in (None, "", [], {}, False)
    }


def _plain(value: Any) -> Document:
    """Its fields as JSON; of a definition only its digest: all of it would be pages."""
    found = {one.name.removesuffix("_"): getattr(value, one.name) for one in fields(value)}
    return {name: one.digest if isinstance(one, Pinned) else to_jsonable_python(one) for name, one in found.items()}


def _moved(step: Step, part: str) -> list[str]:
    """The states of all moves of a step, in their order."""
    lists = [entry.data.get(part) for entry in step.audit if entry.kind == "moved"]
    return [str(state) for states in lists if isinstance(states, list) for state in states]


def _changed(before: Snapshot | None, after: Snapshot) -> list[str]:
    """The parts of the snapshot that the step has changed."""
    names_of = [one.name for one in fields(after) if one.name not in ("revision", "at")]
    return [name for name in names_of if before is None or getattr(before, name) != getattr(after, name)]


def _effect(effect: Effect) -> str:
    match effect:
        case Notify():
            return f"notify {names(effect.to)}: {effect.template or effect.message or effect.reason}"
        case AskApprovers():
            return f"look up the approvers of {effect.state}: {names(effect.from_)}"
        case CheckPeople():
            groups, tasks = [one.state for one in effect.groups], [one.state for one in effect.tasks]
            states = dict.fromkeys(groups + tasks)
            return f"check the approvers and holders of tasks in {names(states)}"
        case LookUpServices():
            return f"look up services: {names(effect.services)}"
        case ExtendCalendars():
            return f"extend the calendars until {to_text(effect.until)}"
        case Automate():
            return f"run {effect.what.title}"
        case CancelRun():
            return f"cancel the automation of {effect.state}"
        case StartTicket():
            return f"start {effect.process or effect.workflow}"
        case SendEvent():
            return f"send {effect.event} to {names(effect.to) if effect.to else effect.linked}"
        case TellEnd():
            told_to = [
                one for one in ((effect.parent.key if effect.parent else None), *dict(effect.links).values()) if one
            ]
            return f"report the end to {names(told_to)}"
        case _:
            assert_never(effect)


def _short(value: Json) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _line(label: str, text: str) -> str:
    return f"  {label:<9} {text}"
