"""The pinned versions that are installed everywhere."""

from __future__ import annotations

import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LINES = [line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
PINS = {canonicalize_name(requirement.name): requirement for requirement in map(Requirement, LINES)}


def wanted() -> list[Requirement]:
    """What pyproject.toml asks for: to run, to work on it, and to build it."""
    runtime = PROJECT["project"]["dependencies"]
    return [
        Requirement(text)
        for text in (*runtime, *PROJECT["dependency-groups"]["dev"], *PROJECT["build-system"]["requires"])
    ]


def test_every_dependency_is_pinned_within_its_bounds() -> None:
    """What pyproject.toml asks for is pinned to a version that it allows: `make lock` renews the pins."""
    asked = {canonicalize_name(requirement.name): requirement for requirement in wanted()}
    assert set(asked) - set(PINS) == set()
    for name, requirement in asked.items():
        (pin,) = PINS[name].specifier
        assert pin.version in requirement.specifier, f"{name} {pin.version}"


def test_pins_are_exact() -> None:
    """A pin is one version, on every platform, wherever it comes from: no address, no range, no marker."""
    for pin in PINS.values():
        assert [specifier.operator for specifier in pin.specifier] == ["=="], pin
        assert pin.url is None
        assert pin.marker is None


def test_the_project_itself_is_not_pinned() -> None:
    """The project is installed from its own source."""
    assert PROJECT["project"]["name"] not in PINS
