"""The commands of the Makefile, and who calls them."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.paths import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = {name: needed.split() for name, needed in re.findall(r"^([a-z]+):(?!=)(.*)$", MAKEFILE, re.MULTILINE)}
HOOKS: list[dict[str, Any]] = [
    hook
    for repository in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    for hook in repository["hooks"]
]


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_hooks_call_make(hook: dict[str, Any]) -> None:
    """Each hook runs one target of the Makefile as it is, without the names of files."""
    command, target = hook["entry"].split()
    assert (command, hook["language"], hook["pass_filenames"]) == ("make", "system", False)
    assert target in TARGETS
    assert hook["name"] == hook["entry"]


def test_hooks_are_fast_on_a_commit() -> None:
    """A commit waits for lint, spelling and layers, and a push for the unit tests."""
    stages = {hook["entry"]: hook["stages"] for hook in HOOKS}
    assert stages == {
        "make lint": ["pre-commit"],
        "make spelling": ["pre-commit"],
        "make imports": ["pre-commit"],
        "make unit": ["pre-push"],
    }


def test_every_command_is_phony() -> None:
    """No target is a file's name, but the stamp of the installation."""
    (phony,) = re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)
    assert set(phony.split()) == set(TARGETS)


def test_what_is_for_people_is_in_the_help() -> None:
    """`make help` names every target that is not a part of another one."""
    parts = {needed for target in ("check", "test", "unit", "up") for needed in TARGETS[target]}
    named = set(re.findall(r'^\t@echo "make (\w+) ', MAKEFILE, re.MULTILINE))
    assert named == set(TARGETS) - (parts - {"install"}) - {"help"}


def test_ci_checks_what_people_check() -> None:
    """`make test` includes all of `make check`: documents and packaging are tests, which it runs with the others."""
    assert set(TARGETS["check"]) - set(TARGETS["test"]) == {"documents", "packaging"}
