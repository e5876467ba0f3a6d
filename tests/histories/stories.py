"""The stories that are played to record histories: one for each shipped process, and for a ticket's other paths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from definitions.loading.folders import SHIPPED
from definitions.people.directory import Actor, Directory
from definitions.schema.model import Json
from definitions.schema.organization import Organization
from tests.paths import EXAMPLES
from tests.servers.families import DEFINITIONS as REACHING
from workflows.engine.model.automation import Place
from workflows.engine.model.events import CalledBack, Comment, Edit, Send, UpdateTask, Vote
from workflows.ticket.messages import HISTORY_BOUND, Sent

ANSWERING = "a server that answers"
"""Stands for its address, which another recording has not got again."""
MIGRATING = EXAMPLES / "migration"
ROLLING_OUT = EXAMPLES / "rollout"


@dataclass(frozen=True, slots=True)
class Deed:
    """One action of a person; ``refused`` is the code of the expected refusal."""

    who: str
    name: str
    fields: Mapping[str, Json] = field(default_factory=dict)
    refused: str | None = None

    def event(self, organization: Organization) -> Sent:
        """The event, with the organization's facts about the person."""
        actor = Actor(**asdict(Directory(organization).actor(self.who)))
        match self.name:
            case "comment":
                return Comment(actor, str(self.fields["comment"]))
            case "edit":
                return Edit(actor, self.fields)
            case "approve":
                return Vote(actor, "approve")
            case "reject":
                return Vote(actor, "reject", str(self.fields["comment"]))
            case "task":
                return UpdateTask(actor, str(self.fields["id"]), "done")
            case "call_back":
                return CalledBack(Place(str(self.fields["state"]), 1, 0), self.fields["done"])
            case _:
                return Send(self.name, actor, self.fields)


@dataclass(frozen=True, slots=True)
class Reorganized:
    """The organization changes: parts of it are replaced, and the ticket is notified."""

    parts: Mapping[str, Mapping[str, Json]]

    def of(self, organization: Organization) -> Organization:
        """The organization with these entries in place of the entries with the same ids."""
        whole = organization.model_dump(by_alias=True)
        return Organization.model_validate(whole | {part: {**whole[part], **new} for part, new in self.parts.items()})


@dataclass(frozen=True, slots=True)
class Story:
    """A ticket from its opening on; ``history_bound`` is the number of events after which it continues as new."""

    process: str
    opener: str
    fields: Mapping[str, Json]
    deeds: tuple[Deed | Reorganized, ...]
    history_bound: int = HISTORY_BOUND
    definitions: Path = SHIPPED
    with_child: bool = False
    """The first of its children is kept as well."""


_CHANGE: Mapping[str, Json] = {
    "summary": "Swap core switch",
    "service": "email",
    "impact": "high",
    "likelihood": "medium",
}
_PLAN: Mapping[str, Json] = {
    "planned_start": "2099-03-14T19:00:00Z",
    "planned_end": "2099-03-14T21:00:00Z",
    "backout_plan": "Put the old one back",
}
_AWAY: Mapping[str, Json] = {"from": "2020-01-01", "to": "2099-12-31", "delegate": "goran"}
_RESOLVED: Mapping[str, Json] = {"resolution_code": "fixed", "resolution": "Restarted"}

