"""A process as a Mermaid state diagram (``stateDiagram-v2``): the same text for the same process, always."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from definitions.schema.process import Process
from definitions.schema.states import State, Timed, Transition

_LONGEST = 60
"""Characters of a condition that fit on an arrow; the rest is in the file."""
_WRONG = str.maketrans({
    "#": "#35;", ";": "#59;", ":": "#58;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "{": "#123;", "}": "#125;",
    "%": "#37;",
})  # fmt: skip
"""Characters that Mermaid would read as syntax."""
_RESERVED = frozenset({"end", "state", "note", "direction", "class", "default", "style", "click", "as"})
"""Words that Mermaid does not take for a state's name."""


def mermaid(process: Process) -> str:
    """The diagram of ``process``, in document order. Handlers of the whole process stand in one note, not on arrows."""
    lines = ["stateDiagram-v2", f"    [*] --> {_name(process.initial)}"]
    lines += _states(process.states, 1)
    for state_id, state in process.walk():
        lines += _arrows(state_id, state)
    lines += _of_the_process(process)
    return "\n".join(lines) + "\n"


def _states(states: Mapping[str, State], depth: int) -> Iterator[str]:
    """Declarations: nested states inside their parent, regions of a parallel one parted by a line."""
    for state_id, state in states.items():
        yield from _state(state_id, state, depth)


def _state(state_id: str, state: State, depth: int) -> Iterator[str]:
    indent, name = "    " * depth, _name(state_id)
    if state.history is not None:
        label = "H*" if state.history == "deep" else "H"
        yield f'{indent}state "{label}" as {name}'
        return
    yield f'{indent}state "{_text(_label(state_id, state))}" as {name}'
    if not state.states:
        return
    yield f"{indent}state {name} {{"
    if state.parallel:
        for index, (child_id, child) in enumerate(state.states.items()):
            if index:
                yield f"{indent}    --"
            yield from _state(child_id, child, depth + 1)
    else:
        if state.initial is not None:
            yield f"{indent}    [*] --> {_name(state.initial)}"
        yield from _states(state.states, depth + 1)
    yield f"{indent}}}"


def _label(state_id: str, state: State) -> str:
    title = state.title or state_id
    return f"{title} ({state.waits_for}: {_short(_awaited(state))})" if state.waits_for else title


def _awaited(state: State) -> str:
    """What a state waits for, in a few words: who is asked, which tasks, which steps, which tickets."""
    if state.approval is not None:
        return ", then ".join(" or ".join(asking.from_) for asking in state.approval.rounds)
    if state.tasks is not None:
        return ", ".join(task.title for task in state.tasks)
    if state.run is not None:
        return ", ".join(step.call.action if step.call else step.kind for step in state.run)
    child = state.child
    if child is None:
        return ""
    each = f" for each of {child.each}" if child.each else ""
    return f"{child.process or child.workflow}{each}"


def _arrows(state_id: str, state: State) -> Iterator[str]:
    name = _name(state_id)
    for event, alternatives in state.on.items():
        for transition in alternatives:
            yield _arrow(name, transition, event)
    for transition in state.always:
        yield _arrow(name, transition, "")
    for timed in state.after:
        yield _arrow(name, timed, _moment(timed))
    if state.history is not None and state.initial is not None:
        yield f"    {name} --> {_name(state.initial)}"
    if state.final:
        yield f"    {name} --> [*]" + (": failed" if state.final == "failed" else "")


def _arrow(name: str, transition: Transition, event: str) -> str:
    """A transition without a target stays: an arrow to the state itself, marked as internal."""
    stays = transition.to is None
    label = _text(_event(event, transition)) + (" (stays)" if stays else "")
    return f"    {name} --> {name if stays else _name(transition.to or '')}" + (f": {label}" if label else "")


def _event(event: str, transition: Transition) -> str:
    condition = f"[{_short(transition.when)}]" if transition.when else ""
    return " ".join(part for part in (event, condition) if part)


def _moment(timed: Timed) -> str:
    calendar = f" ({timed.calendar})" if timed.calendar else ""
    return f"after {_short(timed.for_)}{calendar}" if timed.for_ is not None else f"at {_short(timed.until or '')}"


def _of_the_process(process: Process) -> Iterator[str]:
    if not process.on:
        return
    yield f"    note right of {_name(process.initial)}"
    yield "        in every state that can be left"
    for event, alternatives in process.on.items():
        yield from (f"        {_text(_event(event, one))}{_leads(one)}" for one in alternatives)
    yield "    end note"


def _leads(transition: Transition) -> str:
    return f" → {transition.to}" if transition.to else " (stays)"


def _name(state_id: str) -> str:
    """Ids of the language are names in Mermaid too, but for its own words."""
    return f"{state_id}_" if state_id in _RESERVED else state_id


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"


def _text(text: str) -> str:
    return text.translate(_WRONG)
