"""The descriptions and examples of every key in editors and the reference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from definitions.documents.json_schema import MODELS, objects_of, schema_of
from definitions.documents.schema_examples import Example, examples_of
from definitions.expressions import Kind, Scope, compile_expression
from definitions.loading.loader import load
from workflows.engine.scenarios import Setting, run_scenario

SMALLEST: dict[str, dict[str, Any]] = {
    "process": {"process": "a", "title": "A", "practice": "a", "prefix": "AA", "initial": "a", "states": {}},
    "organization": {},
    "scenario": {"scenario": "a", "process": "a", "given": {"now": "2026-03-02T09:00:00Z"}},
}
"""The smallest file of each kind, into which an example is put."""
BLOCKS = [(kind, example) for kind in MODELS for example in examples_of(kind)]
NAMES = ("ticket", "event", "actor", "service", "tables", "approval", "run", "child", "callback", "each")
ANYTHING = Scope(
    variables={name: Kind("any") for name in NAMES} | dict.fromkeys(("now", "ticket.planned_start"), Kind("time")),
    options={}, tables={}, states=frozenset({"asked"}), tags=frozenset({"resolved"}),
)  # fmt: skip
"""Names of any type, so that only the form of an expression can be wrong."""


def objects(kind: str) -> dict[str, dict[str, Any]]:
    return dict(objects_of(MODELS[kind], schema_of(kind)))


def gaps(described: Iterable[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    """The objects and keys without a description or an example."""
    for name, one in described:
        places = {name: one} | {f"{name}.{key}": property_ for key, property_ in one.get("properties", {}).items()}
        for place, found in places.items():
            for needed in ("description", "examples"):
                if not found.get(needed):
                    yield f"{place} has no {needed}"


def expressions_in(schema: dict[str, Any], value: Any) -> Iterator[str]:
    """The expressions of an example: values of that type in the schema, and values after ``=``."""
    titles = [one.get("title") for one in (schema, *schema.get("anyOf", []))]
    if "expression" in titles and isinstance(value, str):
        yield value
    if isinstance(value, dict) and isinstance(value.get("by"), str) and "default" in value:  # the rows of a target
        yield value["by"]
    yield from marked(value)


def marked(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value.startswith("="):
        yield value[1:]
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from marked(inner)


@pytest.mark.parametrize("kind", MODELS)
def test_every_key_is_described_and_shown(kind: str) -> None:
    """Every object, and every key of it, has a description in its model and an example in ``schema/examples``."""
    assert list(gaps(objects(kind).items())) == []


def test_a_new_key_needs_both() -> None:
    """A key that comes without a description or an example is noticed."""
    told = {"description": "What it is.", "examples": [1]}
    new = {
        **told,
        "properties": {"old": told, "silent": {"examples": [1]}, "bare": {"description": "It.", "examples": []}},
    }
    assert list(gaps([("Thing", new)])) == ["Thing.silent has no description", "Thing.bare has no examples"]


@pytest.mark.parametrize("kind", MODELS)
def test_an_example_fits_its_own_schema(kind: str) -> None:
    """The JSON Schema accepts every example of an object or a key."""
    schema, wrong = schema_of(kind), []
    for name, one in objects_of(MODELS[kind], schema):
        for place, found in {name: one, **one.get("properties", {})}.items():
            judge = Draft202012Validator({**found, "$defs": schema["$defs"]})
            wrong += [
                f"{name}.{place}: {error.message}" for value in found["examples"] for error in judge.iter_errors(value)
            ]
    assert wrong == []


@pytest.mark.parametrize(
    ("kind", "example"), BLOCKS, ids=lambda value: value.model if isinstance(value, Example) else value
)
def test_an_example_loads(kind: str, example: Example) -> None:
    """The loader's models and the JSON Schema accept every example in a complete file."""
    whole = {**SMALLEST[kind], **example.data}
    MODELS[kind].model_validate(whole)
    assert [error.message for error in Draft202012Validator(schema_of(kind)).iter_errors(whole)] == []


@pytest.mark.parametrize("kind", MODELS)
def test_expressions_in_examples_are_written_well(kind: str) -> None:
    """Every expression in an example can be compiled."""
    shown = [
        expression
        for one in objects(kind).values()
        for key in one.get("properties", {}).values()
        for value in key["examples"]
        for expression in expressions_in(key, value)
    ]
    for expression in shown:
        compile_expression(expression, ANYTHING)
    assert len(shown) > 5 or kind != "process"


def test_the_whole_examples_work_together(tmp_path: Path) -> None:
    """The process, organization and scenario that the pages begin with load without a word, and the scenario passes."""
    for kind, folder in (("process", "processes"), ("organization", "organization"), ("scenario", "scenarios")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "example.yaml").write_text(examples_of(kind)[0].text, encoding="utf-8")
    loaded = load([tmp_path])
    assert [str(problem) for problem in loaded.problems] == []
    ((_, file),) = loaded.scenarios.items()
    process = loaded.processes["loan"]
    setting = Setting(process.process, process.digest, loaded.organization, file.scenario.given.now)
    result = run_scenario(file.scenario, setting, file.source)
    assert [str(failure) for failure in result.failures] == []
    assert result.steps == len(file.scenario.steps)
