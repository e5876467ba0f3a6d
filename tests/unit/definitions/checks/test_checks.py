"""The checks as a whole: every code has its example, and valid processes have no problem."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Mapping
from pathlib import Path

import pytest

from definitions.checks import check_process
from definitions.checks.actions import ActionSpec
from definitions.checks.circles import circles
from definitions.expressions.shapes import members
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.text.problems import Problem
from definitions.text.source import Source, read_source
from tests.paths import EXAMPLES, ROOT
from tests.unit.definitions.definition_files import ORGANIZATION

PAGE = ROOT / ".." / "shared" / "LANGUAGE.md"
HEAD = "process: demo\ntitle: Demo\npractice: demo\nprefix: DEM\ninitial: new\n"


UNHANDLED = "unhandled-outcome"


def problems(
    process: str,
    organization: str = ORGANIZATION,
    templates: tuple[str, ...] = (),
    processes: Mapping[str, Process | None] | None = None,
    actions: Mapping[str, ActionSpec] | None = None,
) -> list[Problem]:
    source, people = read_source(process.encode(), "demo.yaml"), read_source(organization.encode(), "people.yaml")
    assert isinstance(source, Source)
    assert isinstance(people, Source)
    return check_process(
        Process.model_validate(source.data),
        source,
        Organization.model_validate(people.data),
        dict.fromkeys(templates, ""),
        processes,
        actions,
    )


def codes(process: str) -> list[str]:
    return [problem.code for problem in problems(process)]


def test_every_code_has_an_example() -> None:
    """Each code of the checks stands in the text of an invalid file, or in a test here or of the bounds of loading."""
    checks = "".join(path.read_text() for path in (ROOT / "definitions" / "checks").glob("*.py"))
    known = set(re.findall(r'\.problem\(\s*(?:[^"]|"(?!,))*?"([a-z]+(?:-[a-z]+)+)"', checks))
    shown = " ".join(path.read_text() for path in (EXAMPLES / "invalid").glob("*.txt")) + Path(__file__).read_text()
    shown += Path(__file__).parents[1].joinpath("loading", "test_bounds.py").read_text()
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
    """The keys of a field must fit its type."""
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
    """A wrong structure is reported once; a structure that SCXML allows is not reported."""
    told = codes(f"{HEAD}states:\n  {states}\n  over: {{final: true}}\n")
    assert [code for code in told if code != "open-to-all"] == found


@pytest.mark.parametrize(
    ("waits", "found"),
    [
        ({"a": [], "b": ["a"], "c": ["a", "b"]}, []),
        ({"a": ["a"], "b": ["c"], "c": ["b"]}, [("a",), ("b", "c")]),
        ({"a": ["b", "c"], "b": ["a"], "c": ["a"]}, [("a", "b")]),
        ({f"t{i}": [f"t{(i + 1) % 5000}"] for i in range(5000)}, [tuple(f"t{i}" for i in range(5000))]),
        ({"a": ["nowhere"]}, []),
    ],
)
def test_circles(waits: dict[str, list[str]], found: list[tuple[str, ...]]) -> None:
    """Each name is reported in one circle at most, and a long chain needs no recursion."""
    assert list(circles(waits)) == found


def test_what_is_required_is_never_cleared() -> None:
    """``set`` can't clear a required field."""
    fields = "fields: {note: {type: text, required: true}}\n"
    rest = "states: {new: {on: {go: {to: over, by: everyone, set: {note: null}}}}, over: {final: true}}\n"
    assert codes(f"{HEAD}{fields}{rest}") == ["required-field"]


def test_invariants_say_one_thing() -> None:
    """An invariant has ``never`` or ``eventually``, and names events as ``state.event``."""
    rest = "states: {new: {on: {go: {to: over, by: everyone}}}, over: {final: true}}\n"
    assert codes(f"{HEAD}{rest}invariants: [{{}}, {{never: over, without: [new]}}]\n") == ["bad-invariant"] * 2


