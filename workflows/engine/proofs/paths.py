"""A path as people read it, with the values that it needs: ``open (model=emergency) → submit → authorize.approved``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from definitions.schema.model import Json
from workflows.engine.compiled import Compiled
from workflows.engine.proofs.abstract_state import Arrival, Move, Values


class _Anything:
    """Any other value: a field whose values are not told apart."""


ANYTHING: Any = _Anything()


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that happens on a path, with the values that somebody must choose for it."""

    move: Move
    fields: dict[str, Json] = field(default_factory=dict)
    active: tuple[str, ...] = ()
    """The states that are active afterwards."""


def told(names: Sequence[str], path: Sequence[Arrival]) -> tuple[Told, ...]:
    """The path with a choice of values, found from its end: what is needed there is written as late as possible."""
    wanted = {name: values[0] for name, values in zip(names, path[-1].situation.values, strict=True)}
    unasked = {note.name: note.before for note in reversed(path[0].notes)}
    found: list[Told] = []
    for arrival in reversed(path):
        fields: dict[str, Json] = {}
        edited: dict[str, Json] = {}
        for note in reversed(arrival.notes):
            if not note.after:
                fields[note.name] = ANYTHING
                continue
            value = wanted[note.name]
            if note.kind == "read" or (note.shown and value in note.before):
                continue
            if note.kind == "edited":
                edited[note.name] = value
            elif note.shown:
                fields[note.name] = value
            wanted[note.name] = _one_of(note.before, unasked.get(note.name))
        active = arrival.situation.active
        found += [Told(Move("edit", name), {name: value}, active) for name, value in edited.items()]
        found.append(Told(arrival.move, fields, active))
    return tuple(reversed(found))


def _one_of(values: Values, unasked: Values | None) -> Json:
    """Where it does not matter: what the field has if nobody gives it, which needs no telling."""
    return unasked[0] if unasked and unasked[0] in values else values[0]


def steps_told(names: Sequence[str], path: Sequence[Arrival]) -> tuple[Told, ...]:
    """Without what needs no telling: coming to rest, and what a decision leads to of itself."""
    kept: list[Told] = []
    ended: set[tuple[str, str]] = set()
    for one in told(names, path):
        move = one.move
        if move.kind == "rest" or (move.kind == "outcome" and (move.state, move.name) in ended):
            if kept:
                kept[-1] = Told(kept[-1].move, kept[-1].fields, one.active)
            continue
        if move.kind == "ending":
            ended.add((move.state, move.name))
        kept.append(one)
    return tuple(kept)


def path_text(compiled: Compiled, names: Sequence[str], path: Sequence[Arrival], end: str) -> str:
    """The path in one line, up to the state that it ends in."""
    return " → ".join([*(label(compiled, one) for one in steps_told(names, path)), end])


def label(compiled: Compiled, one: Told) -> str:
    """One step of a path in a few words."""
    values = ", ".join(_assignment(name, value) for name, value in sorted(one.fields.items()))
    name = _name(compiled, one.move)
    return f"{name} ({values})" if values else name


def _name(compiled: Compiled, move: Move) -> str:
    match move.kind:
        case "event" | "clock":
            return move.name
        case "raised":
            return f"raised {move.name}"
        case "outcome" | "ending":
            return f"{move.state}.{move.name}"
        case "timer":
            timed = compiled.states[move.state].after[move.index]
            return f"after {timed.for_}" if timed.for_ else f"until {timed.until}"
        case "task":
            return f"task {move.name}"
        case "stage":
            return f"stage {move.index + 1} of {move.state}"
        case _:
            return move.kind


def _assignment(name: str, value: Json) -> str:
    if value is ANYTHING:
        return name
    word = "unset" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return f"{name}={word}"
