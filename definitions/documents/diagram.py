"""A process as a Mermaid state diagram (``stateDiagram-v2``): always the same text for the same process.

A picture of every transition would be a tangle. So all transitions from one state to another share one arrow.
Transitions that lead back to an earlier state, or stay, are written in the state's box. Handlers of the whole process
are written in one note.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from definitions.documents.diagram_words import condition, lines_of, moment, waits
from definitions.schema.process import Process
from definitions.schema.states import State, Transition

_WRONG = str.maketrans({
    "#": "#35;", ";": "#59;", ":": "#58;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "{": "#123;", "}": "#125;",
    "%": "#37;",
})  # fmt: skip
"""Characters that Mermaid would read as syntax."""
_RESERVED = frozenset({"end", "state", "note", "direction", "class", "default", "style", "click", "as"})
"""Words that Mermaid does not accept as the name of a state."""
_COLOURS = {
    "approval": "fill:#fff3d1,stroke:#b7791f,color:#222",
    "tasks": "fill:#dfeeff,stroke:#2b6cb0,color:#222",
    "run": "fill:#ececec,stroke:#666,color:#222",
    "child": "fill:#ece4ff,stroke:#6b46c1,color:#222",
    "ended": "fill:#e2e8f0,stroke:#2d3748,stroke-width:3px,color:#222",
    "failed": "fill:#fde0de,stroke:#c53030,stroke-width:3px,color:#222",
}
"""Colours by the waiting block of a state, or by its end. The box states the same in words."""

CROWDED = 2
"""The number of arrows from a state above which an arrow back would cross their words."""


@dataclass(frozen=True, slots=True)
class _DrawnTransition:
    """A transition in a few words, to a state or to none."""

    words: str
    to: str | None


def mermaid(process: Process) -> str:
    """The diagram of ``process``, in document order."""
    drawing = _Drawing(process)
    lines = ["stateDiagram-v2", *drawing.colours(), f"    [*] --> {_name(process.initial)}"]
    lines += drawing.states(process.states, 1)
    lines += drawing.arrows()
    lines += drawing.note()
    lines += drawing.classes()
    return "\n".join(lines) + "\n"


class _Drawing:
    """A process with the arrows and the words of its diagram."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._states = dict(process.walk())
        self._place = {state_id: place for place, state_id in enumerate(self._states)}
        self._ways = {state_id: tuple(_ways(state)) for state_id, state in self._states.items()}
        self._around = dict(_around(process.states, ()))
        self._forward = {
            (state_id, way.to)
            for state_id, ways in self._ways.items()
            for way in ways
            if way.to is not None and self._place[way.to] > self._place[state_id]
        }

    def colours(self) -> Iterator[str]:
        used = {kind for state in self._states.values() if (kind := _kind(state))}
        yield from (f"    classDef {kind} {look}" for kind, look in _COLOURS.items() if kind in used)

    def classes(self) -> Iterator[str]:
        for kind in _COLOURS:
            names = [_name(state_id) for state_id, state in self._states.items() if _kind(state) == kind]
            if names:
                yield f"    class {','.join(names)} {kind}"

    def states(self, states: Mapping[str, State], depth: int) -> Iterator[str]:
        """Declarations: states inside their parent, and regions of a parallel state separated by a line."""
        for state_id, state in states.items():
            yield from self._state(state_id, state, depth)

    def _state(self, state_id: str, state: State, depth: int) -> Iterator[str]:
        indent, name = "    " * depth, _name(state_id)
        if state.history is not None:
            yield f'{indent}state "{"H*" if state.history == "deep" else "H"}" as {name}'
            return
        staying = self._staying(state_id)
        if not state.states:
            yield f'{indent}state "{_text(self._title(state_id))}" as {name}'
            yield from (f"{indent}{name} : {_text(line)}" for line in self._said(state_id, state, staying))
            return
        # A state with states inside has no lines of its own.
        yield f'{indent}state "{_text(" · here: ".join(filter(None, (self._title(state_id), staying))))}" as {name}'
        yield f"{indent}state {name} {{"
        if state.parallel:
            for index, (child_id, child) in enumerate(state.states.items()):
                if index:
                    yield f"{indent}    --"
                yield from self._state(child_id, child, depth + 1)
        else:
            if state.initial is not None:
                yield f"{indent}    [*] --> {_name(state.initial)}"
            yield from self.states(state.states, depth + 1)
        yield f"{indent}}}"

    def _said(self, state_id: str, state: State, staying: str) -> Iterator[str]:
        """The lines in the box of a state, under its name."""
        yield from waits(state)
        if state.final == "failed":
            yield "ends as failed"
        if staying:
            yield from lines_of(f"here: {staying}")
        for around in self._around[state_id]:
            if words := self._words(around, state_id):
                yield from lines_of(f"from all of {self._title(around)}: {words}")
        for target in self._targets(state_id):
            if self._goes_back(state_id, target):
                words = self._words(state_id, target)
                yield from lines_of(f"↩ {self._title(target)}: {words}" if words else f"↩ {self._title(target)}")

    def _staying(self, state_id: str) -> str:
        return ", ".join(filter(None, (self._words(state_id, None), self._words(state_id, state_id))))

    def _targets(self, state_id: str) -> Sequence[str]:
        """The other states to which its transitions lead, in order."""
        others = dict.fromkeys(way.to for way in self._ways[state_id] if way.to != state_id)
        return [target for target in others if target is not None]

    def _words(self, source: str, target: str | None) -> str:
        """The words of all transitions from one state to another."""
        return ", ".join(dict.fromkeys(way.words for way in self._ways[source] if way.to == target and way.words))

    def _goes_back(self, source: str, target: str) -> bool:
        """Whether ``target`` is an earlier state, and two arrows between the states would not fit.

        A state with states inside has no box for the words.
        """
        back = self._place[target] < self._place[source] and not self._states[source].states
        leading = [one for one in self._forward if one[0] == target]
        return back and ((target, source) not in leading or len(leading) > CROWDED)

    def _title(self, state_id: str) -> str:
        return self._states[state_id].title or state_id

    def arrows(self) -> Iterator[str]:
        for state_id, state in self._states.items():
            # Arrows without a condition come first, so that fewer arrows cross.
            for target in sorted(self._targets(state_id), key=lambda target: "[" in self._words(state_id, target)):
                if not self._goes_back(state_id, target) and state_id not in self._around[target]:
                    words = self._words(state_id, target)
                    yield f"    {_name(state_id)} --> {_name(target)}" + (f": {_text(words)}" if words else "")
            for target in self._first_way(state_id) if state.history is not None else ():
                yield f"    {_name(state_id)} --> {_name(target)}"

    def _first_way(self, history: str) -> tuple[str, ...]:
        """The state to which a history leads as long as it remembers nothing; no arrows to all regions at once."""
        own = self._states[history].initial
        around = next(state for state in self._states.values() if history in state.states)
        return (own,) if own else () if around.parallel else around.past

    def note(self) -> Iterator[str]:
        """Handlers of the whole process."""
        if not self._process.on:
            return
        yield f"    note left of {_name(self._process.initial)}"
        yield "        In every state#58;"
        for event, alternatives in self._process.on.items():
            for target, one in {one.to: one for one in alternatives}.items():
                where = f" [{condition(one.when)}]" if one.when and target else ""
                yield f"        {_text(event + where)}" + (f" → {_text(self._title(target))}" if target else "")
        yield "    end note"


