"""Proofs are sound: every run of the core is a path of the exploration."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from definitions.digest import digest
from definitions.expressions import compile_expression
from definitions.schema.process import Process
from tests.unit.engine.proofs.proved_processes import ORGANIZATION, process_of, proved
from workflows.engine.compiled import compile_process
from workflows.engine.deadlines import next_deadline
from workflows.engine.model.events import Edit, Open, Send, Vote
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.proofs.abstract_state import Successor
from workflows.engine.proofs.conditions import Atom, Condition, Joined, Not, parse_condition
from workflows.engine.proofs.cone_of_influence import decisive_names
from workflows.engine.proofs.domains import Expressions
from workflows.engine.proofs.eventually_invariants import is_always_reachable, stuck_in
from workflows.engine.proofs.exploration import explore
from workflows.engine.proofs.never_invariants import find_violation
from workflows.engine.proofs.possible_actors import PossibleActors
from workflows.engine.proofs.property import never_property
from workflows.engine.proofs.reachability import Reachability
from workflows.engine.scenarios import CoreDesk, Setting

NOW = 1_772_442_000
PLACES = ("s0", "s1", "s2", "s3", "inner", "c1", "c2", "secret", "back")
ABSTRACT_STATES = 1_500
EVENTS = ("e1", "e2")
GUARDS = (
    "ticket.model == 'a'",
    "ticket.model != 'b' && ticket.flag",
    "ticket.flag || ticket.level == 2",
    "!(ticket.model == 'a') && ticket.note != null",
    "!in_state('s1')",
    "approval.s2.outcome == 'approved'",
    "ticket.assignee == null",
    "ticket.level >= 2",
    "tag('calm') && ticket.flag == null",
)
FIELDS = ("model", "flag", "note")


def some(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


guards = st.one_of(st.none(), st.none(), some(*GUARDS))
sets: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.just({}),
    some({"model": "b"}, {"flag": None}, {"model": "=event.model"}, {"flag": "=ticket.model == 'a'"}),
)
FAILING = ({"set": {"count": 9}}, {"set": {"count": "=ticket.level * 3"}})
"""Steps that always fail, or fail for some models: ``count`` is at most 5."""
own_steps = some(
    {"raise": "r"}, {"set": {"model": "c"}}, {"assign": "person:ann"}, {"set": {"flag": True}, "when": GUARDS[0]}
)
steps = st.one_of(
    st.lists(own_steps, max_size=1), st.lists(own_steps, max_size=1), st.tuples(some(*FAILING), own_steps).map(list)
)


@st.composite
def transitions(draw: st.DrawFn, *, form: bool = True) -> dict[str, Any]:
    one: dict[str, Any] = {
        "to": draw(some(*PLACES, "secret", "secret", None)),
        "when": draw(guards),
        "set": draw(sets),
        "do": draw(steps),
    }
    if form:
        one["form"] = draw(st.lists(some(*FIELDS), unique=True, max_size=2))
        one["requires"] = draw(some([], [], [], ["model"], ["flag"]))
    return {key: value for key, value in one.items() if value}


@st.composite
def states(draw: st.DrawFn, name: str) -> dict[str, Any]:
    state: dict[str, Any] = {"entry": draw(steps), "exit": draw(steps)}
    events = {event: draw(st.lists(transitions(), min_size=1, max_size=2)) for event in EVENTS if draw(st.booleans())}
    if draw(st.booleans()):
        events["r"] = [draw(transitions(form=False))]
    state["on"] = events
    if draw(some(True, *[False] * 6)):
        state["always"] = [draw(transitions(form=False)) | {"when": draw(some(*GUARDS))}]
    if draw(some(True, False, False)):
        state["after"] = [draw(transitions(form=False)) | {"for": "1h"}]
    if name == "s2":
        state["approval"] = {"from": ["person:ann"], "within": "1d"}
        outcomes = ("approved", "rejected", "expired")
        state["on"] |= {outcome: [draw(transitions(form=False))] for outcome in outcomes}
    if name == "s1":
        state["tags"] = ["calm"]
    return state


@st.composite
def processes(draw: st.DrawFn) -> dict[str, Any]:
    """Small processes with every structure and an invariant ``never``."""
    flat: dict[str, Any] = {name: draw(states(name)) for name in ("s0", "s1", "s2", "s3", "secret")}
    inner = draw(states("inner")) | {
        "states": {"c1": draw(states("c1")), "c2": draw(states("c2")), "back": {"history": "shallow", "initial": "c1"}}
    }
    if draw(st.booleans()):
        inner |= {"parallel": True}
        inner["states"] = {name: inner["states"][name] for name in ("c1", "c2")} | {
            "back": {"history": "shallow", "initial": "c1"}
        }
    else:
        inner |= {"initial": "c1"}
    places = st.lists(some("s0", "s1", "model", "flag", "note", "level"), unique=True, max_size=3)
    controls = st.lists(some("s2.approved", "s1.e1", "inner.e2"), unique=True, min_size=1, max_size=2)
    invariant = {
        "never": "secret", "without": draw(controls), "since": draw(places), "when": draw(guards),
    }  # fmt: skip
    process: dict[str, Any] = {
        "process": "p", "title": "P", "practice": "p", "prefix": "PP", "initial": "s0",
        "fields": {
            "model": {
                "type": "choice", "options": ["a", "b", "c"], "editable": draw(some([], ["s0"], ["s0", "tag:calm"])),
            },
            "flag": {"type": "boolean", "editable": draw(some([], ["s1"], ["s2", "c1"]))},
            "note": {"type": "text", "editable": draw(some([], ["s0", "s3"]))},
            "count": {"type": "integer", "max": 5, "editable": []},
            "level": {"type": "integer", "value": "tables.levels[ticket.model]"},
        },
        "tables": {"levels": {"a": 1, "b": 2, "c": 3}},
        "states": {**flat, "inner": inner, "over": {"final": True}},
        "invariants": [{key: value for key, value in invariant.items() if value}],
    }  # fmt: skip
    return with_a_form_for_model(process)


def with_a_form_for_model(process: dict[str, Any]) -> dict[str, Any]:
    """``event.model`` is a valid name only if the form of a transition has it: the checks would refuse it otherwise."""
    names = json.dumps(process["states"])
    if "=event.model" in names and not re.search(r'"form": \[[^\]]*"model"', names):
        process["states"]["s0"]["on"]["e1"] = [{"form": ["model"]}]
    return process


class Watched:
    """A ticket on the real core, and whether it has surely broken the invariant."""

    def __init__(self, process: Process) -> None:
        self.setting = Setting(process, digest(process), ORGANIZATION, NOW)
        self.invariant = process.invariants[0]
        self.desk = CoreDesk(self.setting)
        self.ann = self.setting.actor("ann")
        self.broken = False
        self._may_be_controlled = False
        self._told = 0

    def open(self, fields: dict[str, Any]) -> bool:
        if self.desk.open(Open("PP-1", self.ann, fields)) is not None:
            return False
        self._look(Snapshot("PP-1", "p", 0, NOW, NOW, "ann", fields=self.desk.snapshot().fields))
        return True

    def act(self, kind: str, name: str, fields: dict[str, Any]) -> None:
        before = self.desk.snapshot()
        match kind:
            case "send":
                self.desk.take(Send(name, self.ann, fields))
            case "edit":
                self.desk.take(Edit(self.ann, fields))
            case "vote":
                self.desk.take(Vote(self.ann, "approve" if name == "e1" else "reject", "because"))
            case _:
                due = next_deadline(before)
                if due is not None:
                    self.desk.advance_to(due)
        self._look(before)

    def _look(self, before: Snapshot) -> None:
        """Records only certain violations: where one step has several effects, the control is assumed to come first."""
        after = self.desk.snapshot()
        told = self.desk.timeline()[self._told :]
        self._told += len(told)
        happened = {(entry.data.get("state"), entry.data.get("outcome")) for entry in told if entry.kind == "decided"}
        sent = {entry.data["name"] for entry in told if entry.kind == "event"}
        for text in self.invariant.without:
            state, _, name = text.partition(".")
            if (state, name) in happened or name in sent:
                self._may_be_controlled = True
                break
        else:
            self._void(before, after)
        entered = _visits(after, "secret") > _visits(before, "secret")
        if entered and not self._may_be_controlled and self._holds(before) and self._holds(after):
            self.broken = True
        if set(after.configuration) & set(self.invariant.since):
            self._may_be_controlled = False

    def _void(self, before: Snapshot, after: Snapshot) -> None:
        fields = [name for name in self.invariant.since if name in self.setting.process.fields]
        if any(before.fields.get(name) != after.fields.get(name) for name in fields):
            self._may_be_controlled = False

    def _holds(self, snapshot: Snapshot) -> bool:
        """Whether ``when`` holds by fields alone: if it reads more, its value at the entry is not certain."""
        when = self.invariant.when
        if when is None:
            return True
        expression = compile_expression(when, self.setting.compiled.scope)
        names = {name: snapshot.fields.get(name.removeprefix("ticket.")) for name in expression.names}
        known = all(name.startswith("ticket.") and name != "ticket.assignee" for name in names)
        return known and expression.evaluate(names) is True


def _visits(snapshot: Snapshot, state: str) -> int:
    return snapshot.visits[state].number if state in snapshot.visits else 0


values = st.fixed_dictionaries(
    {}, optional={"model": some("a", "b", "c", None), "flag": some(True, False, None), "note": some("x", None)}
)
actions = st.lists(st.tuples(some("send", "send", "send", "edit", "vote", "wait"), some(*EVENTS), values), max_size=14)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(processes(), values, st.lists(actions, min_size=4, max_size=6))
def test_no_run_of_the_core_breaks_a_proved_invariant(
    data: dict[str, Any], fields: dict[str, Any], tries: list[list[tuple[str, str, dict[str, Any]]]]
) -> None:
    """Where the core can break an invariant, its proof fails or is given up."""
    process = process_of(data)
    for acts in tries:
        watched = Watched(process)
        if not watched.open(fields):
            continue
        for act in acts:
            watched.act(*act)
        if watched.broken:
            assert proved(data, ABSTRACT_STATES) & {"invariant-broken", "not-proved"}, acts
            return


ENDLESS: dict[str, Any] = {
    "process": "p", "title": "P", "practice": "p", "prefix": "PP", "initial": "s0",
    "fields": {"model": {"type": "choice", "options": ["a", "b"], "editable": []}},
    "states": {
        "s0": {"on": {"away": {"to": "inner"}}},
        "inner": {"on": {"e1": {"to": "s2", "set": {"model": "b"}}}},
        "s2": {
            "always": [{"do": [{"raise": "r"}], "when": "ticket.model == 'b'"}],
            "on": {"r": "s0"},
            "after": [{"to": "s0", "for": "1h"}],
        },
        "s1": {"final": True}, "s3": {"final": True}, "c1": {"final": True}, "secret": {"final": True},
    },
    "invariants": [{"never": "secret", "without": ["s2.approved"]}],
}  # fmt: skip
"""A ticket that leaves ``inner`` never becomes stable, so that the event is refused: only its guard shows that."""


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(processes())
@example(ENDLESS)
def test_refinement_changes_no_result(data: dict[str, Any]) -> None:
    """A refined proof has the result of a proof that decides every guard, and finds a path as short."""
    process = process_of(data)
    compiled = compile_process(process, digest(process), {})
    expressions, invariant = Expressions(compiled), process.invariants[0]
    exact = explore(
        never_property(compiled, expressions, invariant, decisive_names(compiled, expressions)), limit=ABSTRACT_STATES
    )
    found = find_violation(compiled, expressions, invariant, ABSTRACT_STATES)
    if exact.complete and found.complete:
        assert (found.violation is None) == (exact.violation is None)
        assert length_of(found.violation) == length_of(exact.violation)
    reachability = Reachability(compiled, expressions, PossibleActors(process, ORGANIZATION), ABSTRACT_STATES)
    for wanted in (("secret",), ("s3",), ("c1", "s2"), ("s0", "s1")):
        if reachability.exact.complete and is_always_reachable(reachability, wanted):
            assert not list(stuck_in(reachability.exact, wanted, only_performable=True))


def length_of(path: Sequence[Successor] | None) -> int | None:
    """The number of steps on a path that people, time or blocks cause."""
    own = ("always", "outcome", "raised", "rest")
    return None if path is None else sum(one.label.kind not in own for one in path)


truths = st.recursive(
    some("a", "b", "c").map(lambda name: f"ticket.{name}"),
    lambda inner: st.one_of(
        inner.map(lambda one: f"!({one})"),
        st.tuples(inner, some(" && ", " || "), inner).map(lambda parts: "(" + "".join(parts) + ")"),
        st.tuples(inner, some(" && ", "||"), inner).map("".join),
        inner.map(lambda one: f"({one} == true)"),
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=200)
@given(truths, st.fixed_dictionaries({name: some(True, False, None) for name in ("a", "b", "c")}))
def test_a_split_guard_has_the_verdict_of_the_whole(source: str, values: dict[str, bool | None]) -> None:
    """A guard that is split at its operators has the verdict of the whole guard."""
    fields = {name: {"type": "boolean"} for name in "abc"}
    setting = _setting(fields)
    bound = {f"ticket.{name}": value for name, value in values.items()}

    def evaluated(text: str) -> Any:
        return compile_expression(text, setting.compiled.scope).evaluate(bound)

    def of(condition: Condition) -> Any:
        match condition:
            case Atom(text):
                return evaluated(text)
            case Not(inner):
                found = of(inner)
                return None if found is None else not found
            case Joined(joint, parts):
                found = [of(part) for part in parts]
                decisive = joint == "||"
                return decisive if decisive in found else None if None in found else not decisive

    assert of(parse_condition(source)) is evaluated(source)


def _setting(fields: dict[str, Any]) -> Setting:
    process = process_of({
        "process": "g", "title": "G", "practice": "g", "prefix": "GG", "initial": "s", "fields": fields,
        "states": {"s": {"final": True}},
    })  # fmt: skip
    return Setting(process, digest(process), ORGANIZATION, NOW)


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("a == 'x && y' && b", 2),
        ("a ? b && c : d", 1),
        ("f(a && b)", 1),
        ("[a && b, c].exists(x, x || y)", 1),
        ("a\n  || b && c", 2),
        ("(a) && (b)", 2),
    ],
)
def test_a_guard_is_split_at_its_own_operators(source: str, parts: int) -> None:
    """Quoted text, calls, lists and alternatives are not split."""
    condition = parse_condition(source)
    assert (len(condition.parts) if isinstance(condition, Joined) else 1) == parts
