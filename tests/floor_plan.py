"""The floors in docs/architecture.md, from import-linter's contracts. ``python -m tests.floor_plan`` draws them."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from tests.paths import DOCS, ROOT

PAGE = DOCS / "architecture.md"
WIDTH = 100
"""Columns of the drawing."""

_PART = "<!-- {0}: written by python -m tests.floor_plan -->\n"
_END = "<!-- end -->\n"

Floor = tuple[str, ...]
"""Rooms that may not import each other."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The floors of the whole, top first, and of each package that has floors of its own."""

    layers: tuple[Floor, ...]
    inside: Mapping[str, tuple[Floor, ...]]


def plan_of(pyproject: str) -> Plan:
    """The plan that the contracts of type ``layers`` in a pyproject.toml describe."""
    contracts = tomllib.loads(pyproject)["tool"]["importlinter"]["contracts"]
    layers: tuple[Floor, ...] = ()
    inside = {}
    for contract in contracts:
        if contract["type"] == "layers":
            floors = tuple(tuple(re.split(r"\s*\|\s*", floor)) for floor in contract["layers"])
            if "containers" in contract:
                (container,) = contract["containers"]
                inside[container] = floors
            else:
                layers = floors
    return Plan(layers, inside)


def drawing(plan: Plan) -> str:
    """Every floor as a row of boxes; a package with floors of its own is a box around them."""
    rows: list[str] = []
    for is_container, floors in groupby(plan.layers, lambda floor: len(floor) == 1 and floor[0] in plan.inside):
        if is_container:
            for (package,) in floors:
                rows += _around(package, _stacked(plan.inside[package], WIDTH - 4))
        else:
            rows += _stacked(tuple(floors), WIDTH)
    return "".join(f"{row}\n" for row in rows)


def _around(package: str, inner: Iterator[str]) -> Iterator[str]:
    yield "┌" + "─" * (WIDTH - 2) + "┐"
    yield f"│ {package:<{WIDTH - 3}}│"
    yield from (f"│ {line} │" for line in inner)
    yield "└" + "─" * (WIDTH - 2) + "┘"


def _stacked(floors: Sequence[Floor], width: int) -> Iterator[str]:
    """Floors with one line between two of them."""
    above: frozenset[int] = frozenset()
    for floor in floors:
        walls = _walls(len(floor), width)
        yield _line(above, frozenset(walls), width)
        cells = (f" {room}".ljust(end - start - 1) for room, (start, end) in zip(floor, pairwise(walls), strict=True))
        yield "│" + "│".join(cells) + "│"
        above = frozenset(walls)
    yield _line(above, frozenset(), width)


def _walls(rooms: int, width: int) -> list[int]:
    """The columns of the walls of a floor that is divided evenly."""
    return [round(number * (width - 1) / rooms) for number in range(rooms + 1)]


def _line(above: frozenset[int], below: frozenset[int], width: int) -> str:
    corners = {(True, True): "┼", (True, False): "┴", (False, True): "┬", (False, False): "─"}
    line = [corners[column in above, column in below] for column in range(width)]
    line[0], line[-1] = "├┤" if above and below else "┌┐" if below else "└┘"
    return "".join(line)


def rooms(plan: Plan, package: str) -> str:
    """A table of a package's rooms, top first, each with the first sentence of its docstring."""
    named = [(room, _summary(f"{package}.{room}")) for floor in plan.inside[package] for room in floor]
    return "| room | is |\n|---|---|\n" + "".join(f"| `{room}` | {summary} |\n" for room, summary in named)


def _summary(module: str) -> str:
    path = ROOT.joinpath(*module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    first = " ".join(docstring.partition("\n\n")[0].split())
    return re.split(r"(?<=\.)\s", first)[0].replace("``", "`")


def page() -> str:
    """docs/architecture.md as it is written there, with what is made here made anew."""
    plan = plan_of((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    text = PAGE.read_text(encoding="utf-8")
    text = _replaced(text, "floors", f"```text\n{drawing(plan)}```\n")
    for package in plan.inside:
        text = _replaced(text, f"rooms of {package}", rooms(plan, package))
    return text


def _replaced(text: str, part: str, new: str) -> str:
    begin = _PART.format(part)
    before, begun, rest = text.partition(begin)
    _, ended, after = rest.partition(_END)
    assert begun and ended, f"docs/architecture.md has no part {part!r}"
    return f"{before}{begin}\n{new}\n{_END}{after}"


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
