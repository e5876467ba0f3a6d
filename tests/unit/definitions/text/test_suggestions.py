"""The known word that a hint suggests for an unknown one."""

from __future__ import annotations

from definitions.text.suggestions import LONGEST, closest


def test_the_nearest_known_word_is_suggested() -> None:
    """Of several near words, the hint names the nearest one, in whatever order they are known."""
    assert closest("asignee", ["assign", "assignee"]) == "did you mean 'assignee'?"
    assert closest("asignee", ["assignee", "assign"]) == "did you mean 'assignee'?"


def test_nothing_is_suggested_where_no_word_is_near() -> None:
    """Without a near word, and for a word that is too long to compare, there is no hint."""
    assert closest("zzz", ["assignee"]) == ""
    assert closest("a" * (LONGEST + 1), ["a" * LONGEST]) == ""
    assert closest("a" * LONGEST, ["a" * (LONGEST + 1)]) != ""
