"""Random trees of states, sensible or not: they are refused at a line of their file, or they run."""

from __future__ import annotations

import random
from copy import deepcopy
from typing import Any

import yaml

from definitions.checks import check_process
from definitions.digest import digest
from definitions.documents.diagram import mermaid
from definitions.loading.validation import validate
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.text.problems import Problem
from definitions.text.source import scan_source
from tests.unit.engine.played_processes import ALICE, ALWAYS, NOW
from workflows.engine.compiled import compile_process
from workflows.engine.model.events import Open
from workflows.engine.model.result import Refusal
from workflows.engine.proofs import prove
from workflows.engine.step import step

TREES = 120
PROOF_STATES = 50
BLOCKS: tuple[dict[str, Any], ...] = (
    {"approval": {"from": ["person:ann"]}},
    {"tasks": [{"id": "t", "title": "T", "assign": "person:ann"}]},
    {"run": [{"comment": "Hello"}]},
)
ORGANIZATION = Organization.model_validate({"people": {"ann": {"name": "Ann"}}})
Data = dict[str, Any]


class Tree:
    """The data of one process. Each rule about states is broken now and then."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self._names: list[str] = []
        states = self._children(0)
        self.data: Data = {
            "process": "demo", "title": "Demo", "practice": "demo", "prefix": "DEM",
            "initial": self._one_of(states), "states": states,
        }  # fmt: skip
        self._connect(states)

    def _seldom(self, chance: float = 0.03) -> bool:
        return self.rng.random() < chance

    def _children(self, depth: int, *, parallel: bool = False) -> Data:
        """The first state is a sensible one, mostly."""
        names = [self._name() for _ in range(self.rng.randint(2, 3))]
        plain = {name: parallel or name == names[0] for name in names}
        return {name: self._state(depth, plain=plain[name] and not self._seldom()) for name in names}

    def _name(self) -> str:
        self._names.append(self._names[0] if self._names and self._seldom(0.01) else f"s{len(self._names)}")
        return self._names[-1]

    def _state(self, depth: int, *, plain: bool) -> Data:
        rng, state = self.rng, Data()
        kinds = ("plain", "parallel", "compound") if depth < 3 else ("plain",)
        kind = rng.choice(kinds if plain else (*kinds, "final", "history"))
        if kind == "final":
            state["final"] = rng.choice((True, "failed"))
        if (kind == "history" and depth) or self._seldom():
            state["history"] = rng.choice(("shallow", "deep"))
        if kind == "parallel" or self._seldom():
            state["parallel"] = True
        if (kind in ("parallel", "compound") and not self._seldom()) or self._seldom():
            state["states"] = self._children(depth + 1, parallel="parallel" in state) if depth < 4 else {}
        if kind == "plain" and self._seldom(0.2):
            state |= deepcopy(rng.choice(BLOCKS))
        return state

    def _connect(self, states: Data) -> None:
        rng = self.rng
        for name, state in states.items():
            inside, is_past = state.get("states", {}), "history" in state
            if (inside and not state.get("parallel") and not self._seldom()) or self._seldom():
                state["initial"] = self._one_of(dict.fromkeys([*inside][:1]) if self._seldom(0.7) else inside)
            if is_past and rng.random() < 0.5:
                state["initial"] = self._one_of(states)
            if (not is_past and "final" not in state) or self._seldom():
                outcomes = ("approved", "rejected") if "approval" in state else ("done", "failed")
                events = [event for event in (*outcomes, "e", "stop") if not self._seldom(0.1)]
                state["on"] = {event: self._transition() for event in events}
                eventless = self._transition() | {"when": f"in_state('{name}')"}
                state["always"] = [eventless] if self._seldom(0.1) else []
            for key in ("entry", "exit"):
                state[key] = [{"raise": "e"}] if self._seldom(0.05) else []
            for key in [key for key, value in state.items() if value in ({}, []) and key != "states"]:
                del state[key]
            self._connect(inside)

    def _transition(self) -> Data:
        return {"to": self._one_of(dict.fromkeys(self._names)), "by": "everyone", "internal": self.rng.random() < 0.3}

    def _one_of(self, states: Data) -> str:
        return self.rng.choice([*states]) if states and not self._seldom(0.01) else "nowhere"


def problems_of(text: str) -> list[Problem]:
    """The errors of a file; without an error the process is compiled, drawn, proved and opened."""
    source, problems = scan_source(text.encode(), "demo.yaml")
    assert source is not None
    process, invalid = validate(source, Process)
    if process is None or problems:
        return [*problems, *invalid]
    found = [one for one in check_process(process, source, ORGANIZATION, {}) if one.severity == "error"]
    if not found:
        compiled = compile_process(process, digest(process), {"always": ALWAYS})
        assert mermaid(process)
        prove(process, source, ORGANIZATION, limit=PROOF_STATES)
        opened = step(compiled, None, Open("DEM-1", ALICE, {}), NOW)
        assert not isinstance(opened, Refusal) or opened.code in ("guard_failed", "endless")
    return found


def test_a_tree_of_states_is_refused_at_its_place_or_runs() -> None:
    """No tree of states raises an exception: a problem has a line and a column of the file, and a good file runs."""
    good = 0
    codes: set[str] = set()
    for seed in range(TREES):
        text = yaml.safe_dump(Tree(seed).data, sort_keys=False)
        lines = text.splitlines()
        problems = problems_of(text)
        for problem in problems:
            assert 1 <= problem.line <= len(lines), (seed, problem)
            assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1, (seed, problem)
        good += not problems
        codes |= {problem.code for problem in problems}
    assert good >= TREES // 20
    assert codes >= {"no-states", "final-region", "endless-history", "misplaced-history", "final-state"}
