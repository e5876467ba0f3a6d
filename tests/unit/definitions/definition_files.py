"""Example files of definitions, and the organization that they name."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel

from definitions.loading.loader import load
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.schema.scenario import Scenario
from definitions.text.problems import Problem
from tests.paths import EXAMPLES

ORGANIZATION = """\
organization: {name: Example, time_zone: Europe/Berlin, calendar: office}
people:
  alice: {name: Alice Ng, manager: carol}
  bob: {name: Bob Ruiz, manager: carol}
  carol: {name: Carol Weiss, manager: dora}
  dora: {name: Dora Lind}
teams: {cab: {members: [alice, bob, dora]}}
roles: {chair: [dora], officer: [bob]}
services: {email: {title: E-mail, owner: carol, team: cab, calendar: office}}
calendars: {office: {hours: {mon-fri: ["09:00-17:00"]}}}
"""
"""The organization that the examples of processes may name."""


def examples(folder: str) -> list[str]:
    """The names of the examples in ``valid`` or ``invalid``."""
    return sorted(path.stem for path in (EXAMPLES / folder).glob("*.yaml"))


def kind_of(name: str) -> tuple[str, type[BaseModel]]:
    """The folder and the model of an example, by the beginning of its name."""
    if name.startswith("organization-"):
        return "organization", Organization
    return ("scenarios", Scenario) if name.startswith("scenario-") else ("processes", Process)


def load_example(text: bytes, name: str, folder: Path) -> tuple[Problem, ...]:
    """The problems of an example, loaded from a definitions folder like any file."""
    kind, _ = kind_of(name)
    target = folder / kind / f"{name}.yaml"
    target.parent.mkdir(parents=True)
    target.write_bytes(text)
    if kind != "organization":
        (folder / "organization").mkdir()
        (folder / "organization" / "example.yaml").write_text(ORGANIZATION)
    if kind == "scenarios":
        (folder / "processes").mkdir()
        demo = (EXAMPLES / "valid" / "shorthand.yaml").read_bytes()
        (folder / "processes" / "demo.yaml").write_bytes(demo)
    return tuple(problem for problem in load([folder]).problems if problem.file == target.as_posix())


def as_text(problems: tuple[Problem, ...], name: str) -> str:
    """All problems as they are printed, the file by its name alone."""
    return "\n".join(str(problem).replace(problem.file, f"{name}.yaml", 1) for problem in problems) + "\n"
