"""Errors of the models are reported at their place in the file, in the words of the language."""

from __future__ import annotations

from typing import Any

import pytest

from definitions.loading.model_types import keys_of, types_at
from definitions.loading.validation import validate
from definitions.schema.process import Process
from definitions.schema.scenario import ACTIONS, Scenario, ScenarioStep
from definitions.text.breadcrumb import crumb, ordinal
from definitions.text.problems import Path
from definitions.text.source import Source, read_source

DEMO = "process: demo\ntitle: Demo\npractice: demo\nprefix: DEM\ninitial: new\n"


def read(text: str) -> Source:
    source = read_source(text.encode(), "some.yaml")
    assert isinstance(source, Source), source
    return source


def steps_of(text: str) -> tuple[ScenarioStep, ...]:
    given = "scenario: some\nprocess: demo\ngiven: {now: 2026-03-02T09:00:00+01:00, as: alice}\n"
    scenario, problems = validate(read(given + text), Scenario)
    assert problems == []
    assert scenario is not None
    return scenario.steps


@pytest.mark.parametrize(("path", "words"), [
    ((), ""),
    (("title",), "title"),
    (("states", "authorize", "approval", "need"), "state 'authorize' › approval › need"),
    (("states", "a", "states", "b", "on", "go", 1, "when"), "state 'a' › state 'b' › on 'go' › 2nd transition › when"),
    (("fields", "risk", "type"), "field 'risk' › type"),
    (("states", "a", "after", 0), "state 'a' › after › 1st transition"),
    (("states", "a", "entry", 2, "notify", "to"), "state 'a' › entry › 3rd step › notify › to"),
    (("states", "a", "approval", "stages", 10, "from", 1), "state 'a' › approval › 11th stage › from › 2nd"),
    (("invariants", 0), "1st invariant"),
    (("states",), "states"),
    (("steps", 3, "expect", "fields", "size"), "4th step › expect › fields › size"),
])  # fmt: skip
def test_a_breadcrumb_names_the_object_as_a_person_does(path: Path, words: str) -> None:
    """Kinds with their names, places counted from 1, then the keys."""
    assert crumb(path) == words


@pytest.mark.parametrize(
    ("number", "word"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (21, "21st"), (113, "113th")],
)
def test_places_are_counted_in_words(number: int, word: str) -> None:
    """English ordinals, with their exceptions from 11 to 13."""
    assert ordinal(number) == word


def test_shorthand_is_one_form() -> None:
    """A target alone, one transition and a list of them give the same model."""
    forms = ["done", "{to: done}", "[done]", "[{to: done}]"]
    models = [
        validate(read(DEMO + f"states: {{new: {{on: {{go: {form}}}}}, done: {{final: true}}}}\n"), Process)
        for form in forms
    ]
    assert all(problems == [] for _, problems in models)
    assert len({model.model_dump_json() for model, _ in models if model is not None}) == 1


def test_a_problem_inside_shorthand_is_at_what_is_written() -> None:
    """Where the models add a list or a key that the file doesn't have, the nearest thing written is the place."""
    text = DEMO + "states: {new: {on: {go: Done}, tags: 7}, done: {final: true}}\n"
    _, problems = validate(read(text), Process)
    assert [(problem.line, problem.column) for problem in problems] == [(6, 25), (6, 38)]


def test_a_field_named_like_a_key_is_no_such_key() -> None:
    """Names that people give are not keys: a field, state or event may be called tasks."""
    text = DEMO + "fields: {tasks: {type: text}, cost: {type: number}}\n"
    text += "states: {new: {on: {run: {to: child, set: {cost: 1}}}}, child: {final: true}}\n"
    model, problems = validate(read(text), Process)
    assert model is not None
    assert problems == []


def test_keys_are_found_by_the_names_that_people_write() -> None:
    """The models' own names for reserved words never reach a message."""
    state: Path = ("states", "new")
    for path in ((*state, "after", 0, "for"), (*state, "approval", "from"), (*state, "entry", 0, "raise")):
        assert types_at(Process, path)
        assert not types_at(Process, (*path[:-1], f"{path[-1]}_"))


@pytest.mark.parametrize("text", ["- approve: {as: dora, comment: fine}", "- {approve: {comment: fine}, as: dora}"])
def test_the_actor_of_a_step_stands_in_one_place(text: str) -> None:
    """``as`` inside a step and beside it are the same."""
    (step,) = steps_of(f"steps:\n  {text}\n")
    assert (step.action, step.as_, step.approve and step.approve.comment) == ("approve", "dora", "fine")


def test_a_field_named_as_is_edited_and_no_actor() -> None:
    """The keys inside an edit are fields, whatever their names."""
    (step,) = steps_of("steps:\n  - edit: {as: bob}\n")
    assert (step.as_, step.edit) == (None, {"as": "bob"})


def test_moments_of_a_scenario_are_seconds() -> None:
    """A moment with any offset is one instant in UTC."""
    steps = steps_of("steps:\n  - until: 2026-03-14T20:00:01+01:00\n  - until: 2026-03-14T19:00:01Z\n")
    assert [step.until for step in steps] == [1773514801, 1773514801]


def test_an_expected_null_is_told_from_nothing_expected() -> None:
    """``assignee: null`` expects that there is no assignee; without the key, the assignee is not compared."""
    first, second = steps_of("steps:\n  - expect: {assignee: null}\n  - expect: {state: new}\n")
    assert first.expect is not None
    assert second.expect is not None
    assert first.expect.model_fields_set == {"assignee"}
    assert second.expect.model_fields_set == {"state"}


def test_every_action_is_a_key_of_a_step() -> None:
    """The list of actions and the model of a step name the same keys."""
    rest: dict[str, Any] = keys_of(ScenarioStep)
    assert set(ACTIONS) == set(rest) - {"as", "with", "data", "refused"}