def test_actions_are_looked_up_where_it_is_known_which_there_are() -> None:
    """An unregistered action is a warning; inputs of registered actions are checked like those of shipped actions."""
    states = (
        "states: {new: {run: [{call: {action: restrt}}, {call: {action: restart, with: {host: a}}}], on: {done: over"
    )
    text = f"{HEAD}{states}, failed: over}}}}, over: {{final: true}}}}\n"
    assert problems(text) == []
    known = {"restart": ActionSpec(frozenset({"service"}), frozenset({"service"}))}
    found = problems(text, actions=known)
    assert [(one.code, one.severity) for one in found] == [
        ("unknown-action", "warning"), ("missing-input", "error"), ("unknown-input", "error"),
    ]  # fmt: skip
    assert found[0].hint == "did you mean 'restart'?"


@pytest.mark.parametrize(
    ("guard", "message"),
    [
        ("run.new.hits.vacant", "the result has no member 'vacant'"),
        ("run.new.hits['vacant']", "the result has no member 'vacant'"),
        ("run.new.hits.bookings.ticket == 'A-1'", "a list has no member 'ticket'"),
        ("run.new.hits.bookings[0].tickt == 'A-1'", "the result has no member 'tickt'"),
        ("run.new.hits.bookings.exists(one, one.tickt == 'A-1')", "the result has no member 'tickt'"),
        ("run.new.seen.all(one, one.tags.exists(tag, one.stat == tag))", "the result has no member 'stat'"),
        ("run.new.each_hit.all(one, one.vacant)", "the result has no member 'vacant'"),
        ("child.kids[0].outcome == 'x'", "the result has no member 'outcome'"),
        ("run.new.own.nothing", "the result has no member 'nothing'"),
    ],
)
def test_a_member_that_no_result_has_is_an_error(guard: str, message: str) -> None:
    """A member of a saved result, of its elements or of a child is one that the action declares."""
    found = problems(_with_results(guard), actions={"own": ActionSpec(frozenset(), result=members("some"))})
    assert [(one.code, one.message) for one in found] == [("unknown-member", message)]


@pytest.mark.parametrize(
    "guard",
    [
        "run.new.hits.free && size(run.new.hits.bookings) == 0 && run.new.hits != null",
        "run.new.hits.bookings[0].ticket == 'A-1' && 'email' in run.new.hits.freezes[0].services",
        "run.new.seen.exists(one, one.ended && one.tags.exists(vacant, vacant == 'x')) || run.new.each_hit[0].free",
        "run.new.answer.anything.at.all && run.new.own.some.thing && child.kids.all(kid, kid.failed == false)",
    ],
)
def test_members_that_results_have_are_taken(guard: str) -> None:
    """Known members are taken, and the answer to a request may hold anything."""
    assert problems(_with_results(guard), actions={"own": ActionSpec(frozenset(), result=members("some"))}) == []


def _with_results(guard: str) -> str:
    window = "{service: email, from: =now, to: =now}"
    steps = [
        f"{{call: {{action: conflicts, with: {window}}}, save: hits}}",
        f"{{call: {{action: conflicts, with: {window}}}, each: ticket.names, save: each_hit}}",
        "{call: {action: tickets, with: {keys: [A-1]}}, save: seen}",
        "{call: {action: own}, save: own}",
        "{http: {url: 'https://example.com/'}, save: answer}",
    ]
    return (
        f"{HEAD}fields: {{names: {{type: text, list: true}}}}\nstates:\n  new:\n    run: [{', '.join(steps)}]\n"
        "    on: {done: kids, failed: over}\n  kids: {child: {workflow: x}, on: {done: last, failed: over}}\n"
        f'  last: {{on: {{go: {{to: over, by: everyone, when: "{guard}"}}}}}}\n  over: {{final: true}}\n'
    )


def test_processes_are_looked_up_where_it_is_known_which_there_are() -> None:
    """A process that can't be read is none that is unknown, and nothing is said of its fields."""
    states = (
        "states: {new: {child: {process: other, with: {x: 1}}, on: {done: over, failed: over}}, over: {final: true}}\n"
    )
    assert problems(HEAD + states) == []
    assert problems(HEAD + states, processes={"other": None}) == []
    assert [one.code for one in problems(HEAD + states, processes={})] == ["unknown-process"]


