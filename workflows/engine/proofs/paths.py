"""A path in words, with the values that it needs: ``open (model=emergency) → submit → authorize.approved``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from definitions.schema.model import Json
from workflows.engine.compiled import Compiled
from workflows.engine.proofs.abstract_state import EdgeLabel, Successor, Values


class _Anything:
    """Some other value, of a field without a domain."""


ANYTHING: Any = _Anything()


@dataclass(frozen=True, slots=True)
class PathStep:
    """A step of a path, with the values that a person must choose for it."""

    label: EdgeLabel
    fields: dict[str, Json] = field(default_factory=dict)
    active: tuple[str, ...] = ()
    """The states that are active afterwards."""
    failed: tuple[str, ...] = ()
    """The failures on the way that end a list of steps, in words."""


def path_steps(names: Sequence[str], path: Sequence[Successor]) -> tuple[PathStep, ...]:
    """The path with one value from each domain, chosen from its end: each value is written as late as possible."""
    chosen = {name: values[0] for name, values in zip(names, path[-1].state.values, strict=True)}
    defaults = {change.name: change.before for change in reversed(path[0].changes)}
    found: list[PathStep] = []
    for successor in reversed(path):
        fields: dict[str, Json] = {}
        edited: dict[str, Json] = {}
        for change in reversed(successor.changes):
            if not change.after:
                fields[change.name] = ANYTHING
                continue
            value = chosen[change.name]
            if change.kind == "read" or (change.shown and value in change.before):
                continue
            if change.kind == "edited":
                edited[change.name] = value
            elif change.shown:
                fields[change.name] = value
            chosen[change.name] = _one_of(change.before, defaults.get(change.name))
        active = successor.state.active
        found += [PathStep(EdgeLabel("edit", name), {name: value}, active) for name, value in edited.items()]
        found.append(PathStep(successor.label, fields, active, successor.failed))
    return tuple(reversed(found))


def _one_of(values: Values, defaults: Values | None) -> Json:
    """Any of the values; the default of the opening, if it is one of them, because the path need not show it."""
    return defaults[0] if defaults and defaults[0] in values else values[0]


def visible_steps(names: Sequence[str], path: Sequence[Successor]) -> tuple[PathStep, ...]:
    """The path without the steps that add nothing: reaching stability, and the outcome that a decision implies."""
    kept: list[PathStep] = []
    ended: set[tuple[str, str]] = set()
    for one in path_steps(names, path):
        label = one.label
        if label.kind == "rest" or (label.kind == "outcome" and (label.state, label.name) in ended):
            if kept:
                kept[-1] = replace(kept[-1], active=one.active, failed=(*kept[-1].failed, *one.failed))
            continue
        if label.kind == "ending":
            ended.add((label.state, label.name))
        kept.append(one)
    return tuple(kept)


def path_text(compiled: Compiled, names: Sequence[str], path: Sequence[Successor], end: str) -> str:
    """The path in one line, to its last state."""
    return " → ".join([*(step_text(compiled, one) for one in visible_steps(names, path)), end])


def step_text(compiled: Compiled, one: PathStep) -> str:
    """A step of a path in a few words."""
    values = [_assignment(name, value) for name, value in sorted(one.fields.items())]
    notes = ", ".join((*values, *one.failed))
    name = _name(compiled, one.label)
    return f"{name} ({notes})" if notes else name


def _name(compiled: Compiled, label: EdgeLabel) -> str:
    match label.kind:
        case "event" | "clock":
            return label.name
        case "raised":
            return f"raised {label.name}"
        case "outcome" | "ending":
            return f"{label.state}.{label.name}"
        case "timer":
            timed = compiled.states[label.state].after[label.index]
            return f"after {timed.for_}" if timed.for_ else f"until {timed.until}"
        case "task":
            return f"task {label.name}"
        case "stage":
            return f"stage {label.index + 1} of {label.state}"
        case "run":
            return f"step {label.index + 1} of the run of {label.state}"
        case _:
            return label.kind


def _assignment(name: str, value: Json) -> str:
    if value is ANYTHING:
        return name
    word = "unset" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return f"{name}={word}"
