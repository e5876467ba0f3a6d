"""Numbers of things, and values, as people read them."""

from __future__ import annotations

from typing import Any

import pytest

from definitions.text.counts import counted
from definitions.text.values import in_words, named_values


@pytest.mark.parametrize(
    ("number", "noun", "words"),
    [(0, "error", "0 errors"), (1, "error", "1 error"), (2, "process", "2 processes"), (1_000, "file", "1,000 files")],
)
def test_a_number_of_things_has_the_plural_that_it_needs(number: int, noun: str, words: str) -> None:
    """One thing is singular, every other number is plural."""
    assert counted(number, noun) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"), (True, "true"), (False, "false"), (6000.0, "6000"), (0.5, "0.5"), (1e300, "1e+300"),
        (["a", True], "a, true"), ([], "nothing"), ({"a": None}, '{"a": null}'), ("x", "x"), (7, "7"),
    ],
)  # fmt: skip
def test_values_are_never_shown_in_the_notation_of_python(value: Any, words: str) -> None:
    """Values are shown as the language writes them."""
    assert in_words(value) == words


def test_values_stand_beside_their_names() -> None:
    """The values that a guard has read are named in their order."""
    assert named_values({"ticket.urgent": False, "ticket.cost": 80.0}) == "ticket.urgent = false, ticket.cost = 80"
