"""Values that name people, teams and services, and what a ticket must make of them wherever they arrive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PROCESS = """\
process: named
title: Named
practice: incident_management
prefix: NMD
may: {edit: person:alice}
fields:
  summary: {type: text}
  who: {type: person}
  reviewers: {type: person, list: true}
  crew: {type: team}
  svc: {type: service}
  usual: {type: service, default: email}
  gone: {type: person, default: nobody_here}
initial: open
states:
  open:
    tasks:
      - {id: do, title: Do, assign: person:alice, form: [who, reviewers, crew, svc]}
    on:
      ask: {by: person:alice, form: [who, reviewers, crew, svc, assignee]}
      close: over
      done: over
      failed: over
  over: {final: true}
"""
PATHS = ("start", "edit", "event", "task")


@dataclass(frozen=True)
class Taken:
    """The value is written, in this form."""

    value: Any


@dataclass(frozen=True)
class Wrong:
    """The value is refused as ``invalid_fields`` of its field, for this reason."""

    reason: str


ROWS: Mapping[str, tuple[str, Any, Taken | Wrong]] = {
    "a person": ("who", "bob", Taken("bob")),
    "blanks around a person": ("who", " bob\t", Taken("bob")),
    "an empty text": ("who", "", Taken(None)),
    "null": ("who", None, Taken(None)),
    "blanks alone": ("who", "  ", Wrong("who takes an id")),
    "an unknown person": ("who", "ghost", Wrong("who: there is no person 'ghost'")),
    "blanks around an unknown person": ("who", " ghost ", Wrong("who: there is no person 'ghost'")),
    "a number": ("who", 3, Wrong("who takes a person's id")),
    "true": ("who", True, Wrong("who takes a person's id")),
    "a mapping": ("who", {"id": "bob"}, Wrong("who takes a person's id")),
    "a list where one person is taken": ("who", ["bob"], Wrong("who takes a person's id")),
    "a text longer than an id": ("who", "b" * 201, Wrong(f"who: there is no person '{'b' * 201}'")),
    "people": ("reviewers", ["bob", "erin"], Taken(["bob", "erin"])),
    "blanks around people": ("reviewers", [" bob", "erin "], Taken(["bob", "erin"])),
    "an empty list": ("reviewers", [], Taken([])),
    "an empty text where a list is taken": ("reviewers", "", Taken(None)),
    "one person where a list is taken": ("reviewers", "bob", Wrong("reviewers takes a list")),
    "an empty text in a list": ("reviewers", ["bob", ""], Wrong("reviewers takes an id")),
    "unknown people": ("reviewers", ["x", "bob", " y "], Wrong("reviewers: there are no people 'x', 'y'")),
    "a number in a list": ("reviewers", ["ghost", 3], Wrong("reviewers takes a person's id")),
    "blanks around a team": ("crew", " cab ", Taken("cab")),
    "an unknown team": ("crew", "cub", Wrong("crew: there is no team 'cub'")),
    "blanks around a service": ("svc", " email ", Taken("email")),
    "an empty text for a service": ("svc", "", Taken(None)),
    "an unknown service": ("svc", "fax", Wrong("svc: there is no service 'fax'")),
}
ASSIGNEES: Mapping[str, tuple[Any, str | Wrong | None]] = {
    "a person": ("bob", "bob"),
    "blanks around a person": (" bob ", "bob"),
    "blanks around a team": (" team:cab ", "team:cab"),
    "a person in full": ("person:bob", "bob"),
    "an empty text": ("", None),
    "an unknown person": ("ghost", Wrong("assignee: there is no person 'ghost'")),
    "an unknown person in full": (" person:ghost ", Wrong("assignee: there is no person 'ghost'")),
    "an unknown team": ("team:cub", Wrong("assignee: there is no team 'cub'")),
    "an unknown role": ("role:king", Wrong("assignee: there is no role 'king'")),
    "several people": ("bob,erin", Wrong("assignee: there is no person 'bob,erin'")),
    "the engine": ("engine", Wrong("assignee: there is no person 'engine'")),
    "blanks alone": ("  ", Wrong("assignee takes a person's id, team:x or role:x")),
    "a team without a name": ("team: ", Wrong("assignee takes a person's id, team:x or role:x")),
    "everyone": ("everyone", Wrong("assignee takes a person's id, team:x or role:x")),
    "the manager of a person": ("manager_of(person:bob)", Wrong("assignee takes a person's id, team:x or role:x")),
    "the owner of a service": ("owner:email", Wrong("assignee takes a person's id, team:x or role:x")),
}
"""An assignee is given by the forms of events alone."""
FIRST: Mapping[str, tuple[str, str, str]] = {
    "who may not edit": ("edit", "erin", "not_permitted"),
    "who may not send the event": ("event", "erin", "not_permitted"),
    "who does not hold the task": ("task", "erin", "not_permitted"),
    "an edit after the end": ("edit after the end", "alice", "ended"),
}
"""What stands in the way of an event whatever its values are is said before the unknown person that it names."""


def step(path: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The step of a scenario that brings the values by this path; ``start`` has none."""
    match path.partition(" ")[0]:
        case "edit":
            return {"edit": dict(values)}
        case "event":
            return {"send": "ask", "with": dict(values)}
        case "task":
            return {"task": {"id": "do", "done": True}, "with": dict(values)}
        case _:
            raise AssertionError(path)
