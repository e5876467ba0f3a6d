"""The timeline in plain words: every shape of an entry, and what varies in it."""

from __future__ import annotations

from typing import Any

import pytest

from api.cli.words import cause_of, length, told
from workflows.engine.model.timeline import SHAPES, of

HANDED = "handed task do from carol to bob"
CASES: list[tuple[str, dict[str, Any], str]] = [
    ("opened", {"process": "change", "fields": {"summary": "Swap"}}, "opened the ticket"),
    ("event", {"name": "submit"}, "sent submit"),
    ("event", {"name": "ended.caused_by", "ticket": "PRB-1"}, "sent ended.caused_by, from PRB-1"),
    ("moved", {"exited": ["draft"], "entered": ["assess"]}, "draft → assess"),
    ("moved", {"exited": [], "entered": ["draft"]}, "· → draft"),
    ("edited", {"changes": {}}, "wrote fields that you may not see"),
    ("edited", {"changes": {"impact": ["low", "high"], "plan": ["x", None]}}, "wrote impact = high, plan = nothing"),
    ("assigned", {"from": "alice", "to": "role:change_manager"}, "assigned to role:change_manager instead of alice"),
    ("assigned", {"to": "bob"}, "assigned to bob"),
    ("assigned", {"from": "alice"}, "removed the assignee alice"),
    ("assigned", {}, "removed the assignee"),
    ("assigned", {"from": "bob", "to": "carol", "why": "left"}, "assigned to carol instead of bob, who has left"),
    ("watched", {"people": ["bob", "team:cab"]}, "added bob, team:cab as watchers"),
    ("watched", {"people": ["bob"]}, "added bob as a watcher"),
    ("unwatched", {"people": ["bob"]}, "removed the watcher bob"),
    ("unwatched", {"people": ["bob", "dora"], "why": "left"}, "removed the watchers bob, dora (left)"),
    ("comment", {"text": "Thanks"}, "“Thanks”"),
    ("comment", {"text": "Hm", "internal": True}, "internally: “Hm”"),
    ("comment", {}, "“”"),
    ("vote", {"state": "authorize", "decision": "approve"}, "approves authorize"),
    (
        "vote",
        {"state": "authorize", "decision": "reject", "comment": "no plan", "for": "bob"},
        "rejects authorize for bob: “no plan”",
    ),
    (
        "asked",
        {"state": "authorize", "people": ["bob", "dora", "erin"], "required": 1},
        "requests approval in authorize from bob, dora, erin (1 must approve)",
    ),
    (
        "asked",
        {"state": "authorize", "people": ["bob"], "required": 1, "stage": "board"},
        "requests approval in authorize from bob (1 must approve, stage board)",
    ),
    (
        "asked",
        {"state": "authorize", "people": [], "required": 1},
        "requests approval in authorize from nobody (1 must approve)",
    ),
    (
        "asked",
        {"state": "authorize", "people": ["hana"], "required": 2, "why": "joined"},
        "requests approval in authorize from hana, who joined (2 must approve)",
    ),
    ("asked", {"state": "authorize", "reset": ["impact"]}, "restarts the approval in authorize: impact changed"),
    ("delegated", {"state": "authorize", "to": "dora"}, "delegated the request in authorize to dora"),
    (
        "delegated",
        {"state": "authorize", "from": "carol", "to": "bob", "why": "out_of_office"},
        "moved the request of carol in authorize to bob: carol is out of office",
    ),
    (
        "delegated",
        {"state": "authorize", "from": "bob", "to": "carol", "why": "given_back"},
        "gave carol the request in authorize that bob can't answer any more",
    ),
    (
        "delegated",
        {"state": "authorize", "from": "carol", "to": "bob", "why": "delegated"},
        "merged the request of carol in authorize with one that was delegated to bob",
    ),
    (
        "delegated",
        {"state": "authorize", "from": "carol", "to": "bob", "why": "joined"},
        "merged the request of carol in authorize with one of bob, who joined",
    ),
    ("withdrawn", {"state": "authorize", "people": ["erin"]}, "withdrew the request of erin in authorize"),
    (
        "withdrawn",
        {"state": "authorize", "people": ["erin"], "why": "left"},
        "withdrew the request of erin in authorize: they left",
    ),
    ("decided", {"state": "authorize", "outcome": "approved"}, "authorize is approved"),
    (
        "decided",
        {"state": "authorize", "outcome": "rejected", "reason": "not_enough_approvers"},
        "authorize is rejected (not enough approvers)",
    ),
    ("outcome", {"state": "authorize", "name": "approved"}, "outcome of authorize: approved"),
    ("timer", {"state": "review", "after": "5d"}, "time is up in review, after 5d"),
    ("timer", {"state": "scheduled", "after": "until ticket.start"}, "time is up in scheduled: until ticket.start"),
    ("task", {"state": "implement", "task": "do", "opened": True}, "task do opened"),
    ("task", {"state": "implement", "task": "do", "overdue": True}, "task do is due"),
    ("task", {"state": "implement", "task": "do", "claimed": True}, "claimed task do"),
    ("task", {"state": "implement", "task": "do", "checked": ["Backup"]}, "ticked Backup of task do"),
    ("task", {"state": "implement", "task": "do"}, "updated task do"),
    ("task", {"state": "implement", "task": "do", "result": "done"}, "task do done"),
    (
        "task",
        {"state": "implement", "task": "do", "result": "failed", "checked": ["a", "b"], "comment": "It burns"},
        "task do failed, ticked a, b: “It burns”",
    ),
    *(
        ("task", {"state": "implement", "task": "do", "why": why, "from": "carol", "to": "bob"}, f"{HANDED}: {words}")
        for why, words in (
            ("left", "the former assignee is no longer there"),
            ("owner", "the service has another owner or team"),
            ("out_of_office", "out of office"),
        )
    ),
    (
        "run",
        {"state": "order", "step": 1, "callback_until": "2026-03-02T10:30:00Z"},
        "automation of order: step 2 waits for its callback until 2026-03-02T10:30:00Z",
    ),
    (
        "run",
        {"state": "order", "step": 1, "element": 0, "called_back": True},
        "automation of order: step 2, 1st element, received its callback",
    ),
    ("run", {"state": "order", "step": 0, "saved": "seen"}, "automation of order: step 1 done, saved seen"),
    ("run", {"state": "order", "ended": "done"}, "automation of order done"),
    ("run", {"state": "order", "ended": "failed", "reason": "no answer"}, "automation of order failed: no answer"),
    ("child", {"state": "build", "ticket": "PRB-2", "started": True}, "started PRB-2"),
    ("child", {"state": "build", "ticket": "PRB-2", "ended": "closed", "failed": False}, "PRB-2 ended in closed"),
    ("child", {"state": "build", "ticket": "PRB-2", "ended": "gone", "failed": True}, "PRB-2 ended in gone, failed"),
    (
        "child",
        {"state": "build", "ticket": "PRB-2", "detached": True, "reason": "busy"},
        "PRB-2 continues by itself: busy",
    ),
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
        "corrected revision 4: it was at 2026-03-02T09:05:00Z, not at 2026-03-02T10:30:00Z: “by phone”"
        " (resolution breached → met)",
    ),
    (
        "clock",
        {"level": "decision", "what": "calendar", "from": "office", "to": "always"},
        "decision: counts by always instead of office",
    ),
    ("task", {"state": "implement", "task": "do", "withdrawn": True}, "withdrew task do"),
    (
        "migrated",
        {"from": "a" * 64, "to": "b" * 64, "map": {"draft": "plan"}, "forgotten": ["approval of ask"]},
        "migrated from definition aaaaaaaaaaaa to bbbbbbbbbbbb (draft → plan), without approval of ask",
    ),
    ("migrated", {"from": "a", "to": "a", "calendars": ["x", "y"]}, "renewed its calendars"),
    ("taken_back", {"lost": ["vote by bob"]}, "removed the steps that a crash undid: vote by bob"),
    (
        "taken_back",
        {"lost": ["vote by bob", "decided by engine"], "notices": 2},
        "removed the steps that a crash undid: vote by bob, decided by engine, and 2 unsent notifications",
    ),
    ("problem", {"code": "x", "text": "nobody to tell"}, "problem: nobody to tell (x)"),
    (
        "problem",
        {"code": "x", "text": "nobody to tell", "state": "draft"},
        "problem in draft: nobody to tell (x)",
    ),
    ("ended", {"state": "closed", "failed": False}, "ended in closed"),
    ("ended", {"state": "called_off", "failed": True}, "ended in called_off, failed"),
]


