"""The size of values, and refusals that stay short."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import to_json

from definitions.people.directory import Actor
from definitions.schema.model import Json
from workflows.engine.model.bounds import LONGEST_NAME, LONGEST_REFUSAL, MOST_NAMED, beyond, bytes_of, cut
from workflows.engine.model.events import Edit
from workflows.engine.model.result import Refusal


@pytest.mark.parametrize(
    "value",
    [
        None, True, 7, -1.5, "", "plain", 'a "quote"\n\t\\', "\x01", "ä€😀", [], [1, "a", None], {"a": {"b": [1, 2]}},
        Edit(Actor("alice"), {"text": "ä\n" * 100}),
    ],
)  # fmt: skip
def test_the_size_of_a_value_is_that_of_its_json(value: object) -> None:
    """The bytes of a value are never fewer than those of its compact JSON, and a tenth more at most."""
    size = len(to_json(value))
    assert size <= bytes_of(value) <= size + 3 + size // 10


WORST = ("\x01", "\u007f", "\ud800", "€", "😀", '"', "\\", "\n", "a")
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text() | st.text(st.sampled_from(WORST), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.sampled_from(WORST), max_size=3), inner),
    max_leaves=12,
)  # fmt: skip


@given(JSONS, st.booleans())
@settings(deadline=None, max_examples=200)
def test_a_value_is_beyond_a_bound_exactly_where_it_has_more_bytes(value: Json, as_event: bool) -> None:
    """The quick estimate never passes a value with more bytes than its bound, whatever characters it has."""
    sized: object = Edit(Actor("alice"), {"text": value}) if as_event else value
    size = bytes_of(sized)
    assert beyond(sized, size) == 0
    assert beyond(sized, size - 1) == size


def test_a_refusal_names_the_first_twenty_fields_and_their_number() -> None:
    """A refusal of 60,000 unknown fields is a few kilobytes long, and says how many fields there are."""
    names = tuple(f"{'x' * 500}{number}" for number in range(60_000))
    refusal = Refusal("invalid_fields", "; ".join(names), names)
    assert len(refusal.fields) == MOST_NAMED
    assert {len(name) for name in refusal.fields} == {LONGEST_NAME}
    assert len(refusal.reason) == LONGEST_REFUSAL
    assert refusal.reason.endswith(" (60,000 fields in all, of which the first 20 are named)")


def test_a_short_text_is_not_cut() -> None:
    """A text within its bound stays; a longer text ends in an ellipsis at the bound."""
    assert cut("short", 5) == "short"
    assert cut("longer", 5) == "long…"
