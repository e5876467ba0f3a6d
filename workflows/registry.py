"""The workflows in Python that a worker runs: shipped, from installed distributions, and from named modules."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Iterable, Mapping
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any

from temporalio.workflow import _Definition

from workflows.rollout import Rollout
from workflows.scheduled import OpenScheduled

GROUP = "stanchion.workflows"
"""The group of entry points; each names a module with workflows, or one workflow."""
SHIPPED: tuple[type[Any], ...] = (Rollout,)
"""What ``child: {workflow: …}`` can name in every installation."""


class WorkflowsError(Exception):
    """The workflows of an installation can't be run; the text says which and why."""


def load_workflows(modules: Iterable[str] = ()) -> Mapping[str, type[Any]]:
    """All of them by name.

    Raises WorkflowsError for a module that can't be imported or holds no workflow, for a name that two workflows share,
    and for a dynamic workflow.
    """
    own: tuple[type[Any], ...] = (OpenScheduled, *SHIPPED)
    found = {str(_name_of(kind)): (kind, "stanchion") for kind in own}
    for source, thing in (*_installed(), *((name, _imported(name)) for name in modules)):
        kinds = _workflows_in(thing)
        if not kinds:
            raise WorkflowsError(f"{source}: it holds no class with @workflow.defn")
        for kind in kinds:
            name = _name_of(kind)
            if name is None:
                raise WorkflowsError(f"{source}: {kind.__name__} is dynamic, which only the workflow of tickets may be")
            known = found.get(name)
            if known is not None and known[0] is not kind:
                raise WorkflowsError(f"{source}: {known[1]} has a workflow {name!r} already")
            found.setdefault(name, (kind, source))
    return {name: kind for name, (kind, _) in found.items() if kind is not OpenScheduled}


def clash(workflows: Collection[str], processes: Collection[str]) -> str | None:
    """The names that a workflow shares with a process, in words; None where there are none.

    Temporal would run the workflow in place of the process's tickets.
    """
    both = sorted(set(workflows) & set(processes))
    return f"{', '.join(both)}: a process and a workflow in Python share this name" if both else None


def _installed() -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            found.append((entry.value, entry.load()))
        except Exception as error:
            raise WorkflowsError(f"{entry.value}: {type(error).__name__}: {error}") from error
    return found


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise WorkflowsError(f"{name}: {type(error).__name__}: {error}") from error


def _workflows_in(thing: object) -> list[type[Any]]:
    values = vars(thing).values() if isinstance(thing, ModuleType) else (thing,)
    return [value for value in values if isinstance(value, type) and _Definition.from_class(value) is not None]


def _name_of(kind: type[Any]) -> str | None:
    """The name of a workflow; None for a dynamic workflow, which takes every name."""
    return _Definition.must_from_class(kind).name
