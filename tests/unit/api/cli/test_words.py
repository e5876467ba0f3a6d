"""The timeline in plain words: every kind of entry, and what varies in it."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from api.cli.words import length, told
from workflows.engine.model.result import AuditKind

CASES: list[tuple[AuditKind, dict[str, Any], str]] = [
    ("opened", {"process": "change", "fields": {"summary": "Swap"}}, "opened it"),
    ("event", {"name": "submit"}, "sent submit"),
    ("event", {"name": "ended.caused_by", "ticket": "PRB-1"}, "sent ended.caused_by, from PRB-1"),
    ("moved", {"exited": ["draft"], "entered": ["assess"]}, "draft → assess"),
    ("moved", {"exited": [], "entered": ["draft"]}, "· → draft"),
    ("edited", {"changes": {"impact": ["low", "high"], "plan": ["x", None]}}, "wrote impact = high, plan = nothing"),
    ("assigned", {"from": "alice", "to": "role:change_manager"}, "assigned to role:change_manager"),
    ("assigned", {"from": "alice"}, "took the assignee away"),
    ("comment", {"text": "Thanks"}, "“Thanks”"),
    ("comment", {"text": "Hm", "internal": True}, "internally: “Hm”"),
    ("vote", {"state": "authorize", "decision": "approve"}, "approves authorize"),
    (
        "vote",
        {"state": "authorize", "decision": "reject", "comment": "no plan", "for": "bob"},
        "rejects authorize for bob: “no plan”",
    ),
    (
        "asked",
        {"state": "authorize", "people": ["bob", "dora", "erin"], "required": 1},
        "asks bob, dora, erin (1 must approve)",
    ),
    (
        "asked",
        {"state": "authorize", "people": ["bob"], "required": 1, "stage": "board"},
        "asks bob (1 must approve, stage board)",
    ),
    ("asked", {"state": "authorize", "people": [], "required": 1}, "asks nobody (1 must approve)"),
    ("asked", {"state": "authorize", "reset": ["impact"]}, "authorize is asked anew: impact has changed"),
    ("delegated", {"state": "authorize", "to": "dora"}, "handed the request to dora"),
    ("withdrawn", {"state": "authorize", "people": ["erin"]}, "withdrew the request of erin"),
    ("decided", {"state": "authorize", "outcome": "approved"}, "authorize is approved"),
    (
        "decided",
        {"state": "authorize", "outcome": "rejected", "reason": "not_enough_approvers"},
        "authorize is rejected (not enough approvers)",
    ),
    ("outcome", {"state": "authorize", "name": "approved"}, "authorize goes on: approved"),
    ("timer", {"state": "review", "after": "5d"}, "time is up in review, after 5d"),
    ("timer", {"state": "scheduled", "after": "until ticket.start"}, "time is up in scheduled: until ticket.start"),
    ("task", {"state": "implement", "task": "do", "opened": True}, "task do opened"),
    ("task", {"state": "implement", "task": "do", "overdue": True}, "task do is due"),
    ("task", {"state": "implement", "task": "do", "claimed": True}, "took task do"),
    ("task", {"state": "implement", "task": "do", "checked": ["Backup"]}, "ticked Backup of task do"),
    ("task", {"state": "implement", "task": "do"}, "wrote into task do"),
    ("task", {"state": "implement", "task": "do", "result": "done"}, "task do done"),
    (
        "task",
        {"state": "implement", "task": "do", "result": "failed", "checked": ["a", "b"], "comment": "It burns"},
        "task do failed, ticked a, b: “It burns”",
    ),
    ("run", {"state": "order", "step": 0, "saved": "seen"}, "automation of order: step 1 done, saved seen"),
    ("run", {"state": "order", "ended": "done"}, "automation of order done"),
    ("run", {"state": "order", "ended": "failed", "reason": "no answer"}, "automation of order failed: no answer"),
    ("child", {"state": "build", "ticket": "PRB-2", "started": True}, "started PRB-2"),
    ("child", {"ticket": "PRB-2", "ended": "closed", "failed": False}, "PRB-2 has ended in closed"),
    ("child", {"ticket": "PRB-2", "ended": "gone", "failed": True}, "PRB-2 has ended in gone, failed"),
    ("child", {"ticket": "PRB-2", "detached": True, "reason": "ended"}, "PRB-2 goes on by itself: ended"),
    ("sent", {"to": ["INC-1", "INC-2"], "event": "fixed"}, "sent fixed to INC-1, INC-2"),
    ("sent", {"to": "linked:caused_by", "event": "fixed"}, "sent fixed to linked:caused_by"),
    ("sent", {"to": "INC-1", "event": "fixed", "refused": "ended"}, "INC-1 did not take fixed: ended"),
    ("cost", {"amount": 12.5, "currency": "EUR", "note": "a disk"}, "costs 12.5 EUR: a disk"),
    ("clock", {"level": "decision", "what": "started", "target": "3d"}, "decision: started, 3d"),
    ("clock", {"level": "decision", "what": "started"}, "decision: started, without a target"),
    ("clock", {"level": "decision", "what": "paused"}, "decision: paused"),
    ("clock", {"level": "decision", "what": "breached"}, "decision: breached"),
    ("clock", {"level": "decision", "what": "threshold", "at": "75%"}, "decision: reached 75%"),
    (
        "clock",
        {"level": "decision", "what": "retargeted", "from": "8h", "to": "4h"},
        "decision: now 4h instead of 8h",
    ),
    (
        "corrected",
        {
            "step": 4,
            "recorded": "2026-03-02T10:30:00Z",
            "effective": "2026-03-02T09:05:00Z",
            "comment": "by phone",
            "levels": [
                {"level": "response", "run": 1, "was": "met", "is": "met"},
                {"level": "resolution", "run": 1, "was": "breached", "is": "met"},
            ],
        },
        "corrected step 4: it was at 2026-03-02T09:05:00Z, not at 2026-03-02T10:30:00Z: “by phone”"
        " (resolution breached → met)",
    ),
    (
        "clock",
        {"level": "decision", "what": "calendar", "from": "office", "to": "always"},
        "decision: counts by always instead of office",
    ),
    ("task", {"state": "implement", "task": "do", "withdrawn": True}, "task do is not wanted any more"),
    (
        "migrated",
        {"from": "a" * 64, "to": "b" * 64, "map": {"draft": "plan"}, "forgotten": ["approval of ask"]},
        "moved it from definition aaaaaaaaaaaa to bbbbbbbbbbbb (draft → plan), without approval of ask",
    ),
    ("migrated", {"from": "a", "to": "a", "calendars": ["x", "y"]}, "took its calendars anew"),
    ("notified", {"people": ["alice"]}, "told alice"),
    ("problem", {"code": "x", "text": "nobody to tell"}, "problem: nobody to tell (x)"),
    ("ended", {"state": "closed", "failed": False}, "ended in closed"),
    ("ended", {"state": "called_off", "failed": True}, "ended in called_off, failed"),
]


@pytest.mark.parametrize(("kind", "data", "words"), CASES)
def test_words(kind: str, data: dict[str, Any], words: str) -> None:
    """An entry is told in plain words."""
    assert told({"kind": kind, "data": data}) == words


def test_every_kind_has_words() -> None:
    """No kind of entry is left to be told as raw data."""
    assert {kind for kind, _, _ in CASES} == set(get_args(AuditKind))


def test_a_kind_that_is_not_known() -> None:
    """An entry of a newer server is told as it is."""
    assert told({"kind": "weighed", "data": {"state": "draft", "grams": 3}}) == "weighed state draft, grams 3"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0s"), (59, "59s"), (3600, "1h"), (13_500, "3h 45m"), (90_061, "25h 1m"), (-120, "-2m")],
)
def test_lengths(seconds: int, words: str) -> None:
    """A length is told in its two largest units."""
    assert length(seconds) == words
