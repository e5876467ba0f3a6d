"""How the reading commands show a problem."""

from __future__ import annotations

from typing import Any

from api.cli.reading import choice_lines, problem_lines


def test_a_problem_with_what_to_do() -> None:
    """A problem is shown with its code, by which it is looked up, and with the actions that a person can take."""
    assert problem_lines({"code": "missing_fields", "text": "waits for plan"}) == [
        "problem: waits for plan (missing_fields)",
        "  what to do: Fill in the fields that the text names, with `stanchion edit`.",
    ]


def test_a_problem_of_a_newer_server() -> None:
    """A code that this build does not know is shown as it is."""
    assert problem_lines({"code": "moon_away", "text": "no tide"}) == ["problem: no tide (moon_away)"]


def choice(event: str, by: list[str], **more: Any) -> dict[str, Any]:
    told = {
        "to": "over",
        "possible": not by,
        "permitted": not by,
        "guard": None,
        "guard_holds": True,
        "values": {},
        "lacks": [],
    }
    return told | {"event": event, "by": by} | more


def test_events_that_nobody_can_send_share_a_line() -> None:
    """Events of the engine are named once and together, apart from those that people can send."""
    choices = [
        choice("start", []),
        choice("recovered", ["engine"], to=None),
        choice("recovered", ["engine"]),
        choice("ended.problem", ["everyone"]),
        choice("close", ["role:chair", "engine"]),
    ]
    assert choice_lines(choices) == [
        "you can send start → over",
        "you can't send close → over; only for role:chair, engine",
        "other tickets and machines can send recovered, ended.problem",
    ]


def test_values_of_a_guard_are_in_the_notation_of_the_language() -> None:
    """A guard that does not hold is shown with the values that it has read."""
    told = choice("close", [], possible=False, guard="ticket.done", guard_holds=False, values={"ticket.done": False})
    assert choice_lines([told]) == ["you can't send close → over; ticket.done is not true, with ticket.done = false"]
