"""Entries of the timeline, in words."""

from __future__ import annotations

from typing import Any


def told(entry: dict[str, Any]) -> str:
    """One entry as a short sentence."""
    data = entry["data"]
    match entry["kind"]:
        case "opened":
            return "opened it"
        case "event":
            return f"sent {data.get('name')}"
        case "moved":
            return f"{_names(data.get('exited'))} → {_names(data.get('entered'))}"
        case "edited":
            return "wrote " + ", ".join(f"{name} = {new}" for name, (_, new) in data.get("changes", {}).items())
        case "assigned":
            return f"assigned to {data.get('to')}"
        case "comment":
            return f"{'internally: ' if data.get('internal') else ''}“{data.get('text')}”"
        case "vote":
            reason = f": “{data['comment']}”" if data.get("comment") else ""
            return f"{data.get('decision')}s {data.get('state')}{reason}"
        case "outcome":
            return f"{data.get('state')} is {data.get('name')}" + (f" ({data['reason']})" if data.get("reason") else "")
        case "timer":
            return f"time is up in {data.get('state')}"
        case "problem":
            return f"problem: {data.get('text')}"
        case "ended":
            return f"ended in {data.get('state')}"
        case kind:
            rest = ", ".join(f"{name} {value}" for name, value in data.items())
            return f"{kind} {rest}".rstrip()


def _names(states: Any) -> str:
    return ", ".join(states) if states else "·"
