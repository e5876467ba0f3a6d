"""The words of a diagram: conditions, moments and waiting blocks, short enough for an arrow or a box."""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import wrap

from definitions.schema.states import State, Timed

LONGEST = 44
"""Characters of a condition at most. The file has the rest."""
WIDTH = 48
"""Characters of a line of a box at most."""
MOST_TASKS = 4
_SPOKEN = (
    (re.compile(r"actor\.id\.startsWith\('(\w+):'\)"), r"by a \1"),
    (re.compile(r"tables\.(\w+)\[(?:ticket\.)?(\w+)\]"), r"\1 by \2"),
    (re.compile(r"in_state\('(\w+)'\)"), r"in \1"),
    (re.compile(r"tag\('(\w+)'\)"), r"\1"),
    (re.compile(r"duration\('(\w+)'\)"), r"\1"),
    (re.compile(r"\b(?:ticket|event|run\.\w+|child\.\w+)\.(?=\w)"), ""),
    (re.compile(r"\s*!=\s*null"), " is set"),
    (re.compile(r"\s*==\s*null"), " is not set"),
    (re.compile(r"\s*==\s*true"), ""),
    (re.compile(r"(\S+)\s*==\s*false"), r"not \1"),
    (re.compile(r"'"), ""),
    (re.compile(r"!="), "≠"),
    (re.compile(r"=="), "="),
    (re.compile(r">="), "≥"),
    (re.compile(r"<="), "≤"),
    (re.compile(r"!(?=[\w(])"), "not "),
    (re.compile(r"&&"), "and"),
    (re.compile(r"\|\|"), "or"),
)
_BEFORE = re.compile(r"^(\S+) - (\w+)$")
_AFTER = re.compile(r"^(\S+) \+ (\w+)$")


def condition(expression: str) -> str:
    """A condition in words, as far as it fits: ``model = standard and …``."""
    parts = _spoken(expression).split(" and ")
    for count in range(len(parts), 0, -1):
        text = " and ".join(parts[:count])
        if len(text) <= LONGEST and text.count("(") == text.count(")"):
            return text if count == len(parts) else f"{text} and …"
    return "…"


def moment(timed: Timed) -> str:
    """The moment of a timed transition: ``after 5d``, ``at planned_start``, ``1h before planned_start``."""
    if timed.for_ is not None:
        return f"after {short(_spoken(timed.for_.removeprefix('=')))}"
    until = _spoken(timed.until or "")
    if found := _BEFORE.match(until):
        return f"{found[2]} before {found[1]}"
    if found := _AFTER.match(until):
        return f"{found[2]} after {found[1]}"
    return f"at {short(until)}"


def waits(state: State) -> Iterator[str]:
    """The waiting block of a state, line by line: its approvers, tasks, steps or tickets."""
    if state.approval is not None:
        rounds = [" or ".join(_principal(one) for one in asking.from_) for asking in state.approval.rounds]
        yield from lines_of(f"approval: {rounds[0]}")
        for asked in rounds[1:]:
            yield from lines_of(f"then {asked}")
    if state.tasks is not None:
        titles = [task.title for task in state.tasks]
        yield from lines_of(f"tasks: {', '.join(titles[:MOST_TASKS])}")
        if len(titles) > MOST_TASKS:
            yield f"and {len(titles) - MOST_TASKS} more"
    if state.run is not None:
        steps = dict.fromkeys(step.call.action if step.call else step.kind for step in state.run)
        yield from lines_of(f"automation: {', '.join(steps)}")
    if state.child is not None:
        each = f", one for each of {_spoken(state.child.each)}" if state.child.each else ""
        yield from lines_of(f"child: {state.child.process or state.child.workflow}{each}")


def lines_of(text: str) -> list[str]:
    """A text, wrapped into the lines of a box."""
    return wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def short(text: str, longest: int = LONGEST) -> str:
    """A text on one line, cut at a word."""
    words = " ".join(text.split())
    return words if len(words) <= longest else f"{words[:longest].rpartition(' ')[0] or words[:longest]} …"


def _principal(text: str) -> str:
    bare = re.sub(r"\b(?:team|role|person):", "", text)
    return re.sub(r"manager_of\((.+)\)", r"manager of \1", bare).replace("_", " ")


def _spoken(expression: str) -> str:
    text = expression
    for pattern, words in _SPOKEN:
        text = pattern.sub(words, text)
    return " ".join(text.split())
