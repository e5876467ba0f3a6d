"""Properties of every chart and every run of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.unit.engine.statechart.statecharts import Trace
from workflows.engine.statechart import (
    Budget,
    Chart,
    Configuration,
    StateSpec,
    TooManyMicrosteps,
    TransitionSpec,
    compile_chart,
    macrostep,
    select,
    start,
)
from workflows.engine.statechart.exits import exit_set

EVENTS = ("go", "go.on", "stop")


@dataclass
class Sketch:
    """A state while the chart is generated, before any reference to it."""

    id: str
    kind: Any
    children: list[Sketch]

    def inside(self) -> list[Sketch]:
        return [each for child in self.children for each in (child, *child.inside())]


@st.composite
def sketches(draw: st.DrawFn, name: str = "s", depth: int = 0) -> Sketch:
    kinds = ["state", "state", "parallel"] if depth < 3 else ["state"]
    kind = "state" if depth == 0 else draw(st.sampled_from(kinds))
    fewest = 0 if depth and kind == "state" else 2
    count = draw(st.integers(fewest, 3)) if depth < 3 else 0
    children = [draw(sketches(f"{name}{n}", depth + 1)) for n in range(count)]
    if children and depth:
        children += [Sketch(f"{name}h", draw(st.sampled_from(["shallow", "deep"])), [])] * draw(
            st.sampled_from([0, 1, 1])
        )
    if children and kind == "state":
        children += [Sketch(f"{name}f", "final", [])] * draw(st.integers(0, 1))
    return Sketch(name if depth else "", kind, children)


@st.composite
def targets(draw: st.DrawFn, root: Sketch) -> tuple[str, ...]:
    """None, any one, or one in each of two regions of a parallel state."""
    count = draw(st.sampled_from([0, 1, 1, 1, 2]))
    everything = root.inside()
    wide = [state for state in everything if state.kind == "parallel"]
    if count == 2 and wide:
        regions = [child for child in draw(st.sampled_from(wide)).children if child.kind in ("state", "parallel")]
        first, second = draw(st.permutations(regions))[:2]
        return tuple(draw(st.sampled_from([region, *region.inside()])).id for region in (first, second))
    histories = [state for state in everything if state.kind in ("shallow", "deep")]
    return (draw(st.sampled_from(everything + histories * 3)).id,) if count else ()


@st.composite
def specs(draw: st.DrawFn, sketch: Sketch, root: Sketch, parent: Sketch | None = None) -> StateSpec:
    initial: tuple[str, ...] = ()
    transitions: list[TransitionSpec] = []
    if sketch.kind in ("shallow", "deep"):
        assert parent is not None
        places = [each for each in parent.inside() if each.kind not in ("shallow", "deep")]
        initial = (draw(st.sampled_from(places)).id,)
    elif sketch.kind == "state" and sketch.children and draw(st.booleans()):
        initial = (draw(st.sampled_from(sketch.inside())).id,)
    if sketch.kind in ("state", "parallel"):
        for _ in range(draw(st.integers(0, 2))):
            events = draw(st.sampled_from([(), *((event,) for event in EVENTS)] * 2 + [("*",)]))
            transitions.append(TransitionSpec(events, draw(targets(root)), draw(st.booleans())))
    children = tuple(draw(specs(child, root, sketch)) for child in sketch.children)
    return StateSpec(sketch.id, sketch.kind, initial, tuple(transitions), children)


@dataclass(frozen=True)
class Case:
    chart: Chart
    closed: frozenset[int]
    raises: dict[str, list[str]]
    events: list[str]

    def content(self) -> Trace:
        return Trace(closed=set(self.closed), raises=self.raises, raise_done=True)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    root = draw(sketches())
    chart = compile_chart(draw(specs(root, root)))
    eventless = [transition.index for transition in chart.transitions if not transition.events]
    # Open eventless transitions mostly lead to endless steps, so most of them are closed.
    open_ones = draw(st.sets(st.sampled_from(eventless), max_size=2)) if eventless else set()
    closed = frozenset(eventless) - open_ones
    raises = draw(st.dictionaries(st.sampled_from(sorted(chart.states)), st.lists(st.sampled_from(EVENTS)), max_size=2))
    return Case(chart, closed, raises, draw(st.lists(st.sampled_from(EVENTS), min_size=1, max_size=8)))


def run(case: Case) -> tuple[list[Configuration], list[str]]:
    """The configurations at the start and after each event, and every call of the content."""
    content = case.content()
    configurations = [start(case.chart, content, Budget(30))]
    for event in case.events:
        configurations.append(macrostep(case.chart, configurations[-1], event, content, budget=Budget(30))[0])
    return configurations, content.lines


def faults(chart: Chart, active: tuple[str, ...]) -> list[str]:
    """The violations of SCXML 3.11 in a configuration, by parents and kinds alone."""
    found = []
    for state in [chart.states[""], *(chart.states[each] for each in active)]:
        inside = [child for child in state.children if child in active]
        regions = [child for child in state.children if chart.states[child].kind not in ("shallow", "deep")]
        if state.kind in ("shallow", "deep"):
            found.append(f"the history {state.id} is active")
        if state.kind == "compound" and len(inside) != 1:
            found.append(f"{inside} of {state.id} are active")
        if state.kind == "parallel" and inside != regions:
            found.append(f"only {inside} of {state.id} are active")
        if state.parent and state.parent not in active:
            found.append(f"{state.id} is active without its parent")
    if list(active) != sorted(set(active), key=lambda each: chart.states[each].order):
        found.append("not in document order")
    return found


@settings(max_examples=150, deadline=None)
@given(cases())
def test_configurations_are_legal(case: Case) -> None:
    """Random charts under random events are always in a legal configuration (SCXML 3.11)."""
    try:
        configurations, _ = run(case)
    except TooManyMicrosteps:
        assume(False)
    for configuration in configurations:
        assert faults(case.chart, configuration.active) == []


@settings(max_examples=80, deadline=None)
@given(cases())
def test_same_inputs_same_outputs(case: Case) -> None:
    """Two runs of one chart with the same events and guards give the same configurations and the same content."""
    try:
        first = run(case)
    except TooManyMicrosteps:
        assume(False)
    assert run(case) == first


@settings(max_examples=80, deadline=None)
@given(cases())
def test_entered_and_exited(case: Case) -> None:
    """Content enters only inactive states and exits only active ones, and ends with the configuration."""
    try:
        configurations, lines = run(case)
    except TooManyMicrosteps:
        assume(False)
    active: set[str] = set()
    for line in lines:
        if line.startswith("+"):
            assert line[1:] not in active
            active.add(line[1:])
        elif line.startswith("-"):
            active.remove(line[1:])
    assert active == set(configurations[-1].active)


@settings(max_examples=80, deadline=None)
@given(cases())
def test_selected_without_conflicts(case: Case) -> None:
    """No two transitions of one selection exit the same state, and each matches the event and its guard."""
    try:
        configurations, _ = run(case)
    except TooManyMicrosteps:
        assume(False)
    for configuration in configurations:
        chosen = select(case.chart, configuration, case.content(), "go.on")
        exits = [state for one in chosen for state in exit_set(case.chart, configuration, (one,))]
        assert len(exits) == len(set(exits))
        for transition in chosen:
            assert transition.events[0] in ("go", "go.on", "*")
            assert transition.index not in case.closed
