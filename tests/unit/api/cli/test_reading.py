"""How the reading commands show a problem."""

from __future__ import annotations

from api.cli.reading import problem_lines


def test_a_problem_with_what_to_do() -> None:
    """A problem is shown with its code, by which it is looked up, and with the actions that a person can take."""
    assert problem_lines({"code": "missing_fields", "text": "waits for plan"}) == [
        "problem: waits for plan (missing_fields)",
        "  what to do: Fill in the fields that the text names, with `stanchion edit`.",
    ]


def test_a_problem_of_a_newer_server() -> None:
    """A code that this build does not know is shown as it is."""
    assert problem_lines({"code": "moon_away", "text": "no tide"}) == ["problem: no tide (moon_away)"]