@pytest.mark.parametrize(("kind", "data", "words"), CASES)
def test_words(kind: str, data: dict[str, Any], words: str) -> None:
    """An entry is described in plain words."""
    assert told({"kind": kind, "data": data}) == words


def test_every_shape_has_words() -> None:
    """Every shape of an entry is among the cases."""
    assert {type(of(kind, data)) for kind, data, _ in CASES} == set(SHAPES)


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("weighed", {"state": "draft", "grams": 3}, "weighed state draft, grams 3"),
        ("notified", {"people": ["alice"]}, "notified people alice"),
        ("vote", {"state": "authorize", "decision": "abstain"}, "vote state authorize, decision abstain"),
        ("opened", {}, "opened"),
    ],
)
def test_an_entry_that_is_not_known(kind: str, data: dict[str, Any], words: str) -> None:
    """An entry that has no shape in this build is shown as it is."""
    assert told({"kind": kind, "data": data}) == words


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("open by alice", "opening by alice"),
        ("submit by alice", "submit by alice"),
        ("task do by alice", "task do by alice"),
        ("claim_task do by alice", "claim of task do by alice"),
        ("claim_task by alice", "claim_task by alice"),
        ("complete_run deploy by dora", "completion of run deploy by dora"),
        ("approved", "approved"),
        ("after", "a timed transition"),
        ("updatetask by alice", "task by alice"),
        ("peoplechecked", "availability"),
    ],
)
def test_causes(cause: str, words: str) -> None:
    """The cause of a move is described without an internal name of the program, even if an older build recorded it."""
    assert cause_of(cause) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0s"), (59, "59s"), (3600, "1h"), (13_500, "3h 45m"), (90_061, "25h 1m"), (-120, "-2m")],
)
def test_lengths(seconds: int, words: str) -> None:
    """A length is written in its two largest units."""
    assert length(seconds) == words
