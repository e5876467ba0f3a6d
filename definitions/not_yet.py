"""Keys of the language that this version reads and checks, but does not run yet.

One table. A key that is taken out of it is run from then on, and nothing else needs to change.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from definitions.breadcrumb import crumb
from definitions.model_types import keys_of, models_at
from definitions.problems import Path, Problem
from definitions.schema.process import Process
from definitions.schema.states import State
from definitions.schema.steps import Step
from definitions.source import Source

NOT_YET: dict[tuple[type[BaseModel], str], str] = {
    (Process, "service_levels"): "until then, a timed transition (after) can remind and escalate",
    (Process, "triggers"): "until then, start tickets through the API",
    (Process, "schedules"): "until then, start tickets through the API",
    (State, "tasks"): "until then, make each task a state of its own",
    (State, "run"): "until then, wait for an event that your automation sends",
    (State, "child"): "until then, open the other ticket by hand and wait for an event",
    (Step, "call"): "until then, notify those who can act",
    (Step, "http"): "until then, notify those who can act",
    (Step, "start"): "until then, open the other ticket by hand",
    (Step, "send"): "until then, send the event to the other ticket by hand",
    (Step, "cost"): "until then, keep costs in a field of type number",
}
"""Model and key → what to do instead."""


def not_yet(source: Source, model: type[BaseModel]) -> list[Problem]:
    """One problem, code ``not-yet``, for each such key; what stands below it is not named again."""
    return list(_refusals(source, model, (), source.data))


def _refusals(source: Source, model: type[BaseModel], path: Path, value: Any) -> Iterator[Problem]:
    if isinstance(value, list):
        for index, element in enumerate(value):
            yield from _refusals(source, model, (*path, index), element)
    if not isinstance(value, dict):
        return
    models = models_at(model, path)
    for key, inner in value.items():
        hint = _hint(models, key)
        if hint is None:
            yield from _refusals(source, model, (*path, key), inner)
            continue
        mark = source.key_at((*path, key))
        message = f"'{key}' is not yet supported by this version of Stanchion"
        yield Problem(source.file, mark.line, mark.column, "not-yet", message, crumb((*path, key)), hint)


def _hint(models: tuple[type[BaseModel], ...], key: str) -> str | None:
    for model in models:
        for (refused, name), hint in NOT_YET.items():
            if name == key and issubclass(model, refused) and key in keys_of(model):
                return hint
    return None
