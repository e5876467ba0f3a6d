"""The page of bounds has the bounds of the code."""

from __future__ import annotations

import re

import pytest

from activities.notifications import template_budget
from definitions import pinned
from definitions.expressions import budget
from definitions.text import patterns
from tests.paths import ROOT
from workflows.engine.model import automation, bounds
from workflows.ticket import automation as pending
from workflows.ticket import signals

PAGE = (ROOT / "docs/bounds.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|", PAGE, re.MULTILINE))


@pytest.mark.parametrize(
    ("row", "bound"),
    [
        ("a field of type text without `max_length`", bounds.LONGEST_TEXT),
        ("a field of type markdown without `max_length`", bounds.LONGEST_MARKDOWN),
        ("all fields together", bounds.MOST_FIELD_BYTES),
        ("the values of one event", bounds.MOST_EVENT_BYTES),
        ("a comment", bounds.LONGEST_COMMENT),
        ("the comment of a vote or of a task", bounds.LONGEST_REASON),
        ("one result of automation", automation.MOST_BYTES),
        ("all saved results of automation", bounds.MOST_SAVED_BYTES),
        ("watchers", bounds.MOST_WATCHERS),
        ("notices that wait for working hours", bounds.MOST_HELD),
        ("the message of a notice", bounds.LONGEST_MESSAGE),
        ("problems", bounds.MOST_PROBLEMS),
        ("intervals of a run of a service level", bounds.MOST_INTERVALS),
        ("the packed definition", pinned.MOST_DEFINITION_BYTES),
        ("calls, requests, events, notices and started tickets", bounds.MOST_EFFECTS),
        ("elements of `each`; children of a state", bounds.MOST_EFFECTS),
        ("elements of `each` in a `run`", automation.MOST_ELEMENTS),
        ("the values of one call, request, event or start", bounds.MOST_EVENT_BYTES),
        ("links of a chain of events and starts from ticket to ticket", bounds.MOST_HOPS),
        ("events of one chain that a ticket takes", bounds.MOST_OF_A_CHAIN),
        ("tickets that one chain opens", bounds.MOST_STARTS_OF_A_CHAIN),
        ("an expression: bytes handled", budget.MOST_WORK),
        ("an expression: bytes of its value", budget.MOST_RESULT),
        ("a text under a `pattern` that only backtracking can match", patterns.MOST_BACKTRACKED),
        ("one notification from a template: bytes handled", template_budget.MOST_BYTES),
        ("a refusal", bounds.MOST_NAMED),
    ],
)
def test_a_row_has_the_bound_of_the_code(row: str, bound: int) -> None:
    """The first number of each row is the constant."""
    found = re.match(r"\d{1,3}(?:,\d{3})*", ROWS[row])
    assert found is not None
    assert found[0] == f"{bound:,}"


def test_the_portions_are_those_of_the_code() -> None:
    """The page has the number of calls and of signals that a ticket has under way at a time."""
    assert f"{pending.MOST_PENDING} calls and requests run at a time" in PAGE
    assert f"{signals.MOST_PENDING} events are on their way at a time" in PAGE
