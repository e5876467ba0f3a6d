"""Definitions with their invariants proved, for use or for a check."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

from definitions.checks.actions import ActionSpec
from definitions.loading.containment import contained
from definitions.loading.loader import Loaded, ProcessFile, load
from definitions.schema.organization import Organization
from definitions.text.problems import Problem
from workflows.engine.proofs import prove


def load_proved(folders: Sequence[Path], actions: Mapping[str, ActionSpec] | None = None) -> Loaded:
    """As ``load``; a process with a broken invariant is in ``problems`` only. Never raises for wrong definitions."""
    loaded = load(folders, actions)
    organization = loaded.organization.model_dump_json()
    found = {
        name: _problems_of(_Provable(one, loaded.organization, (one.digest, organization, _places(one))))
        for name, one in loaded.processes.items()
    }
    led_to = {one.source.file: one for file in loaded.scenarios.values() for one in file.destinations.values()}
    for one in led_to.values():
        key = (one.digest, organization, _places(one))
        found[one.source.file] = _problems_of(_Provable(one, loaded.organization, key))
    sound = {
        name: one
        for name, one in loaded.processes.items()
        if not any(problem.severity == "error" for problem in found[name])
    }
    problems = {*loaded.problems, *(problem for several in found.values() for problem in several)}
    return replace(loaded, processes=sound, problems=tuple(sorted(problems)))


class _Provable:
    """A process to prove; equal to another where the proof is the same."""

    def __init__(self, process: ProcessFile, organization: Organization, key: Hashable) -> None:
        self.process = process
        self.organization = organization
        self._key = key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Provable) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


def _problems_of(provable: _Provable) -> tuple[Problem, ...]:
    """The problems of a process; where it can't be compiled or proved, that alone."""
    problems, failed = contained(provable.process.source.file, partial(_proved, provable))
    return problems or failed


@lru_cache(maxsize=256)
def _proved(provable: _Provable) -> tuple[Problem, ...]:
    one = provable.process
    return tuple(prove(one.process, one.source, provable.organization, one.digest))


def _places(one: ProcessFile) -> Hashable:
    """The positions of everything: a process further down in its file has its problems there."""
    return one.source.file, tuple(one.source.values.items())
