"""The checks as a whole: every code has its example, and what is right is left alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from definitions.checks import check_process
from definitions.problems import Problem
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.source import Source, read_source
from tests.unit.definition_files import EXAMPLES, ORGANIZATION

ROOT = Path(__file__).parents[2]
PAGE = ROOT / ".." / "shared" / "LANGUAGE.md"
HEAD = "process: demo\ntitle: Demo\npractice: demo\nprefix: DEM\ninitial: new\n"


def problems(process: str, organization: str = ORGANIZATION, templates: tuple[str, ...] = ()) -> list[Problem]:
    source, people = read_source(process.encode(), "demo.yaml"), read_source(organization.encode(), "people.yaml")
    assert isinstance(source, Source)
    assert isinstance(people, Source)
    return check_process(
        Process.model_validate(source.data),
        source,
        Organization.model_validate(people.data),
        dict.fromkeys(templates, ""),
    )


def codes(process: str) -> list[str]:
    return [problem.code for problem in problems(process)]


def test_every_code_has_an_example() -> None:
    """Each code of the checks stands in the text of an invalid file, or in a test here."""
    checks = "".join(path.read_text() for path in (ROOT / "definitions" / "checks").glob("*.py"))
    known = set(re.findall(r'\.problem\(\s*(?:[^"]|"(?!,))*?"([a-z]+(?:-[a-z]+)+)"', checks))
    shown = " ".join(path.read_text() for path in (EXAMPLES / "invalid").glob("*.txt")) + Path(__file__).read_text()
    assert len(known) > 25
    assert {code for code in known if f" {code} " not in shown and f'"{code}"' not in shown} == set()


@pytest.mark.skipif(not PAGE.exists(), reason="the language's page is not beside this checkout")
def test_the_process_of_the_page_is_sound() -> None:
    """The process of the language's page has no problem in the organization of the page."""
    process, organization = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)[:2]
    templates = ("change_to_assess", "change_scheduled", "decision_at_risk", "decision_breached")
    assert problems(process, organization, templates) == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ("pick: {type: choice, options: [a, a]}", "duplicate-option"),
        ("note: {type: text, options: [a]}", "needless-options"),
        ("note: {type: text, pattern: '('}", "bad-pattern"),
        ("event: {type: service}", "reserved-name"),
        ("risk: {type: integer, value: '1', required: true}", "computed-field"),
        ("who: {type: person, default: zoe}", "unknown-person"),
        ("when_due: {type: datetime, default: 2026-03-14}", "wrong-value"),
        ("days: {type: integer, list: true, default: 3}", "wrong-value"),
    ],
)
def test_fields(fields: str, code: str) -> None:
    """What a field says of itself must make sense for its type."""
    rest = "states: {new: {on: {go: {to: over, by: everyone}}}, over: {final: true}}\n"
    assert codes(f"{HEAD}fields:\n  {fields}\n{rest}") == [code]


@pytest.mark.parametrize(
    ("states", "found"),
    [
        ("new: {initial: a, on: {go: {to: over, by: everyone}}}", ["needless-initial"]),
        (
            "new: {parallel: true, initial: a, states: {a: {}, b: {}}, on: {go: {to: over, by: everyone}}}",
            ["needless-initial"],
        ),
        (
            "new: {parallel: true, states: {a: {initial: x, states: {x: {on: {ok: {to: y, by: everyone}}}, "
            "y: {final: true}}}, b: {}}, on: {go: {to: over, by: everyone}}}",
            [],
        ),
        (
            "new: {initial: a, states: {a: {}, h: {history: deep, initial: a}}, on: {go: {to: away, by: everyone}}}\n"
            "  away: {on: {back: {to: h, by: everyone}, go: {to: over, by: everyone}}}",
            [],
        ),
        (
            "new: {initial: a, states: {a: {}, h: {history: deep, on: {go: a}}}, on: {go: {to: h, by: everyone}}}",
            ["misplaced-history"],
        ),
        ("new: {on: {go: [{to: over, by: alice_}]}}", ["unknown-principal"]),
        ("new: {on: {go: {to: over, by: 'person:alice'}, '*': {to: over, by: everyone}}}", []),
        ("new: {on: {'*': over, go: {to: over, by: 'person:alice'}}}", ["never-chosen"]),
        ("new: {always: [{to: over, when: 'ticket.key == null'}], on: {go: {to: over, by: everyone}}}", []),
    ],
)
def test_states(states: str, found: list[str]) -> None:
    """What is put together wrongly is told once; what SCXML allows is left alone."""
    told = codes(f"{HEAD}states:\n  {states}\n  over: {{final: true}}\n")
    assert [code for code in told if code != "open-to-all"] == found


def test_what_is_required_is_never_cleared() -> None:
    """``set`` can't clear a required field."""
    fields = "fields: {note: {type: text, required: true}}\n"
    rest = "states: {new: {on: {go: {to: over, by: everyone, set: {note: null}}}}, over: {final: true}}\n"
    assert codes(f"{HEAD}{fields}{rest}") == ["required-field"]


def test_invariants_say_one_thing() -> None:
    """An invariant says ``never`` or ``eventually``, and names events as ``state.event``."""
    rest = "states: {new: {on: {go: {to: over, by: everyone}}}, over: {final: true}}\n"
    assert codes(f"{HEAD}{rest}invariants: [{{}}, {{never: over, without: [new]}}]\n") == ["bad-invariant"] * 2


def test_a_typo_in_a_target_is_one_problem() -> None:
    """Where a target is unknown, nothing is said of what can't be reached because of it."""
    assert codes(f"{HEAD}states: {{new: {{on: {{go: {{to: ovr, by: everyone}}}}}}, over: {{final: true}}}}\n") == [
        "unknown-target"
    ]