def _ways(state: State) -> Iterator[_DrawnTransition]:
    for event, alternatives in state.on.items():
        yield from _alternatives(event, alternatives)
    yield from _alternatives("", state.always)
    for timed in state.after:
        yield _DrawnTransition(moment(timed), timed.to)


def _alternatives(event: str, alternatives: Sequence[Transition]) -> Iterator[_DrawnTransition]:
    """A transition for each target, with conditions if there are several. The last one to a target is the widest."""
    last = {one.to: one for one in alternatives}
    for one in last.values():
        told = f"[{condition(one.when)}]" if one.when and (not event or len(last) > 1) else ""
        yield _DrawnTransition(" ".join(filter(None, (event, told))), one.to)


def _around(states: Mapping[str, State], around: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every state with the states around it."""
    for state_id, state in states.items():
        yield state_id, around
        yield from _around(state.states, (*around, state_id))


def _kind(state: State) -> str | None:
    if state.final:
        return "failed" if state.final == "failed" else "ended"
    return state.waits_for if state.waits_for in _COLOURS else None


def _name(state_id: str) -> str:
    """The name of a state in Mermaid: its id, unless Mermaid reserves the word."""
    return f"{state_id}_" if state_id in _RESERVED else state_id


def _text(text: str) -> str:
    return text.translate(_WRONG)
