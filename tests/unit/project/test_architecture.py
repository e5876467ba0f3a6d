"""docs/architecture.md: the parts that are made from the contracts, and the way through the code."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from tests.floor_plan import PAGE, Plan, drawing, page, plan_of, rooms
from tests.paths import ROOT

PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
TEXT = PAGE.read_text(encoding="utf-8")
CONTRACTS = """
[[tool.importlinter.contracts]]
type = "layers"
layers = ["api", "worker", "a | b", "engine"]
[[tool.importlinter.contracts]]
type = "layers"
containers = ["engine"]
layers = ["step", "model | time | text"]
[[tool.importlinter.contracts]]
type = "acyclic_siblings"
ancestors = ["engine"]
"""


def section(title: str) -> str:
    """The text below a heading, up to the next one of the same level."""
    return TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_the_page_is_that_of_the_contracts() -> None:
    """The floors and rooms are those of pyproject.toml: ``python -m tests.floor_plan`` writes them anew."""
    assert page() == TEXT


def test_contracts_make_a_plan() -> None:
    """The contract without a container orders the whole, one with a container the inside of that package."""
    plan = plan_of(CONTRACTS)
    assert plan.layers == (("api",), ("worker",), ("a", "b"), ("engine",))
    assert plan.inside == {"engine": (("step",), ("model", "time", "text"))}


def test_a_plan_is_drawn() -> None:
    """Floors are rows from the top down, rooms beside each other stand side by side, a package surrounds its floors."""
    lines = drawing(plan_of(CONTRACTS)).splitlines()
    assert {len(line) for line in lines} == {100}
    assert [re.findall(r"\w+", line) for line in lines if re.search(r"\w", line)] == [
        ["api"], ["worker"], ["a", "b"], ["engine"], ["step"], ["model", "time", "text"],
    ]  # fmt: skip
    assert [line[0] + line[-1] for line in lines] == [
        "┌┐", "││", "├┤", "││", "├┤", "││", "└┘", "┌┐", "││", "││", "││", "││", "││", "││", "└┘",
    ]  # fmt: skip


def test_a_floor_that_moves_changes_the_page() -> None:
    """Two floors that change places are drawn the other way round."""
    below = drawing(Plan((("api",), ("engine",)), {}))
    above = drawing(Plan((("engine",), ("api",)), {}))
    assert below != above
    assert below.index("api") < below.index("engine")


def test_every_room_says_what_it_is() -> None:
    """Every module and package on a floor has a docstring whose first sentence ends with a period."""
    plan = plan_of(PYPROJECT)
    for package in plan.inside:
        for row in rooms(plan, package).splitlines()[2:]:
            assert row.endswith(". |"), row


@pytest.mark.parametrize("package", plan_of(PYPROJECT).inside)
def test_a_package_names_its_floors(package: str) -> None:
    """The docstring of a package names every room on its floors, from the bottom to the top."""
    floors = list(reversed(plan_of(PYPROJECT).inside[package]))
    height = {room: number for number, floor in enumerate(floors) for room in floor}
    docstring = import_module(package).__doc__ or ""
    named = [
        room
        for line in re.findall(r"^- (``.+?``): ", docstring, re.MULTILINE)
        for room in re.findall(r"``(\w+)``", line)
    ]
    assert sorted(named) == sorted(height)
    assert [height[room] for room in named] == sorted(height.values())


def test_the_first_hour_is_an_hour() -> None:
    """The reading order names ten files, none too long to be read in one go, together little more than 2,000 lines."""
    files = re.findall(r"^\| (\d+)\. `([^`]+)`", section("The first hour"), re.MULTILINE)
    lengths = [len((ROOT / file).read_text(encoding="utf-8").splitlines()) for _, file in files]
    assert [int(number) for number, _ in files] == list(range(1, 11))
    assert max(lengths) <= 400
    assert sum(lengths) <= 2_200


def test_the_theory_is_short() -> None:
    """The theory of operation is told in twenty lines."""
    told = re.findall(r"^(?:\d+\. |   )\S", section("Theory of operation"), re.MULTILINE)
    assert len(told) <= 20


def test_the_glossary_is_in_order() -> None:
    """Each part of the glossary is sorted, and no word is explained twice under one heading."""
    for part in section("Glossary").split("\n### ")[1:]:
        words = [line.split(" | ")[0].strip("| ").lower() for line in part.splitlines() if line.startswith("| ")][1:]
        assert words == sorted(set(words)), part.partition("\n")[0]
