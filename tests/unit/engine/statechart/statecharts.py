"""Statecharts in short notation, run with content that records what happens."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

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


@dataclass
class Trace:
    """Content that records every call. Guards, and the events that states raise, are given by name."""

    closed: set[int] = field(default_factory=set)
    raises: dict[str, list[str]] = field(default_factory=dict)
    raise_done: bool = False
    lines: list[str] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    queue: deque[str] = field(default_factory=deque)

    def enabled(self, transition: ChartTransition, event: str | None) -> bool:
        self.asked.append(transition.index)
        return transition.index not in self.closed

    def exit(self, state_id: str) -> None:
        self.lines.append(f"-{state_id}")

    def take(self, transition: ChartTransition) -> None:
        self.lines.append(f"{transition.source}→{' '.join(transition.targets)}")

    def enter(self, state_id: str) -> None:
        self.lines.append(f"+{state_id}")
        self.queue.extend(self.raises.get(state_id, []))

    def done(self, state_id: str) -> None:
        self.lines.append(f"done {state_id}")
        if self.raise_done:
            self.queue.append(f"done.state.{state_id}")

    def raised(self) -> str | None:
        return self.queue.popleft() if self.queue else None

    def ended(self, state_id: str) -> None:
        self.lines.append(f"ended {state_id}")


def on(events: str, targets: str = "", **more: Any) -> TransitionSpec:
    return TransitionSpec(tuple(events.split()), tuple(targets.split()), **more)


def state(state_id: str, *inside: StateSpec | TransitionSpec, initial: str = "", kind: Any = "state") -> StateSpec:
    return StateSpec(
        id=state_id,
        kind=kind,
        initial=tuple(initial.split()),
        transitions=tuple(each for each in inside if isinstance(each, TransitionSpec)),
        children=tuple(each for each in inside if isinstance(each, StateSpec)),
    )


def parallel(state_id: str, *inside: StateSpec | TransitionSpec) -> StateSpec:
    return state(state_id, *inside, kind="parallel")


def final(state_id: str) -> StateSpec:
    return state(state_id, kind="final")


def history(state_id: str, default: str, kind: str = "shallow") -> StateSpec:
    return state(state_id, initial=default, kind=kind)


def chart(*inside: StateSpec | TransitionSpec, initial: str = "") -> Chart:
    return compile_chart(state("", *inside, initial=initial))


@dataclass
class Running:
    """A chart with its current configuration; ``send`` returns the record of what happened."""

    chart: Chart
    trace: Trace
    configuration: Configuration

    @property
    def active(self) -> str:
        return " ".join(s for s in self.configuration.active if s in self.chart.leaves)

    def send(self, event: str, origin: str | None = None) -> list[str]:
        self.trace.lines.clear()
        self.configuration, _ = macrostep(self.chart, self.configuration, event, self.trace, origin)
        return list(self.trace.lines)


def begin(given: Chart, **trace: Any) -> Running:
    content = Trace(**trace)
    return Running(given, content, start(given, content))


def regions(*more: TransitionSpec) -> Chart:
    return chart(
        parallel(
            "p", *more, state("r", state("r1", on("go", "r2")), state("r2")), state("s", state("s1"), state("s2"))
        ),
        state("out", on("back", "p"), on("split", "s2 r2"), on("held", "p s2")),
    )
