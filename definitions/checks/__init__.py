"""The checks of processes and organizations at loading (LANGUAGE, sections 2 to 8).

Each rule has a function and a code, in a module for its subject. Each function yields every problem that it finds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from definitions.checks import (
    approvals,
    calendars,
    callbacks,
    carried,
    children,
    clocks,
    costs,
    cross_references,
    endless,
    eventless,
    fields,
    guards,
    lint,
    names,
    outcomes,
    people,
    runs,
    sent_events,
    service_levels,
    state_graph,
    structure,
    tasks,
    triggers,
    values,
)
from definitions.checks.actions import ActionSpec
from definitions.checks.subject import Subject
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.text.problems import Problem, bounded
from definitions.text.source import Source

Check = Callable[[Subject], Iterator[Problem]]

FIRST: tuple[Check, ...] = (*names.CHECKS, *structure.CHECKS)
"""The checks without which there is no graph of states."""
ALWAYS: tuple[Check, ...] = (
    *fields.CHECKS, *values.CHECKS, *guards.CHECKS, *people.CHECKS, *calendars.CHECKS, *cross_references.CHECKS,
    *approvals.CHECKS, *tasks.CHECKS, *runs.CHECKS, *callbacks.CHECKS, *children.CHECKS, *sent_events.CHECKS,
    *endless.CHECKS, *costs.CHECKS, *service_levels.CHECKS, *outcomes.CHECKS, *triggers.CHECKS, *carried.CHECKS,
    *lint.CHECKS,
)  # fmt: skip
ON_A_GRAPH: tuple[Check, ...] = (*state_graph.CHECKS, *eventless.CHECKS, *clocks.CHECKS)
"""Checks for processes whose targets are all known: one typo would make half of the states unreachable."""


def check_process(
    process: Process,
    source: Source,
    organization: Organization,
    templates: Mapping[str, str],
    processes: Mapping[str, Process | None] | None = None,
    actions: Mapping[str, ActionSpec] | None = None,
) -> list[Problem]:
    """Every problem of a process, sorted by place, including warnings.

    ``processes`` are all processes that a file declares, with None for a process that can't be read. ``actions`` are
    all known actions. Names of processes and actions are checked only if these are given.
    """
    subject = Subject(process, source, organization, templates, processes, actions)
    return sorted(set(bounded(_found(subject))))


def _found(subject: Subject) -> Iterator[Problem]:
    broken = False
    for problem in (problem for check in FIRST for problem in check(subject)):
        broken = True
        yield problem
    for check in ALWAYS:
        yield from check(subject)
    for check in ON_A_GRAPH if not broken else ():
        yield from check(subject)