STORIES: Mapping[str, Story] = {
    "incident": Story(
        "incident",
        "erin",
        {"summary": "No mail", "service": "email", "impact": "high"},
        (
            Deed("erin", "start", refused="not_permitted"),
            Deed("alice", "start"),
            Deed("alice", "hold", {"hold_reason": "awaiting_caller"}),
            Deed("erin", "comment", {"comment": "It is the whole floor."}),
            Deed("alice", "resolve", _RESOLVED),
            Deed("erin", "reopen", {"comment": "Not for me."}),
            Deed("alice", "resolve", _RESOLVED),
            Deed("erin", "close"),
        ),
    ),
    "incident_waiting": Story(
        "incident",
        "erin",
        {"summary": "No mail", "service": "email"},
        (Deed("alice", "start"), Deed("alice", "resolve", _RESOLVED)),
    ),
    "change": Story(
        "change",
        "alice",
        _CHANGE,
        (
            Deed("alice", "submit", refused="missing_fields"),
            Deed("alice", "edit", _PLAN),
            Deed("alice", "submit"),
            Deed("carol", "assessed", {"impact": "high", "likelihood": "medium"}),
            Deed("carol", "approve"),
            Deed("dora", "approve"),
            Deed("bob", "approve"),
            Deed("carol", "start"),
            Deed("carol", "task", {"id": "do"}),
            Deed("carol", "task", {"id": "verify"}),
            Deed("carol", "complete"),
        ),
    ),
    "change_rejected_and_waiting": Story(
        "change",
        "alice",
        {**_CHANGE, **_PLAN},
        (
            Deed("alice", "submit"),
            Deed("carol", "assessed"),
            Deed("carol", "reject", {"comment": "Not in this quarter."}),
            Deed("alice", "submit"),
            Deed("carol", "assessed"),
            Deed("carol", "approve"),
        ),
    ),
    "change_of_people_who_leave": Story(
        "change",
        "alice",
        {**_CHANGE, **_PLAN},
        (
            Deed("alice", "submit"),
            Deed("carol", "assessed"),
            Deed("carol", "approve"),
            Reorganized({"people": {"erin": {"name": "Erin Obi", "out_of_office": [_AWAY]}}}),
            Reorganized({"teams": {"cab": {"members": ["dora", "erin", "frida"]}}}),
            Deed("bob", "approve"),
            Deed("dora", "approve"),
            Deed("goran", "approve"),
            Deed("carol", "start"),
            Deed("carol", "task", {"id": "do"}),
            Reorganized({"services": {"email": {"title": "E-mail", "owner": "dora", "team": "service_desk"}}}),
            Deed("dora", "task", {"id": "verify"}),
        ),
    ),
    "incident_in_many_runs": Story(
        "incident",
        "erin",
        {"summary": "No mail", "service": "email"},
        (
            Deed("alice", "start"),
            *(Deed("erin", "comment", {"comment": f"Any news? ({number})"}) for number in range(6)),
            Deed("alice", "resolve", _RESOLVED),
            Deed("erin", "close"),
        ),
        history_bound=20,
    ),
    "errand": Story(
        "errand",
        "alice",
        {"summary": "Go and see"},
        (Deed("alice", "loose"), Deed("alice", "go")),
        definitions=REACHING,
    ),
    "errand_left": Story(
        "errand",
        "alice",
        {"summary": "Go and see", "how": "break"},
        (Deed("alice", "go"), Deed("alice", "stop"), Deed("alice", "close")),
        definitions=REACHING,
    ),
    "errand_for_each": Story(
        "errand",
        "alice",
        {"summary": "Go and see", "hows": ["answer", "falter", "answer"]},
        (Deed("alice", "all"),),
        definitions=REACHING,
    ),
    "errand_called_back": Story(
        "errand",
        "alice",
        {"summary": "Have it done", "how": ANSWERING},
        (Deed("alice", "hand"), Deed("engine", "call_back", {"state": "handing", "done": {"text": "It is done"}})),
        definitions=REACHING,
    ),
    "packing_with_failed_steps": Story(
        "packing",
        "alice",
        {"summary": "Send the old racks away"},
        (Deed("alice", "pack"), Deed("alice", "close")),
        definitions=REACHING,
    ),
    "project": Story(
        "project",
        "alice",
        {"summary": "Build", "names": ["a", "b"]},
        (Deed("alice", "spawn"), Deed("alice", "all"), Deed("alice", "rush")),
        definitions=REACHING,
        with_child=True,
    ),
    "project_left_by_stubborn_children": Story(
        "project",
        "alice",
        {"summary": "Build", "names": ["a"], "stubborn": True},
        (Deed("alice", "all"), Deed("alice", "leave"), Deed("alice", "praise"), Deed("alice", "last_words")),
        definitions=REACHING,
        with_child=True,
    ),
    "project_that_can_not_start": Story(
        "project",
        "alice",
        {"summary": "Build"},
        (Deed("alice", "wrong"), Deed("alice", "close")),
        definitions=REACHING,
    ),
    "project_in_many_runs": Story(
        "project",
        "alice",
        {"summary": "Build", "names": ["a"]},
        (Deed("alice", "all"), *(Deed("alice", "tick") for _ in range(5)), Deed("alice", "rush")),
        history_bound=25,
        definitions=REACHING,
    ),
    "launch": Story(
        "launch",
        "alice",
        {"summary": "Two waves", "bake": "1s", "report": "wave_done"},
        (Deed("alice", "go"),),
        definitions=ROLLING_OUT,
        with_child=True,
    ),
    "launch_back": Story(
        "launch",
        "alice",
        {"summary": "One is not healthy", "second": ["b", "lemon"]},
        (Deed("alice", "go"), Deed("alice", "close")),
        definitions=ROLLING_OUT,
        with_child=True,
    ),
    "launch_aborted": Story(
        "launch",
        "alice",
        {"summary": "Paused, resumed and aborted", "bake": "1h"},
        (
            Deed("alice", "go"),
            Deed("alice", "pause"),
            Deed("alice", "resume"),
            Deed("alice", "abort"),
            Deed("alice", "close"),
        ),
        definitions=ROLLING_OUT,
        with_child=True,
    ),
    "door_migrated": Story(
        "door",
        "alice",
        {"summary": "A door to the yard"},
        (
            Deed("alice", "submit"),
            Deed("bob", "approve"),
            Deed("alice", "migrate", {"draft": "plan"}, refused="not_permitted"),
            Deed("dora", "migrate", {"draft": "plan"}),
            Deed("carol", "approve"),
            Deed("alice", "task", {"id": "cut"}),
            Deed("alice", "task", {"id": "hang"}),
        ),
        definitions=MIGRATING,
    ),
    "door_migrated_and_over": Story(
        "door",
        "alice",
        {"summary": "A door to the yard"},
        (
            Deed("dora", "migrate", {"draft": "plan"}),
            Deed("alice", "submit"),
            Deed("carol", "reject", {"comment": "Not this one"}),
            Deed("alice", "submit"),
            Deed("carol", "approve"),
            Deed("alice", "task", {"id": "cut"}),
            Deed("alice", "task", {"id": "hang"}),
            Deed("alice", "task", {"id": "paint"}),
        ),
        history_bound=25,
        definitions=MIGRATING,
    ),
    "release": Story(
        "release",
        "elif",
        {
            "summary": "Close the hole in the login",
            "service": "web_shop",
            "version": "4.1.1",
            "kind": "emergency",
            "planned_start": "2026-01-01T20:00:00Z",
            "planned_end": "2099-01-01T20:00:00Z",
            "backout_plan": "Put 4.1.0 back",
        },
        (
            Deed("anton", "hold", {"comment": "The campaign is not ready"}),
            Deed("elif", "planned", refused="guard_failed"),
            Deed("anton", "unhold"),
            Deed("elif", "planned"),
            Deed("felix", "built", {"build": "shop-4.1.1-rc1"}),
            Deed("anton", "task", {"id": "acceptance"}),
            Deed("felix", "task", {"id": "regression"}),
            Deed("anton", "approve"),
            Deed("jonas", "pause"),
            Deed("jonas", "resume"),
            Deed("jonas", "abort", {"comment": "Orders get lost"}),
            Deed("jonas", "close", {"lessons": "A longer canary"}),
        ),
        with_child=True,
    ),
}
