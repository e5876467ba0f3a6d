"""Processes as text and as data, with the problems that proofs report for them."""

from __future__ import annotations

import json
from textwrap import dedent
from typing import Any

from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.text.problems import Problem
from definitions.text.source import Source, read_source
from workflows.engine.proofs import MOST_ABSTRACT_STATES, prove
from workflows.engine.proofs.counterexamples import counterexample

ORGANIZATION = Organization.model_validate({
    "people": {"ann": {"name": "Ann", "manager": "ben"}, "ben": {"name": "Ben"}},
    "teams": {"desk": {"members": ["ann"]}, "empty": {}},
    "roles": {"chair": ["ben"], "vacant": []},
    "services": {"mail": {"title": "Mail", "owner": "ben", "team": "desk"}},
})  # fmt: skip


def source_of(text: str) -> Source:
    source = read_source(dedent(text).encode(), "demo.yaml")
    assert isinstance(source, Source), source
    return source


def process_of(data: dict[str, Any]) -> Process:
    return Process.model_validate(data)


def written(text: str, **more: str) -> str:
    """The YAML text of a process with a head; ``more`` are further sections."""
    head = "process: demo\ntitle: Demo\npractice: demo\nprefix: DEM\n"
    return head + dedent(text) + "".join(f"{key}: {value}\n" for key, value in more.items())


def problems_of(
    text: str, organization: Organization = ORGANIZATION, limit: int = MOST_ABSTRACT_STATES
) -> list[Problem]:
    source = source_of(text)
    return prove(process_of(source.data), source, organization, limit=limit)


def printed(text: str, organization: Organization = ORGANIZATION, limit: int = MOST_ABSTRACT_STATES) -> str:
    return "\n".join(str(problem) for problem in problems_of(text, organization, limit))


def proved(data: dict[str, Any], limit: int) -> set[str]:
    """The codes of the problems of a process."""
    return {problem.code for problem in problems_of(json.dumps(data), limit=limit)}


def replayable(text: str, organization: Organization = ORGANIZATION, index: int = 0) -> str | None:
    return counterexample(process_of(source_of(text).data), organization, index)
