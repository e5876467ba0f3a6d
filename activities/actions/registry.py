"""The actions of an installation: shipped, from installed distributions, and from named modules."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points
from types import ModuleType

from activities.actions.conflicts import conflicts
from activities.actions.declaring import Action
from activities.actions.figures import figures
from activities.actions.tickets import tickets
from definitions.checks.actions import ActionSpec

GROUP = "stanchion.actions"
"""The group of entry points; each names a module with actions, or one action."""
SHIPPED = (conflicts, figures, tickets)


class ActionsError(Exception):
    """The actions of an installation can't be loaded; the text says which and why."""


def load_actions(modules: Iterable[str] = ()) -> Mapping[str, Action]:
    """All actions by name. Raises ActionsError for a module that can't be imported, and for a name used twice."""
    found = {action.name: (action, "stanchion") for action in SHIPPED}
    for source, thing in (*_installed(), *((name, _imported(name)) for name in modules)):
        actions = _actions_in(thing)
        if not actions:
            raise ActionsError(f"{source}: it holds no @action")
        for action in actions:
            known = found.get(action.name)
            if known is not None and known[0] is not action:
                raise ActionsError(f"{source}: {known[1]} has an action {action.name!r} already")
            found[action.name] = (action, source)
    return {name: action for name, (action, _) in found.items()}


def specs_of(actions: Mapping[str, Action]) -> Mapping[str, ActionSpec]:
    """The inputs of actions, as ``check_process`` needs them."""
    return {name: action.spec for name, action in actions.items()}


def _installed() -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            found.append((entry.value, entry.load()))
        except Exception as error:
            raise ActionsError(f"{entry.value}: {type(error).__name__}: {error}") from error
    return found


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise ActionsError(f"{name}: {type(error).__name__}: {error}") from error


def _actions_in(thing: object) -> list[Action]:
    if isinstance(thing, Action):
        return [thing]
    values = vars(thing).values() if isinstance(thing, ModuleType) else ()
    return [value for value in values if isinstance(value, Action)]
