"""Actions: their declaration, their discovery, their inputs and their results."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel, Field

from activities.actions import Action, ActionError, Context, action, registry
from activities.actions.declaring import DEEPEST_SHAPE, shape_of
from activities.actions.registry import ActionsError, load_actions, specs_of
from activities.automation import HopelessError, automate
from activities.outbound import Outbound, Policy
from activities.records.store import Records
from definitions.checks.actions import SHIPPED, ActionSpec
from definitions.expressions.shapes import ANYTHING, members
from tests.servers.worlds import NOW, world
from workflows.contracts import AutomateRequest
from workflows.engine.model.automation import CallAction


class Wanted(BaseModel):
    number: int
    from_: str = Field(default="", alias="from")


class Found(BaseModel):
    doubled: int


class Words(BaseModel):
    text: str


class Branch(BaseModel):
    name: str
    twigs: list[Branch]


@action("double")
def double(wanted: Wanted, context: Context) -> Found:
    """Twice the number; 13 can't be doubled."""
    if wanted.number == 13:
        raise ActionError("13 is not doubled")
    return Found(doubled=wanted.number * 2)


@action("lie")
def lie(wanted: Wanted) -> Found:
    """Returns a result that it did not declare."""
    wrong: dict[str, Any] = {"doubled": "many"}
    return Found.model_construct(**wrong)


@action("large")
def large(wanted: Wanted) -> Words:
    """Returns more than a ticket can keep."""
    return Words(text="x" * 200_000)


UNKEPT: dict[str, str] = {"nul": "a\x00b", "half": "\ud800"}


@action("unkept")
def unkept(wanted: Wanted) -> Words:
    """Returns a text that no database takes."""
    return Words(text=UNKEPT[wanted.from_])


class Deep(BaseModel):
    value: Any


@action("deep")
def deep(wanted: Wanted) -> Deep:
    """Returns a number of too many bits, or a list that nests too deep."""
    value: Any = 2**70
    for _ in range(wanted.number):
        value = [value if isinstance(value, list) else 1]
    return Deep(value=value)


def call(own: Action, tmp_path: Path, **inputs: Any) -> Any:
    records = Records(f"sqlite:///{tmp_path / 'unused.sqlite3'}")
    request = AutomateRequest("CHG-1:busy:1:0", CallAction(own.name, inputs), 30, "CHG-1", "change")
    try:
        return automate(world(), records, {own.name: own}, Outbound(Policy()), request, NOW).value
    finally:
        records.close()


def test_what_goes_in_and_comes_out_is_of_the_declared_models(tmp_path: Path) -> None:
    """Inputs are read by the input model, results by the result model, and the result is JSON."""
    assert call(double, tmp_path, number=4) == {"doubled": 8}


def test_wrong_inputs_are_said_by_place_and_without_values(tmp_path: Path) -> None:
    """An input that an action does not accept is refused before the action runs, and the value is not repeated."""
    with pytest.raises(HopelessError, match=r"inputs: number: expected a whole number$") as error:
        call(double, tmp_path, number="a secret")
    assert "a secret" not in str(error.value)


def test_an_action_that_returns_what_it_did_not_declare_has_failed(tmp_path: Path) -> None:
    """A process never sees a result of another form than the declared one."""
    with pytest.raises(HopelessError, match="does not fit the declared model: doubled: expected a whole number"):
        call(lie, tmp_path, number=1)


def test_an_action_says_what_can_not_be_done(tmp_path: Path) -> None:
    """The text of ``ActionError`` is for people, and the action is not retried."""
    with pytest.raises(HopelessError, match="13 is not doubled"):
        call(double, tmp_path, number=13)


def test_a_result_has_a_largest_size(tmp_path: Path) -> None:
    """A large result is a failure, since a ticket keeps results."""
    with pytest.raises(HopelessError, match="a ticket keeps 100000 at most"):
        call(large, tmp_path, number=1)


