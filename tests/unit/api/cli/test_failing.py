"""Failures on the command line."""

from __future__ import annotations

import json
from typing import Any

from tests.unit.api.cli.test_wrong_input import Run, answering, run

__all__ = ["run"]

NOTHING: dict[str, Any] = {"stuck": [], "stuck_total": 0, "failed": [], "failed_total": 0, "incomplete": None}


def lines(run: Run, found: dict[str, Any]) -> list[str]:
    with answering(200, json.dumps(found)) as url:
        code, said, _ = run("failures", "--as", "xenia", "--url", url)
    assert code == 0
    return said.splitlines()


def test_nothing_fails(run: Run) -> None:
    """Without failures the command says so."""
    assert lines(run, NOTHING) == ["stuck workflows: none", "failed workflows: none"]


def test_what_fails(run: Run) -> None:
    """A stuck ticket is shown with its cause, a failed workflow with its reason, and both kinds with their numbers."""
    stuck = {"workflow": "ticket:INC-7", "ticket": "INC-7", "process": "incident", "failures": 4}
    firing = {"workflow": "schedule:event:1-2", "ticket": None, "process": "event", "at": "2026-11-30T05:58:11Z"}
    found = {
        "stuck": [
            stuck | {"since": "2026-11-30T06:20:02Z", "cause": "non_deterministic_error: [TMPRL1100] no such timer"},
            stuck | {"workflow": "rollout-1", "ticket": None, "process": None, "since": "x", "cause": None},
        ],
        "stuck_total": 2,
        "failed": [firing | {"reason": "not_opened: missing_fields"}],
        "failed_total": 3,
        "incomplete": "Only some were looked at.",
    }
    assert lines(run, found) == [
        "Only some were looked at.",
        "stuck workflows: 2; each continues when a worker can carry out its next task",
        "ticket     process   since                 failures  cause",
        "INC-7      incident  2026-11-30T06:20:02Z  4         non_deterministic_error: [TMPRL1100] no such timer",
        "rollout-1            x                     4         no worker has reported a reason",
        "failed workflows: 3 in the last 30 days; 1 shown, --limit shows more",
        "workflow            process  at                    reason",
        "schedule:event:1-2  event    2026-11-30T05:58:11Z  not_opened: missing_fields",
    ]


def test_a_stuck_ticket_is_listed_as_such(run: Run) -> None:
    """A list marks stuck tickets beside their state."""
    item = {"key": "INC-7", "state": ["new"], "assignee": None, "title": "Mail is down", "updated_at": "now"}
    items = [item | {"stuck": True}, item | {"key": "INC-8", "stuck": False}]
    with answering(200, json.dumps({"items": items, "next": None})) as url:
        _, said, _ = run("list", "--as", "alice", "--url", url)
    assert [line.split("  ")[1].strip() for line in said.splitlines()[1:]] == ["new (stuck)", "new"]


def test_a_stuck_ticket_is_shown_as_such(run: Run) -> None:
    """A ticket on which workers fail is shown as it is on record, with the time of the first failure."""
    detail = {
        "key": "INC-7",
        "title": "Mail is down",
        "state": ["new"],
        "revision": 1,
        "assignee": None,
        "stuck": True,
        "stuck_since": "2026-11-30T06:20:02Z",
        "fields": {},
        "approvals": [],
        "tasks": [],
        "callbacks": [],
        "service_levels": {},
        "problems": [],
        "items": [],
        "next": None,
    }
    with answering(200, json.dumps(detail)) as url:
        _, said, _ = run("show", "INC-7", "--as", "alice", "--url", url)
    assert said.splitlines()[:3] == [
        "INC-7  Mail is down",
        "new, revision 1, assigned to nobody",
        "stuck since 2026-11-30T06:20:02Z: workers fail on this ticket; operators see the cause. Nothing is lost.",
    ]
