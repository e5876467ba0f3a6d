"""A process that starts, sends to and waits for other tickets, and takes external events, with the other processes."""

from __future__ import annotations

from typing import Any

from definitions.schema.process import Process

PROCESS: dict[str, Any] = {
    "process": "outage",
    "title": "Outage",
    "practice": "incident_management",
    "prefix": "OUT",
    "fields": {
        "summary": {"type": "text", "required": True},
        "since": {"type": "datetime"},
        "service": {"type": "service"},
        "cause": {"type": "ticket"},
        "calls": {"type": "ticket", "list": True},
    },
    "initial": "triage",
    "triggers": [
        {
            "on": "monitor.firing",
            "when": "event.data.severity == 'critical'",
            "key": "=event.data.id",
            "start": {"summary": "=event.data.text", "service": "=event.data.service"},
        },
        {"on": "monitor.seen", "start": {"summary": "Seen"}},
        {"on": "monitor.resolved", "key": "=event.data.id", "send": "recovered", "with": {"since": "=event.data.at"}},
        {"on": "monitor.weather", "match": {"service": "=event.data.service"}, "send": "storm"},
    ],
    "states": {
        "triage": {
            "on": {
                "search": {"to": "searching", "form": ["since"]},
                "ask": {"to": "asking", "by": ["everyone"]},
                "recovered": {"to": "over", "form": ["since"], "by": ["everyone"]},
                "ended.cause": {"do": [{"comment": "=event.ticket + ' is ' + event.state"}], "by": ["engine"]},
                "storm": {"do": [{"comment": "It storms"}], "by": ["everyone"]},
            }
        },
        "searching": {
            "child": {
                "process": "problem",
                "with": {"title": "=ticket.summary", "since": "=ticket.since"},
                "link": "cause",
            },
            "on": {
                "done": "over",
                "failed": "triage",
                "stop": "triage",
                "tell": {"do": [{"send": {"event": "hurry", "to": "children"}}]},
            },
        },
        "asking": {
            "entry": [{"start": {"process": "call", "with": {"about": "=ticket.summary"}, "link": "calls"}}],
            "child": {"workflow": "survey", "each": "[1, 2]", "need": "any"},
            "on": {
                "done": {"to": "over", "do": [{"send": {"event": "thanks", "to": "link:calls", "with": {"n": 3}}}]},
                "failed": "triage",
            },
        },
        "over": {"entry": [{"send": {"event": "passed", "to": "linked:outage"}}], "final": True},
    },
}
PROBLEM: dict[str, Any] = {
    "process": "problem",
    "title": "Problem",
    "practice": "problem_management",
    "prefix": "PRB",
    "fields": {"title": {"type": "text"}, "since": {"type": "datetime"}},
    "initial": "open",
    "states": {
        "open": {"on": {"solve": "solved", "drop": "dropped"}},
        "solved": {"final": True},
        "dropped": {"final": "failed"},
    },
}
CALL: dict[str, Any] = {
    "process": "call",
    "title": "Call",
    "practice": "service_desk",
    "prefix": "CALL",
    "fields": {"about": {"type": "text"}},
    "initial": "open",
    "states": {"open": {"on": {"close": "closed"}}, "closed": {"final": True}},
}
OUTAGES = {one["process"]: Process.model_validate(one) for one in (PROCESS, PROBLEM, CALL)}
