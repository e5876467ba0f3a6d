"""The subject of the checks: a process, its file, its surroundings, and the position of each object in the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from definitions.checks.actions import SHIPPED, ActionSpec
from definitions.expressions import Expect, Kind, Scope, errors_of, scope_of
from definitions.expressions.checked_tree import offset_of
from definitions.expressions.compilation import compile_expression
from definitions.expressions.shapes import Shape, list_of_shape, members
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.schema.states import State, Transition
from definitions.schema.steps import Step
from definitions.text.breadcrumb import crumb
from definitions.text.problems import Path, Problem
from definitions.text.source import Source
from definitions.text.suggestions import closest


@dataclass(frozen=True, slots=True)
class PlacedState:
    """A state with its id, its place in the file and the states around it, outermost first."""

    id: str
    state: State
    path: Path
    ancestors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlacedTransition:
    """A transition with its place; ``state`` is None for a transition of the process itself."""

    transition: Transition
    path: Path
    kind: Literal["on", "always", "after"]
    state: PlacedState | None
    event: str | None


@dataclass(frozen=True)
class Subject:
    """A process file under examination."""

    process: Process
    source: Source
    organization: Organization
    templates: Mapping[str, str]
    processes: Mapping[str, Process | None] | None = None
    """Every process that a file declares, by id, None for a process that can't be read; None if they are not known."""
    actions: Mapping[str, ActionSpec] | None = None
    """The Python actions, by name; None if they are not known."""
    scope: Scope = field(init=False)
    scope_each: Scope = field(init=False)
    scopes_called_back: tuple[Scope, Scope] = field(init=False)
    """For a request with a callback: without ``each``, and with it."""
    placed: tuple[PlacedState, ...] = field(init=False)
    states: Mapping[str, PlacedState] = field(init=False)
    """By id; if an id is given twice, the first state."""

    def __post_init__(self) -> None:
        shapes = dict(self._shapes())
        object.__setattr__(self, "scope", scope_of(self.process, shapes=shapes))
        object.__setattr__(self, "scope_each", scope_of(self.process, each=True, shapes=shapes))
        called_back = tuple(scope_of(self.process, each=each, callback=True, shapes=shapes) for each in (False, True))
        object.__setattr__(self, "scopes_called_back", called_back)
        placed = tuple(_placed(self.process.states, (), ()))
        object.__setattr__(self, "placed", placed)
        object.__setattr__(self, "states", {one.id: one for one in reversed(placed)})

    def _shapes(self) -> Iterator[tuple[str, Shape]]:
        """The shape of the result of each known action that a run saves, and of the children of each state."""
        actions = {**SHIPPED, **(self.actions or {})}
        for state_id, state in self.process.walk():
            for step in state.run or ():
                spec = actions.get(step.call.action) if step.call is not None else None
                if step.save is not None and spec is not None:
                    shape = spec.result if step.each is None else list_of_shape(spec.result)
                    yield f"run.{state_id}.{step.save}", shape
            if state.child is not None:
                yield f"child.{state_id}", list_of_shape(members("key", "state", "failed"))

    def problem(
        self,
        path: Path,
        code: str,
        message: str,
        hint: str = "",
        *,
        key: bool = False,
        severity: Literal["error", "warning"] = "error",
    ) -> Problem:
        """A problem at the value of ``path``, or at its key."""
        mark = self.source.key_at(path) if key else self.source.at(path)
        return Problem(self.source.file, mark.line, mark.column, code, message, crumb(path), hint, severity)

    def unknown(self, path: Path, what: str, name: str, known: Sequence[str] | Mapping[str, Any]) -> Problem:
        """``unknown state 'x'``, with the nearest known name as a hint."""
        return self.problem(path, f"unknown-{what.replace(' ', '-')}", f"unknown {what} '{name}'", closest(name, known))

    def scope_under(self, *, each: bool = False, callback: bool = False) -> Scope:
        """The scope for expressions under an ``each``, in a request with a callback, or both."""
        if callback:
            return self.scopes_called_back[each]
        return self.scope_each if each else self.scope

    def expression(
        self, path: Path, text: str, expect: Expect = "any", *, each: bool = False, callback: bool = False
    ) -> Iterator[Problem]:
        """The errors of the expression at ``path``, with or without ``=`` before it."""
        source = text.removeprefix("=")
        skipped = len(text) - len(source)
        for error in errors_of(source, self.scope_under(each=each, callback=callback), expect):
            mark = self.source.inside(path, skipped + offset_of(source, error.line, error.column))
            yield Problem(self.source.file, mark.line, mark.column, error.code, error.message, crumb(path), error.hint)

    def kind(self, text: str, *, each: bool = False) -> Kind:
        """The kind of the value of an expression. Raises ExpressionError if the expression has an error."""
        return compile_expression(text.removeprefix("="), self.scope_each if each else self.scope).kind

    def raw(self, path: Path) -> Any:
        """The value at ``path`` as the file has it."""
        value: Any = self.source.data
        for key in path:
            if isinstance(value, dict) and isinstance(key, str):
                value = value.get(key)
            elif isinstance(value, list) and isinstance(key, int) and key < len(value):
                value = value[key]
            else:
                return None
        return value

    def element(self, path: Path, index: int) -> Path:
        """The place of an element that may stand with or without its list."""
        return (*path, index) if isinstance(self.raw(path), list) else path

    def transitions(self) -> Iterator[PlacedTransition]:
        """Every transition, in document order."""
        yield from self._transitions_on((), self.process.on, None)
        for one in self.placed:
            yield from self.transitions_of(one)

    def transitions_of(self, one: PlacedState) -> Iterator[PlacedTransition]:
        yield from self._transitions_on(one.path, one.state.on, one)
        always = (*one.path, "always")
        for index, transition in enumerate(one.state.always):
            yield PlacedTransition(transition, self.element(always, index), "always", one, None)
        for index, timed in enumerate(one.state.after):
            yield PlacedTransition(timed, (*one.path, "after", index), "after", one, None)

    def _transitions_on(
        self, path: Path, on: Mapping[str, tuple[Transition, ...]], state: PlacedState | None
    ) -> Iterator[PlacedTransition]:
        for event, alternatives in on.items():
            for index, transition in enumerate(alternatives):
                yield PlacedTransition(transition, self.element((*path, "on", event), index), "on", state, event)

    def steps(self) -> Iterator[tuple[Path, Step]]:
        """Every step, with its place."""
        for one in self.placed:
            yield from _numbered((*one.path, "entry"), one.state.entry)
            yield from _numbered((*one.path, "exit"), one.state.exit)
            if one.state.approval is not None:
                for index, stage in enumerate(one.state.approval.stages):
                    yield from _numbered((*one.path, "approval", "stages", index, "do"), stage.do)
            yield from _numbered((*one.path, "run"), one.state.run or ())
        for placed in self.transitions():
            yield from _numbered((*placed.path, "do"), placed.transition.do)
        for name, level in self.process.service_levels.items():
            for threshold, steps in level.at.items():
                yield from _numbered(("service_levels", name, "at", threshold), steps)

    def value_path(self, placed: PlacedTransition, key: str) -> Path:
        """The place of a key of a transition; the transition itself if it is only a target."""
        return placed.path if isinstance(self.raw(placed.path), str) else (*placed.path, key)


def _placed(states: Mapping[str, State], path: Path, ancestors: tuple[str, ...]) -> Iterator[PlacedState]:
    for state_id, state in states.items():
        own = (*path, "states", state_id)
        yield PlacedState(state_id, state, own, ancestors)
        yield from _placed(state.states, own, (*ancestors, state_id))


def _numbered(path: Path, steps: Sequence[Step]) -> Iterator[tuple[Path, Step]]:
    for index, step in enumerate(steps):
        yield (*path, index), step
