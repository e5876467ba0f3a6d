"""The pages of the shipped processes, compared with the processes."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from definitions.loading.folders import SHIPPED
from definitions.schema.process import Process
from tests.controls import CONTROLS, file_of
from tests.pages import PRACTICES, drawn, page_of, shipped
from tests.paths import DOCS

PROCESSES = shipped()
SECTIONS = ["Picture", "Who does what", "Clocks", "Metrics", "How to customize it", "Controls"]
RESERVED = {"opened_at", "key", "assignee", "comment"}
"""Names that every ticket has."""
WORD = re.compile(r"[A-Za-z_]\w*")
each_process = pytest.mark.parametrize("process", PROCESSES.values(), ids=PROCESSES)


def sections(process: Process) -> dict[str, str]:
    """A page by its headings; the text before the first heading is under ''."""
    first, *rest = re.split(r"^## ", page_of(process).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {"": first} | {name: text for name, _, text in (part.partition("\n") for part in rest)}


def words_in(path: Path) -> set[str]:
    return set(WORD.findall(path.read_text(encoding="utf-8")))


@cache
def words_of_everybody() -> frozenset[str]:
    """Of the language, of the organization, and the ids of all processes."""
    language = [words_in(DOCS / "schema" / f"{name}.json") for name in ("process", "scenario")]
    organization = [words_in(path) for path in (SHIPPED / "organization").glob("*.yaml")]
    return frozenset(RESERVED.union(*language, *organization, PROCESSES))


def test_every_process_has_its_page() -> None:
    """There is a page for each shipped process, and for no other."""
    assert {path.stem for path in PRACTICES.glob("*.md")} == set(PROCESSES)


@each_process
def test_the_picture_is_that_of_the_process(process: Process) -> None:
    """The picture of a page is the one that `stanchion diagram` draws: `python -m tests.pages` writes it anew."""
    page = page_of(process).read_text(encoding="utf-8")
    assert drawn(page, process) == page


@each_process
def test_a_page_has_all_that_an_owner_needs(process: Process) -> None:
    """A page has its purpose, picture, responsibilities, clocks, metrics, customization and controls, in this order."""
    found = sections(process)
    assert [name for name in found if name in SECTIONS] == SECTIONS
    assert f"`{process.process}`" in found[""]
    assert f"`{process.prefix}-…`" in found[""]
    assert len(found[""].split()) > 25, "a page says what its process is for"
    assert all(len(found[name].split()) > 15 for name in SECTIONS)


@each_process
def test_somebody_answers_for_each_activity(process: Process) -> None:
    """Each row of a responsibility matrix names who is responsible or accountable, in a column for each party."""
    lines = [line for line in sections(process)["Who does what"].splitlines() if line.startswith("|")]
    parties = lines[0].count("|")
    assert len(lines) > 4
    for line in lines[2:]:
        assert line.count("|") == parties, line
        assert re.search(r"\| ?[^|]*\b[RA]\b", line.split("|", 2)[2].join("||")), line


@each_process
def test_every_clock_is_told(process: Process) -> None:
    """Each service level is named with its kind and with each share of its target at which people are notified."""
    text = sections(process)["Clocks"]
    for name, level in process.service_levels.items():
        row = next((line for line in text.splitlines() if f"`{name}`" in line), None)
        assert row, f"clock {name}"
        assert level.kind.upper() in row, f"kind of {name}"
        for threshold in level.at:
            assert threshold.replace("%", " %") in row, f"{threshold} of {name}"


@each_process
def test_every_name_is_one_of_the_process(process: Process) -> None:
    """A word in backticks is in the process, in a process that the page names, or in the language."""
    page = re.sub(r"```.*?```", "", page_of(process).read_text(encoding="utf-8"), flags=re.DOTALL)
    named = {process.process}.union(other for other in PROCESSES if re.search(rf"\b{other.replace('_', '[_ ]')}", page))
    known = words_of_everybody().union(*(words_in(file_of(name)) for name in named))
    told = re.findall(r"`([a-z_]+(?:\.[a-z_]+)*)`", page)
    assert told
    assert sorted({name for name in told if not set(name.split(".")) <= known}) == []


@each_process
def test_a_page_lists_its_controls(process: Process) -> None:
    """A page lists its controls, and no more than are proved."""
    numbered = re.findall(r"^(?:\d+\.|-) (.+)", sections(process)["Controls"], re.MULTILINE)
    assert 2 <= len(numbered) <= len(CONTROLS[process.process])
