"""Random processes without people and time: states of every kind, and the same states for a second reading of SCXML."""

from __future__ import annotations

import random
from typing import Any

from tests.unit.engine.statechart.scxml import ERROR, Arrow, Node

EVENTS = ("e1", "e2", "e3")
RAISED = ("r1", "r2")
FAILS = {"set": {"need": None}}
"""A step that always fails: nothing clears a required field."""
Data = dict[str, Any]


class RandomProcess:
    """The data of one process, and events to send to its tickets."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self._names: list[str] = []
        states = {self._name(): self._state(1) for _ in range(self.rng.randint(2, 3))}
        for number in range(self.rng.randint(0, 1)):
            states[f"end{number}"] = {"final": self.rng.choice((True, "failed"))}
        self._everything = [name for name, _ in walk(states)]
        for _, state in walk(states):
            self._connect(state)
        self.data: Data = {
            "process": "p", "title": "P", "practice": "p", "prefix": "PP", "initial": next(iter(states)),
            "fields": {
                "flag": {"type": "boolean", "default": False},
                "need": {"type": "text", "required": True, "default": "a value"},
            },
            "states": states,
        }  # fmt: skip
        self.events = [self.rng.choice(EVENTS) for _ in range(10)]

    def _name(self) -> str:
        self._names.append(f"s{len(self._names)}")
        return self._names[-1]

    def _state(self, depth: int) -> Data:
        rng = self.rng
        count = rng.choice((0, 0, 1, 2, 2)) if depth < 4 else 0
        if not count:
            return {}
        state: Data = {"states": {}}
        if rng.random() < 0.4 and depth < 3:
            state["parallel"] = True
            count = max(count, 2)
        for _ in range(count):
            state["states"][self._name()] = self._state(depth + 1)
        if not state.get("parallel"):
            for _ in range(rng.choice((0, 1, 1, 2))):
                state["states"][self._name()] = {"final": rng.choice((True, True, "failed"))}
        if rng.random() < 0.4:
            state["states"][self._name()] = {"history": rng.choice(("shallow", "deep"))}
        return state

    def _connect(self, state: Data) -> None:
        rng, inside = self.rng, state.get("states", {})
        real = [name for name, child in inside.items() if "history" not in child]
        if inside and not state.get("parallel"):
            state["initial"] = rng.choice([*real, *real, *inside])
        for name, child in inside.items():
            if "history" in child and rng.random() < 0.5:
                child["initial"] = rng.choice([one for one in real if one != name])
        if "history" in state or "final" in state:
            self._raise_on(state, "entry")
            return
        events = [*rng.sample(EVENTS, rng.randint(0, 2)), *rng.sample(RAISED, rng.randint(0, 1))]
        # People may send `failed` to a state that can't have it: a handler would not be of an outcome alone.
        can_fail = any(child.get("final") == "failed" for _, child in walk(inside))
        outcomes = ("done", "failed") if can_fail else ("done",)
        events += [name for name in outcomes if inside and rng.random() < 0.6]
        if events:
            state["on"] = {event: [self._transition() for _ in range(rng.choice((1, 1, 2)))] for event in events}
            for outcome in ("done", "failed") if inside else ():
                for one in state["on"].get(outcome, []):
                    self._fail(one)
        if rng.random() < 0.12:
            state["always"] = [self._transition() | {"when": rng.choice(("ticket.flag", "!ticket.flag"))}]
        self._raise_on(state, "entry")
        self._raise_on(state, "exit")

    def _raise_on(self, state: Data, key: str) -> None:
        if "history" not in state and self.rng.random() < 0.1:
            state[key] = self._steps(1)

    def _steps(self, raising: int) -> list[Data]:
        """A list of steps that raises events, and may fail."""
        steps: list[Data] = [{"raise": self.rng.choice(RAISED)} for _ in range(raising)]
        if self.rng.random() < 0.2:
            steps.insert(self.rng.randint(0, len(steps)), FAILS)
        return steps

    def _fail(self, one: Data) -> None:
        """Sometimes gives a failing ``set`` to a transition that no person takes."""
        if self.rng.random() < 0.1:
            one["set"] = one.get("set", {}) | FAILS["set"]

    def _transition(self) -> Data:
        rng = self.rng
        one: Data = {"to": rng.choice(self._everything)} if rng.random() < 0.85 else {}
        if rng.random() < 0.5:
            one["internal"] = True
        if rng.random() < 0.2:
            one["when"] = rng.choice(("ticket.flag", "!ticket.flag"))
        if rng.random() < 0.2:
            one["set"] = {"flag": rng.random() < 0.5}
        if rng.random() < 0.2:
            one["do"] = self._steps(rng.randint(1, 2))
        return one


def walk(states: Data) -> list[tuple[str, Data]]:
    """All states with their ids, in document order."""
    return [pair for name, state in states.items() for pair in ((name, state), *walk(state.get("states", {})))]


def as_scxml(data: Data) -> Node:
    """The same process as a tree of SCXML's states, by the rules of the language's reference."""
    root = Node("", "compound", initial=(data["initial"],))
    _inside(root, data["states"])
    return root


def _inside(parent: Node, states: Data) -> None:
    for name, state in states.items():
        kind = state.get("history") or ("final" if "final" in state else "")
        kind = kind or ("parallel" if state.get("parallel") else "compound" if state.get("states") else "atomic")
        node = Node(name, kind, parent, failed=state.get("final") == "failed")
        parent.children.append(node)
        node.initial = (state["initial"],) if "initial" in state else ()
        _inside(node, state.get("states", {}))
        node.on_entry, node.on_exit = (_raised(state.get(key, [])) for key in ("entry", "exit"))
        for event, alternatives in state.get("on", {}).items():
            named = f"{event}.state.{name}" if event in ("done", "failed") else event
            node.arrows += [_arrow(node, (named,), one) for one in alternatives]
        node.arrows += [_arrow(node, (), one) for one in state.get("always", [])]
    for history in (child for child in parent.children if child.kind in ("shallow", "deep") and not child.initial):
        real = tuple(child.id for child in parent.children if child.kind not in ("shallow", "deep"))
        begins = tuple(name for name in parent.initial if name in real) or real[:1]
        history.initial = real if parent.kind == "parallel" else begins


def _arrow(node: Node, events: tuple[str, ...], one: Data) -> Arrow:
    guard = {"ticket.flag": True, "!ticket.flag": False}.get(one.get("when", ""))
    targets = (one["to"],) if "to" in one else ()
    given = one.get("set", {})
    block = _raised(one.get("do", []))
    sets, block = (None, (ERROR, *block)) if "need" in given else (given.get("flag"), block)
    return Arrow(node, events, targets, one.get("internal", False), guard, sets, block)


def _raised(steps: list[Data]) -> tuple[str, ...]:
    return tuple(step.get("raise", ERROR) for step in steps)
