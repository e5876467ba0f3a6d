"""The engine's algorithm and a naive second reading of SCXML's appendix D do the same on random charts."""

from __future__ import annotations

import random

import pytest

from tests.unit.engine.statechart.scxml import Arrow, Endless, Interpreter, Node
from tests.unit.engine.statechart.statecharts import Trace
from workflows.engine.statechart import (
    Budget,
    Configuration,
    StateSpec,
    TooManyMicrosteps,
    TransitionSpec,
    compile_chart,
    macrostep,
    start,
)

EVENTS = ("go", "go.on", "stop", "done.state.s0", "done.state.s01", "done.state")
CHARTS = 700
LIMIT = 25
"""The microsteps of an event: a chart that does not come to rest teaches nothing after them."""


class Random:
    """Random charts: every kind of state, several targets, any descendant as an initial."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.root = self._state("", 0, parallel=False)
        for node in list(self.root.walk()):
            self._connect(node)

    def _state(self, name: str, depth: int, *, parallel: bool) -> Node:
        rng = self.rng
        count = rng.randint(2, 3) if depth == 0 or parallel else rng.choice((0, 0, 1, 2, 3)) if depth < 3 else 0
        kind = "parallel" if parallel else "compound" if count or depth == 0 else "atomic"
        node = Node(name, kind)
        own = name or "s"
        for number in range(count):
            inner = f"{own}{number}"
            node.children.append(self._state(inner, depth + 1, parallel=depth < 2 and rng.random() < 0.35))
        if kind == "compound" and rng.random() < 0.5:
            node.children.append(Node(f"{own}f", "final"))
        if count and depth and rng.random() < 0.5:
            node.children.append(Node(f"{own}h", rng.choice(("shallow", "deep"))))
        rng.shuffle(node.children)
        for child in node.children:
            child.parent = node
        return node

    def _connect(self, node: Node) -> None:
        rng = self.rng
        if node.kind in ("shallow", "deep"):
            assert node.parent is not None
            node.initial = (self._any(node.parent).id,)
        elif node.kind == "compound":
            real = [child for child in node.children if child.kind not in ("shallow", "deep")]
            node.initial = (self._any(node).id,) if rng.random() < 0.4 else (real[0].id,)
        if node.kind in ("atomic", "compound", "parallel"):
            for _ in range(rng.randint(0, 2)):
                events = (
                    ()
                    if rng.random() < 0.25
                    else (rng.choice((*EVENTS, f"done.state.{node.id or self._any(node).id}", "*")),)
                )
                arrow = Arrow(node, events, self._targets(), rng.random() < 0.4)
                arrow.closed = not events and rng.random() < 0.8
                node.arrows.append(arrow)
            node.on_entry = (rng.choice(EVENTS),) if node.id and rng.random() < 0.1 else ()

    def _any(self, node: Node) -> Node:
        inside = [one for one in node.walk() if one is not node and one.kind not in ("shallow", "deep")]
        return self.rng.choice(inside)

    def _targets(self) -> tuple[str, ...]:
        rng = self.rng
        wide = [node for node in self.root.walk() if node.kind == "parallel"]
        if wide and rng.random() < 0.2:
            regions = [one for one in rng.choice(wide).children if one.kind not in ("shallow", "deep")]
            first, second = rng.sample(regions, 2)
            places = (
                [one for one in region.walk() if one.kind not in ("shallow", "deep")] for region in (first, second)
            )
            return tuple(rng.choice(place).id for place in places)
        everywhere = [one.id for one in self.root.walk() if one.id]
        return (rng.choice(everywhere),) if rng.random() < 0.9 else ()


def spec_of(node: Node) -> StateSpec:
    kind = {"compound": "state", "atomic": "state"}.get(node.kind, node.kind)
    transitions = tuple(TransitionSpec(one.events, one.targets, one.internal) for one in node.arrows)
    return StateSpec(node.id, kind, node.initial, transitions, tuple(spec_of(child) for child in node.children))  # type: ignore[arg-type]


class Played:
    """One random chart on the engine and on the second reading, with the same events."""

    def __init__(self, seed: int, *, regions_alone: bool) -> None:
        given = Random(seed)
        self.reading = Interpreter(given.root, regions_alone=regions_alone, limit=LIMIT)
        self.chart = compile_chart(spec_of(given.root), internal_regions=regions_alone)
        closed = {index for index, arrow in enumerate(self.reading.arrows) if arrow.closed}
        raises = {node.id: list(node.on_entry) for node in self.reading.order}
        self.trace = Trace(closed=closed, raises=raises, raise_done=True)
        self.configuration = Configuration(())
        self.events = [given.rng.choice(EVENTS) for _ in range(8)]

    def difference(self) -> str | None:
        """The first difference; a chart that does not come to rest has to be refused by both, and ends."""
        for number, event in enumerate((None, *self.events)):
            self.reading.lines.clear()
            self.trace.lines.clear()
            try:
                self._read(event)
            except Endless:
                with pytest.raises(TooManyMicrosteps):
                    self._run(event)
                return None
            self._run(event)
            remembered = {name: tuple(one.id for one in found) for name, found in self.reading.history_value.items()}
            expected = ([node.id for node in self.reading.configuration], remembered, self.reading.lines)
            found = (list(self.configuration.active), dict(self.configuration.history), self.trace.lines)
            if expected != found:
                return f"event {number} ({event}):\n{expected}\n{found}"
        return None

    def _read(self, event: str | None) -> None:
        if event is None:
            self.reading.interpret()
        else:
            self.reading.send(event)

    def _run(self, event: str | None) -> None:
        if event is None:
            self.configuration = start(self.chart, self.trace, Budget(LIMIT))
        else:
            self.configuration, _ = macrostep(self.chart, self.configuration, event, self.trace, budget=Budget(LIMIT))


@pytest.mark.parametrize("regions_alone", [False, True])
def test_the_engine_does_what_the_recommendation_says(regions_alone: bool) -> None:
    """Entries, exits, transitions, ``done``, the configuration and the histories are the same after every event."""
    for seed in range(CHARTS):
        played = Played(seed, regions_alone=regions_alone)
        assert played.difference() is None, f"seed {seed}"
