"""Regular expressions of processes, matched in linear time."""

from __future__ import annotations

import re

import pytest

from definitions.text.patterns import (
    MOST_BACKTRACKED,
    BadPattern,
    TooLongToMatch,
    check,
    is_safe_to_backtrack,
    matches,
    matches_by_backtracking,
)

HOSTS = "([a-z0-9]+-?)+[.]example[.]com"


def test_a_text_that_almost_matches_is_refused_at_once() -> None:
    """A million letters are matched against nested repetitions, which backtracking would not finish for 26 letters."""
    assert not matches(HOSTS, "a" * 1_000_000)
    assert matches(HOSTS, "web-01.example.com")


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"[\w ]+", "Änderung 7"), (r"\w+", "a-b"), (r"\W+", "-"), (r"\d{2}", "٣٤"), (r"[\D]+", "a1"),
        (r"\s+", "\x0b \x85\u2003"),
        (r"\S+", "a b"), (r"[]\d]+", "]1"), (r"[^]\d]+", "]1"), (r"a\Z", "a"), (r"\\Z", "\\Z"), (r"\u00e4", "ä"),
        ("(?i)abc", "ABC"), (".", "\n"), ("a|b$", "b"), ("", ""), ("ab", "abc"), (r"[A-Z]{2}-[0-9]+", "AB-12"),
    ],
)  # fmt: skip
def test_an_expression_means_what_it_means_in_python(pattern: str, text: str) -> None:
    """Classes, anchors and escapes have the same meaning as by backtracking."""
    check(pattern)
    assert matches(pattern, text) is (re.fullmatch(pattern, text) is not None)


@pytest.mark.parametrize(
    "pattern", ["(?=a)b", "(?<!a)b", r"(a)\1", "a++", "(?>a)", "[", "x\\", "a{1001}", r"[^\W\d]", r"(\pL{0,100}){0,10}"]
)
def test_an_expression_without_a_bound_on_its_time_is_refused(pattern: str) -> None:
    """Lookaround, backreferences, huge repetitions and broken syntax are refused, in words."""
    with pytest.raises(BadPattern, match=r"\w"):
        check(pattern)


def test_an_expression_of_an_older_definition_matches_short_texts() -> None:
    """An expression that only backtracking can match keeps its meaning up to the bound, and refuses longer texts."""
    older = "(?!000)[0-9]+"
    assert matches(older, "1" * MOST_BACKTRACKED)
    assert not matches(older, "000")
    with pytest.raises(TooLongToMatch, match=rf"at most {MOST_BACKTRACKED} characters, not {MOST_BACKTRACKED + 1}"):
        matches(older, "1" * (MOST_BACKTRACKED + 1))


def test_a_replay_matches_as_before() -> None:
    """By backtracking, an older expression matches a text of any length, and an expression of RE2 alone matches too."""
    assert matches_by_backtracking("(?!000)[0-9]+", "1" * 100)
    assert matches_by_backtracking(r"\pL+", "ä")


def test_what_could_take_too_long_is_known_before_it_is_tried() -> None:
    """A long text is safe for backtracking only if it matches in linear time."""
    assert is_safe_to_backtrack(HOSTS, "a" * MOST_BACKTRACKED)
    assert is_safe_to_backtrack(HOSTS, f"{'a' * 50}.example.com")
    assert not is_safe_to_backtrack(HOSTS, "a" * 41)
    assert not is_safe_to_backtrack("(?!000)[0-9]+", "1" * 41)
