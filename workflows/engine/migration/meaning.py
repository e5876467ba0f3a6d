"""The meaning of a written part: what must be the same, so that its record under one definition holds under another.

Labels and times have no part in it: deadlines are computed anew, and a title only names. Fields and states of the old
definition are compared by their new ids. Runs of an older interpreter compare more: see each function.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from definitions.schema.model import Json, Model
from definitions.schema.states import Timed, Transition
from definitions.schema.steps import RunStep
from definitions.schema.waiting import Approval, Child, Task
from workflows.engine.migration.route import Route
from workflows.engine.model.interpreter import STRICT_CORE

_FIELDS = frozenset({"reset_on", "form", "requires"})
"""Keys whose values are ids of fields."""
_PRINCIPALS = frozenset({"from", "veto", "exclude", "by", "assign"})
"""Keys whose values are principals, which can be fields."""


def is_strict(route: Route) -> bool:
    """Whether labels and times are left out of every comparison; until STRICT_CORE only some were."""
    return route.new.interpreter >= STRICT_CORE


def same_approval(route: Route, old: Approval, new: Approval) -> bool:
    """Whether both ask the same people the same; reminders, the time to decide and required comments may differ."""
    left_out = {"remind", "within", "calendar", "comment"} if is_strict(route) else set()
    before, after = _written(old, left_out, route), _written(new, left_out)
    if is_strict(route):
        for one in (before, after):
            for stage in one["stages"]:
                stage.pop("id")
    return before == after


def same_task(route: Route, old: Task, new: Task, *, turn: bool = False) -> bool:
    """Whether both are the same work; ``turn``: also at the same place, which decides when the block ends."""
    left_out = {"due"} | (set() if turn else {"after"}) | ({"title"} if is_strict(route) else set())
    return _written(old, left_out, route) == _written(new, left_out)


def same_tasks(route: Route, old: Sequence[Task], new: Sequence[Task]) -> bool:
    """Whether a block has the same tasks in the same turn."""
    return len(old) == len(new) and all(same_task(route, *both, turn=True) for both in zip(old, new, strict=True))


def same_run(route: Route, old: Sequence[RunStep] | None, new: Sequence[RunStep] | None) -> bool:
    """Whether both execute the same steps; time limits and numbers of attempts may differ."""
    if old is None or new is None:
        return old is new
    left_out = {"timeout", "retry"} if is_strict(route) else set()
    return [_written(one, left_out, route) for one in old] == [_written(one, left_out) for one in new]


def same_child(route: Route, old: Child | None, new: Child | None) -> bool:
    """Whether both start the same tickets and wait for as many; the end of open children on leaving may differ."""
    if old is None or new is None:
        return old is new
    left_out = {"on_exit"} if is_strict(route) else set()
    before = _written(old, left_out, route)
    if old.link is not None:
        before["link"] = route.field(old.link)
    return before == _written(new, left_out)


def transition_of(transition: Transition, route: Route | None = None) -> dict[str, Json]:
    """A transition without its labels, with the new ids of an old one."""
    return _transition(transition, {"title", "confirm"}, route)


def effect_of(timed: Timed, route: Route | None = None) -> dict[str, Json]:
    """The effect of a timed transition, without its time, with the new ids of an old one."""
    return _transition(timed, {"for_", "until", "calendar", "title", "confirm"}, route)


def moment_of(timed: Timed, route: Route | None = None) -> dict[str, Json]:
    """The time and the target of a timed transition, whatever else it does, with the new ids of an old one."""
    written = _transition(timed, set(), route)
    return {key: written[key] for key in ("for", "until", "calendar", "to")}


def _transition(transition: Transition, left_out: set[str], route: Route | None) -> dict[str, Json]:
    written = _written(transition, left_out, route)
    if route is not None and transition.to is not None:
        written["to"] = route.name(transition.to)
    return written


def _written(part: Model, left_out: set[str], route: Route | None = None) -> dict[str, Json]:
    """The part as written with its defaults; with a ``route``, fields of the old definition have their new ids."""
    written: dict[str, Json] = part.model_dump(mode="json", by_alias=True, exclude=left_out)
    if route is None or not route.fields:
        return written
    renamed = _renamed(written, _in_expressions(route), route)
    assert isinstance(renamed, dict)  # noqa: S101 - as written
    return renamed


def _in_expressions(route: Route) -> Callable[[str], str]:
    old = "|".join(sorted(map(re.escape, route.fields), key=len, reverse=True))
    name = re.compile(rf"\b((?:ticket|event)\.)({old})\b|(?<![\w.])()({old})(?=\.(?:owner|team|calendar|title)\b)")

    def renamed(text: str) -> str:
        return name.sub(lambda found: (found[1] or "") + route.field(found[2] or found[4]), text)

    return renamed


def _renamed(value: Json, in_text: Callable[[str], str], route: Route, key: str = "") -> Json:
    if isinstance(value, dict):
        return {
            route.field(name) if key == "set" else name: _renamed(one, in_text, route, name)
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [_renamed(one, in_text, route, key) for one in value]
    if isinstance(value, str):
        return route.field(value) if key in _FIELDS | _PRINCIPALS and value in route.fields else in_text(value)
    return value
