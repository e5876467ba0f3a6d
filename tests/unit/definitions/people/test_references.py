"""Why a value is refused that names people, teams or services who are not there."""

from __future__ import annotations

import pytest

from definitions.people.references import there_is_no


@pytest.mark.parametrize(
    ("kind", "ids", "words"),
    [
        ("person", ["zork"], "there is no person 'zork'"),
        ("person", ["zork", "bob", "zork"], "there are no people 'zork', 'bob'"),
        ("team", ["a", "b"], "there are no teams 'a', 'b'"),
        ("service", [f"s{n}" for n in range(12)], "there are no services 's0', 's1', 's2', 's3', 's4', 's5', 's6', "),
    ],
)
def test_words(kind: str, ids: list[str], words: str) -> None:
    """One id is refused in the singular, several ids in the plural, each id once."""
    assert there_is_no(kind, ids).startswith(words)


def test_of_many_ids_the_first_ten_are_named() -> None:
    """A refusal names ten ids, and the number of the others, however many there are."""
    assert there_is_no("person", [f"p{n}" for n in range(5_000)]).endswith("'p8', 'p9' and 4990 more")