@pytest.mark.parametrize("how", sorted(UNKEPT))
def test_a_result_is_text_that_can_be_kept(tmp_path: Path, how: str) -> None:
    """A result with a NUL, or with half a surrogate pair, fails its step for good."""
    with pytest.raises(HopelessError, match=r"the result (can't be kept|does not fit)"):
        call(unkept, tmp_path, number=1, **{"from": how})


@pytest.mark.parametrize("depth", [0, 40])
def test_a_result_is_json_that_can_be_kept(tmp_path: Path, depth: int) -> None:
    """A result with a number of more than 64 bits, or that nests too deep, fails its step for good."""
    with pytest.raises(HopelessError, match="the result can't be kept"):
        call(deep, tmp_path, number=depth)


def test_an_action_that_nobody_has_fails_with_a_hint(tmp_path: Path) -> None:
    """A typo in the name of an action is reported with the intended name."""
    request = AutomateRequest("x", CallAction("duble"), 30, "CHG-1", "change")
    records = Records(f"sqlite:///{tmp_path / 'unused.sqlite3'}")
    with pytest.raises(HopelessError, match=r"there is no action 'duble' here .did you mean 'double'"):
        automate(world(), records, {"double": double}, Outbound(Policy()), request, NOW)
    records.close()


@pytest.mark.parametrize(
    "function",
    [lambda: None, lambda wanted: wanted],
    ids=["no arguments", "no models"],
)
def test_an_action_without_models_is_refused_where_it_is_declared(function: Any) -> None:
    """An action must declare models of its inputs and its result, without which it can't be called."""
    with pytest.raises(TypeError, match=r"must have the form \(inputs: Model, context: Context\) -> Model"):
        action("wrong")(function)


def test_an_action_is_no_coroutine() -> None:
    """Actions run in threads: a coroutine would never be awaited."""

    async def wrong(wanted: Wanted) -> Found:
        return Found(doubled=0)

    with pytest.raises(TypeError, match="can't be a coroutine"):
        action("wrong")(wrong)


def test_modules_are_named_by_a_setting() -> None:
    """Every action of a named module is available beside the shipped actions."""
    assert set(load_actions(("tests.servers.probing",))) == {*SHIPPED, "probe"}


def test_installed_distributions_bring_actions(monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry point of the group ``stanchion.actions`` is loaded without any setting."""
    entry = EntryPoint("probing", "tests.servers.probing", "stanchion.actions")
    monkeypatch.setattr(registry, "entry_points", lambda group: [entry] if group == "stanchion.actions" else [])
    assert "probe" in load_actions()


def test_a_name_belongs_to_one_action(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two actions with the same name are a mistake that is reported when the worker starts."""
    module = ModuleType("own_tickets")
    module.mine = action("tickets")(double.function)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "own_tickets", module)
    with pytest.raises(ActionsError, match="own_tickets: stanchion has an action 'tickets' already"):
        load_actions(("own_tickets",))


@pytest.mark.parametrize(
    ("module", "text"),
    [("no.such.module", "no.such.module: ModuleNotFoundError"), ("json", "json: it holds no @action")],
)
def test_a_module_without_actions_is_a_mistake(module: str, text: str) -> None:
    """A setting that names no usable module of actions stops the worker with the reason."""
    with pytest.raises(ActionsError, match=text):
        load_actions((module,))


def test_checks_know_what_the_shipped_actions_take() -> None:
    """The model of a shipped action defines which keys ``with`` may and must hold."""
    assert specs_of(load_actions()) == SHIPPED


def test_checks_know_what_an_action_takes_and_returns_by_the_names_that_processes_write() -> None:
    """Inputs and members of results are known by their aliases, since ``from`` is not a name in Python."""
    assert double.spec == ActionSpec(frozenset({"number", "from"}), frozenset({"number"}), members("doubled"))


def test_the_shape_of_a_model_that_holds_itself_is_bounded() -> None:
    """Members are known down to a few levels; below, a result may hold anything."""
    shape, levels = shape_of(Branch), 0
    while shape.members is not None:
        assert shape.members["name"] == ANYTHING
        shape, levels = shape.members["twigs"].item or ANYTHING, levels + 1
    assert 1 < levels <= DEEPEST_SHAPE
