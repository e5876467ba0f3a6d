"""The SCION charts (scxml-test-framework) against the engine's own compiled form, in virtual time."""

from __future__ import annotations

import heapq
import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.paths import SHARED
from workflows.engine.statechart import (
    Chart,
    ChartTransition,
    Configuration,
    StateSpec,
    TransitionSpec,
    compile_chart,
    macrostep,
    start,
)

SUITE = SHARED / "suites" / "scion"
CHARTS = sorted(SUITE.glob("*/*.scxml"))
NAMES = [f"{path.parent.name}/{path.stem}" for path in CHARTS]

pytestmark = pytest.mark.skipif(not SUITE.is_dir(), reason="the SCION charts are not beside this checkout")

KINDS = ("state", "parallel", "final", "history")


def tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def children(element: ElementTree.Element, *tags: str) -> list[ElementTree.Element]:
    return [child for child in element if tag(child) in tags]


@dataclass
class Scxml:
    """A document: its chart, with the executable content and conditions that are not part of the chart."""

    chart: Chart
    transitions: list[ElementTree.Element]
    states: dict[str, ElementTree.Element]

    @classmethod
    def read(cls, path: Path) -> Scxml:
        root = ElementTree.parse(path).getroot()
        transitions: list[ElementTree.Element] = []
        states: dict[str, ElementTree.Element] = {}

        def spec(element: ElementTree.Element, state_id: str) -> StateSpec:
            states[state_id] = element
            is_history = tag(element) == "history"
            own = [] if is_history else children(element, "transition")
            transitions.extend(own)
            return StateSpec(
                id=state_id,
                kind=kind(element),
                initial=initial(element),
                transitions=tuple(transition(each) for each in own),
                children=tuple(spec(child, child.attrib["id"]) for child in children(element, *KINDS)),
            )

        return cls(compile_chart(spec(root, "")), transitions, states)


def kind(element: ElementTree.Element) -> Any:
    if tag(element) == "history":
        return element.get("type", "shallow")
    return "state" if tag(element) == "scxml" else tag(element)


def initial(element: ElementTree.Element) -> tuple[str, ...]:
    if tag(element) == "history":
        return tuple(children(element, "transition")[0].attrib["target"].split())
    for given in children(element, "initial"):
        return tuple(children(given, "transition")[0].attrib["target"].split())
    return tuple(element.get("initial", "").split())


def transition(element: ElementTree.Element) -> TransitionSpec:
    return TransitionSpec(
        events=tuple(element.get("event", "").split()),
        targets=tuple(element.get("target", "").split()),
        internal=element.get("type") == "internal",
    )


@dataclass
class Session:
    """The content of a running document: active states for ``In()``, the internal queue, and delayed sends."""

    document: Scxml
    now: int = 0
    active: set[str] = field(default_factory=set)
    queue: deque[str] = field(default_factory=deque)
    delayed: list[tuple[int, int, str]] = field(default_factory=list)

    def enabled(self, transition: ChartTransition, event: str | None) -> bool:
        condition = self.document.transitions[transition.index].get("cond", "true")
        predicate = re.fullmatch(r"(!?)In\('([^']+)'\)", condition)
        if predicate:
            return (predicate[2] in self.active) != bool(predicate[1])
        return {"true": True, "false": False}[condition]

    def exit(self, state_id: str) -> None:
        self._blocks(state_id, "onexit")
        self.active.remove(state_id)

    def take(self, transition: ChartTransition) -> None:
        self._run(self.document.transitions[transition.index])

    def enter(self, state_id: str) -> None:
        self.active.add(state_id)
        self._blocks(state_id, "onentry")

    def done(self, state_id: str) -> None:
        self.queue.append(f"done.state.{state_id}")

    def raised(self) -> str | None:
        return self.queue.popleft() if self.queue else None

    def ended(self, state_id: str) -> None:
        self.delayed.clear()

    def _blocks(self, state_id: str, name: str) -> None:
        for block in children(self.document.states[state_id], name):
            self._run(block)

    def _run(self, block: ElementTree.Element) -> None:
        for action in block:
            if tag(action) == "raise":
                self.queue.append(action.attrib["event"])
            elif tag(action) == "send":
                due = self.now + int(action.attrib["delay"].removesuffix("ms"))
                heapq.heappush(self.delayed, (due, len(self.delayed), action.attrib["event"]))
            else:
                assert tag(action) == "log", f"the suite has grown: {tag(action)}"


def leaves(chart: Chart, configuration: Configuration) -> list[str]:
    return sorted(state for state in configuration.active if state in chart.leaves)


def run(document: Scxml, script: dict[str, Any]) -> Iterator[tuple[list[str], list[str]]]:
    """The expected and the actual states, at the start and after each event."""
    session = Session(document)
    configuration = start(document.chart, session)
    yield sorted(script["initialConfiguration"]), leaves(document.chart, configuration)
    for event in script["events"]:
        until = session.now + event.get("after", 0)
        while session.delayed and session.delayed[0][0] <= until:
            session.now, _, name = heapq.heappop(session.delayed)
            configuration, _ = macrostep(document.chart, configuration, name, session)
        session.now = until
        configuration, _ = macrostep(document.chart, configuration, event["event"]["name"], session)
        assert session.active == set(configuration.active)
        yield sorted(event["nextConfiguration"]), leaves(document.chart, configuration)


def test_the_suite_is_whole() -> None:
    """The suite has all of its 96 charts."""
    assert len(CHARTS) == 96


@pytest.mark.parametrize("path", CHARTS, ids=NAMES)
def test_scion(path: Path) -> None:
    """After each event the active atomic states are those that the suite expects."""
    script = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    outcome = list(run(Scxml.read(path), script))
    assert [found for _, found in outcome] == [expected for expected, _ in outcome]