@pytest.mark.parametrize(
    ("states", "found"),
    [
        ("new: {initial: a, states: {a: {always: b}, b: {final: true}}, after: [{for: 1d, to: over}]}", []),
        (
            "new: {initial: a, states: {a: {always: b, on: {go: {to: over, by: everyone}}}, b: {final: true}}}",
            [UNHANDLED],
        ),
        ("new: {initial: a, states: {a: {always: b}, b: {final: true}}, on: {done: over}}", []),
        ("new: {run: [{notify: {to: opener, message: x}}], on: {done: over}}", []),
        ("new: {run: [{notify: {to: opener, message: x}, when: 'ticket.key == null'}], on: {done: over}}", []),
        ("new: {run: [{comment: x}, {call: {action: tickets}}], on: {done: over}}", [UNHANDLED]),
        ("new: {run: [{http: {url: 'https://example.com'}, when: 'false'}], on: {done: over}}", [UNHANDLED]),
        ("new: {run: [{notify: {to: opener, message: x}}], on: {done: over, failed: over}}", []),
        (
            "new: {approval: {from: 'person:alice'}, on: {approved: over, rejected: over, failed: over}}",
            ["open-to-all"],
        ),
        ("new: {tasks: [{id: a, title: A}], on: {'*': {to: over, by: everyone}}}", []),
        ("new: {on: {done: {to: over, by: everyone}, failed: {to: over, by: everyone}}}", []),
    ],
)
def test_outcomes(states: str, found: list[str]) -> None:
    """Every outcome that can happen is handled, by name or by another way out of a compound state; no other need be."""
    assert codes(f"{HEAD}states:\n  {states}\n  over: {{final: true}}\n") == found


@pytest.mark.parametrize(
    ("level", "found"),
    [
        ("during: [left], pause: [right]", []),
        ("during: [left], pause: [over]", ["never-paused"]),
        ("during: [both], pause: [left, right]", ["always-paused"]),
        ("during: [both], cancel: [over]", []),
        ("during: [new, both], pause: 'false'", ["never-paused"]),
        ("during: 'true'", []),
        ("during: [new], pause: \"in_state('new')\"", []),
        ("during: \"in_state('new')\", pause: \"in_state('new')\"", ["always-paused"]),
    ],
)
def test_clocks_over_parallel_regions(level: str, found: list[str]) -> None:
    """A pause can hold only in states that can be active together with the states of its clock."""
    states = "states: {new: {on: {go: {to: both, by: everyone}}}, over: {final: true}, both: {parallel: true, "
    states += "states: {left: {}, right: {}}, on: {go: {to: over, by: everyone}}}}\n"
    assert codes(f"{HEAD}{states}service_levels: {{quick: {{target: 4h, {level}}}}}\n") == found


def test_a_typo_in_a_target_is_one_problem() -> None:
    """If a target is unknown, states that are unreachable because of it are not reported."""
    assert codes(f"{HEAD}states: {{new: {{on: {{go: {{to: ovr, by: everyone}}}}}}, over: {{final: true}}}}\n") == [
        "unknown-target"
    ]


def test_a_process_that_no_ticket_can_carry_is_refused() -> None:
    """A process of 400,000 random letters is refused at its id: every ticket would carry it."""
    letters = "".join(random.Random(7).choices(string.ascii_letters, k=400_000))
    process = f"{HEAD}tables: {{words: {letters}}}\nstates: {{new: {{final: true}}}}\n"
    found = [problem for problem in problems(process) if problem.code == "too-large-to-carry"]
    assert [(one.line, one.column) for one in found] == [(1, 10)]
    assert "at most 300,000" in found[0].message


def test_processes_that_start_each_other_are_a_circle() -> None:
    """A new ticket that starts another process, whose new ticket starts the first, is refused; a condition ends it."""
    other = (
        "process: other\ntitle: Other\npractice: demo\nprefix: OTH\ninitial: new\nstates: {{new: {{entry: [{}]}}}}\n"
    )
    own = f"{HEAD}states: {{new: {{entry: [{{start: {{process: other}}}}], final: true}}}}\n"
    for step, expected in (
        ("{start: {process: demo}}", ["every new ticket starts another one: demo → other → demo"]),
        ("{start: {process: demo}, when: 1 == 2}", []),
    ):
        source = read_source(other.format(step).encode(), "other.yaml")
        assert isinstance(source, Source)
        known: dict[str, Process | None] = {"other": Process.model_validate(source.data), "demo": None}
        found = [one.message for one in problems(own, processes=known) if one.code == "starts-itself"]
        assert found == expected
