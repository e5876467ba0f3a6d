"""Diagrams: always the same picture of a process."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from definitions.documents.diagram import mermaid
from definitions.documents.diagram_words import condition, lines_of, moment
from definitions.schema.process import Process
from definitions.schema.states import Timed
from definitions.text.source import Source, read_source
from tests.pages import shipped
from tests.paths import EXAMPLES

FOLDER = EXAMPLES / "diagram"
ARROW = re.compile(r"^ *(\w+|\[\*\]) --> (\w+)(?:: .+)?$", re.MULTILINE)
PROCESSES = shipped()


def test_everything() -> None:
    """Compound, parallel, history and final states, guards, times and outcomes are drawn; text is escaped."""
    source = read_source((FOLDER / "everything.yaml").read_bytes(), "everything.yaml")
    assert isinstance(source, Source)
    assert mermaid(Process.model_validate(source.data)) == (FOLDER / "everything.mmd").read_text()


@pytest.mark.parametrize("process", PROCESSES.values(), ids=PROCESSES)
def test_a_picture_of_a_shipped_process_can_be_read(process: Process) -> None:
    """At most one arrow leads from one state to another, none to the state itself, and all join existing states."""
    text = mermaid(process)
    arrows = [arrow for arrow in ARROW.findall(text) if arrow[0] != "[*]"]
    assert text.count(" --> ") == len(ARROW.findall(text))
    assert max(Counter(arrows).values()) == 1
    assert all(source != target for source, target in arrows)
    declared = set(re.findall(r'^ *state ".*" as (\w+)$', text, re.MULTILINE))
    assert {state for arrow in arrows for state in arrow} <= declared == {name for name, _ in process.walk()}


@pytest.mark.parametrize("process", PROCESSES.values(), ids=PROCESSES)
def test_nothing_that_can_happen_is_left_out(process: Process) -> None:
    """Every event that a state handles is named, on an arrow, in its box, or in the note."""
    text = mermaid(process)
    for _, state in process.walk():
        for event in state.on:
            assert re.search(rf"\b{re.escape(event)}\b", text), event


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("ticket.model == 'standard'", "model = standard"),
        ("!in_state('implement') && !in_state('review')", "not in implement and not in review"),
        ("tag('open') || ticket.waived == false", "open or not waived"),
        ("event.planned_start != null", "planned_start is set"),
        ("run.look.seen.exists(one, one.ended && 'open' in one.tags)", "…"),
        ("ticket.risk >= 4 && run.look.seen.exists(one, one.ended && one.key != null)", "risk ≥ 4 and …"),
        ("actor.id.startsWith('source:')", "by a source"),
    ],
)
def test_conditions_are_told_in_words(expression: str, words: str) -> None:
    """A condition loses its syntax, and is cut between its parts if it is long."""
    assert condition(expression) == words


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"for": "5d", "calendar": "office"}, "after 5d"),
        ({"for": "=tables.cadence[ticket.severity]"}, "after cadence by severity"),
        ({"until": "ticket.planned_start"}, "at planned_start"),
        ({"until": "ticket.planned_start - duration('1h')"}, "1h before planned_start"),
        ({"until": "ticket.ended + duration('2d')"}, "2d after ended"),
    ],
)
def test_moments_are_told_in_words(written: dict[str, str], words: str) -> None:
    """A timed transition shows its moment."""
    assert moment(Timed.model_validate({"to": "x"} | written)) == words


def test_boxes_are_not_wide() -> None:
    """The text of a box is wrapped into lines."""
    assert max(map(len, lines_of("one two three " * 20))) <= 48


PAST = """\
process: demo
title: Demo
practice: demo
prefix: DEM
initial: work
states:
  work:
    initial: open
    states: {other: {}, open: {}, past: {history: shallow}}
  both:
    parallel: true
    states: {one: {}, two: {}, all: {history: deep}}
"""


def test_a_history_leads_where_it_begins() -> None:
    """A history without ``initial`` has an arrow to the initial state around it, and none to all regions at once."""
    source = read_source(PAST.encode(), "past.yaml")
    assert isinstance(source, Source)
    lines = [line.strip() for line in mermaid(Process.model_validate(source.data)).splitlines()]
    assert [line for line in lines if "-->" in line and "[*]" not in line] == ["past --> open"]
