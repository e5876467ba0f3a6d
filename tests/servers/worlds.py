"""An organization and its tickets, for the tests of activities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from activities.world import World
from definitions.schema.organization import Organization
from workflows.contracts import RecordBatch, RecordedStep
from workflows.engine.model.approval import ApprovalState
from workflows.engine.model.effects import Notify
from workflows.engine.model.result import AuditEntry
from workflows.engine.model.snapshot import Snapshot, Visit

NOW = 1_772_438_400
"""2026-03-02T08:00:00Z."""

ORGANIZATION = {
    "organization": {"name": "Example", "time_zone": "Europe/Berlin", "calendar": "office"},
    "people": {
        "alice": {"name": "Alice Ng", "email": "alice@example.com", "manager": "carol"},
        "bob": {
            "name": "Bob Ruiz",
            "email": "bob@example.com",
            "out_of_office": [{"from": "2026-08-03", "to": "2026-08-17", "delegate": "dora"}],
        },
        "carol": {"name": "Carol Weiss", "email": "carol@example.com", "manager": "dora"},
        "dora": {"name": "Dora Lind", "email": "dora@example.com"},
        "erin": {"name": "Erin Obi"},
    },
    "teams": {"cab": {"members": ["bob", "dora", "erin"]}, "service_desk": {"members": ["alice"]}},
    "roles": {"change_manager": ["carol"], "cab_chair": ["dora"], "nobody": []},
    "services": {
        "email": {"title": "E-mail", "owner": "carol", "team": "service_desk", "calendar": "office"},
        "directory": {"title": "Directory", "owner": "dora"},
    },
    "calendars": {
        "office": {
            "time_zone": "Europe/Berlin",
            "hours": {"mon-thu": ["09:00-12:30", "13:30-18:00"], "fri": ["09:00-15:00"]},
            "closed": ["2026-12-24"],
        }
    },
}


def world(templates: Mapping[str, str] | None = None, **changes: Any) -> World:
    """The organization of LANGUAGE, section 7, with texts and with some of its parts replaced."""
    return World(Organization.model_validate(ORGANIZATION | changes), templates or {})


def ticket(key: str = "CHG-1", revision: int = 1, **changes: Any) -> Snapshot:
    """A ticket that alice opened, in its ``revision``."""
    values: dict[str, Any] = {
        "key": key,
        "process": "change",
        "revision": revision,
        "at": NOW + revision,
        "opened_at": NOW,
        "opener": "alice",
        "configuration": ("authorize",),
        "fields": {"summary": "Swap core switch", "service": "email"},
    }
    return Snapshot(**(values | changes))


def entries(*texts: str, kind: Any = "comment", at: int = NOW, **data: Any) -> tuple[AuditEntry, ...]:
    """Comments of alice."""
    return tuple(AuditEntry(kind, at, "alice", {"text": text, **data}) for text in texts)


def batch(snapshot: Snapshot | None = None, steps: Sequence[RecordedStep] | None = None, **changes: Any) -> RecordBatch:
    """One macrostep of a ticket with one comment, or the given steps."""
    of = snapshot or ticket()
    one = (RecordedStep(of.revision, entries(f"step {of.revision}")),)
    values: dict[str, Any] = {
        "process": "change",
        "digest": "d1",
        "snapshot": of,
        "state": of.configuration[-1:],
        "see": ("person:alice", "team:cab"),
        "steps": one if steps is None else tuple(steps),
    }
    return RecordBatch(**(values | changes))


def notice(*to: str, id: str = "CHG-1:authorize:1:1.1", **changes: Any) -> Notify:  # noqa: A002
    """A notify effect."""
    return Notify(id=id, to=to, **({"message": "Look at this"} | changes))


def asked(**changes: Any) -> dict[str, Any]:
    """The part of a snapshot that makes a ticket wait in its first approval."""
    state = ApprovalState(visit=1, round=1, stage=0, opened=NOW, asked=True, required=1, expires=NOW + 172_800)
    values = {name: getattr(state, name) for name in state.__dataclass_fields__}
    return {"visits": {"authorize": Visit(1, NOW)}, "approvals": {"authorize": ApprovalState(**(values | changes))}}
