"""YAML as the language reads it: types of scalars, and positions."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yaml import SafeLoader

from definitions.text.problems import Mark
from definitions.text.scalars import plain_scalar
from definitions.text.source import Source, read_source, scan_source
from definitions.text.yaml_reader import read_document
from tests.paths import EXAMPLES


def read(text: str) -> Source:
    source = read_source(text.encode(), "some.yaml")
    assert isinstance(source, Source), source
    return source


@pytest.mark.parametrize("text", [
    "on", "off", "yes", "no", "y", "n", "17:00", "1.10", "007", "1_000", "1e3", "+5", ".5", "5.", ".inf", ".nan", "-0",
    "2026-03-14", "2026-03-14T20:00:00Z", "0b1", "0o8", "0xZ", "123456789012345678901", "9223372036854775808", "tRUE",
    "1.0e5", "-", "=x", "1.2.3", "0x10000000000000000", "50%", "4h",
])  # fmt: skip
def test_what_looks_like_a_value_elsewhere_is_text(text: str) -> None:
    """Anything that the YAML 1.2 core schema doesn't read, or that would not be written back the same, stays text."""
    assert plain_scalar(text) == text


@pytest.mark.parametrize(("text", "value"), [
    ("", None), ("~", None), ("null", None), ("NULL", None), ("true", True), ("False", False), ("0", 0), ("-12", -12),
    ("0o17", 15), ("0x1F", 31), ("1.5", 1.5), ("-0.25", -0.25), ("1.0", 1.0), ("1e+16", 1e16),
    ("9223372036854775807", 2**63 - 1), ("-9223372036854775808", -(2**63)),
])  # fmt: skip
def test_values_of_the_core_schema_are_read(text: str, value: object) -> None:
    """Null, booleans and the numbers of the core schema are values."""
    found = plain_scalar(text)
    assert found == value
    assert type(found) is type(value)


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**63), 2**63 - 1))
def test_a_number_that_python_writes_is_read_back(number: float) -> None:
    """A number in its shortest form is read as that number, or as text if it has too many digits."""
    assert plain_scalar(repr(number)) in (number, repr(number))


@given(st.text(alphabet="0123456789.eE+-xob", max_size=30))
def test_a_decimal_number_is_never_changed_by_reading(text: str) -> None:
    """Whatever is read as a decimal number is written back with the same text."""
    value = plain_scalar(text)
    if isinstance(value, int | float) and not text.startswith(("0o", "0x")):
        assert repr(value) == text


def test_quotes_and_blocks_are_always_text() -> None:
    """A scalar in quotes, or in a block, is text whatever it holds."""
    data = read("a: \"1\"\nb: 'true'\nc: |-\n  1\nd: >-\n  null\n'<<': x\n'1': y\n").data
    assert data == {"a": "1", "b": "true", "c": "1", "d": "null", "<<": "x", "1": "y"}


TEXT = """\
top: {a: 1, b: [x, {c: 'it'}]}
block: |

  first line
   second
folded: >-
  one
  two
"""


def test_every_value_and_key_knows_its_place() -> None:
    """Lines and columns count from 1 and are those of the file."""
    source = read(TEXT)
    assert source.at(("top",)) == Mark(1, 6)
    assert source.key_at(("top",)) == Mark(1, 1)
    assert source.key_at(("top", "b")) == Mark(1, 13)
    assert source.at(("top", "b", 1, "c")) == Mark(1, 24)
    assert source.key_at(("top", "b", 1)) == Mark(1, 20)


def test_an_unknown_path_is_at_its_nearest_ancestor() -> None:
    """A value that the file lacks is reported where it would belong."""
    source = read(TEXT)
    assert source.at(("top", "b", 1, "missing", 3)) == source.at(("top", "b", 1))
    assert source.at(("missing",)) == Mark(1, 1)
    assert source.key_at(("top", "missing")) == source.at(("top",))


def test_a_text_knows_where_its_first_character_stands() -> None:
    """An expression's own column is added to its first character: after the quote, below the bar."""
    source = read(TEXT)
    assert source.scalar_at(("top", "b", 0)) == (Mark(1, 17), "plain")
    assert source.scalar_at(("top", "b", 1, "c")) == (Mark(1, 25), "single")
    assert source.scalar_at(("folded",)) == (Mark(7, 3), "folded")
    assert source.scalar_at(("top", "a")) == (Mark(1, 10), "plain")


def test_a_place_inside_a_text_is_found() -> None:
    """An offset in a text is a position in the file: exact on one line and in a literal block, else its beginning."""
    source = read(TEXT + 'escaped: "a\\tb: c"\nlong: one\n  two\nplain: x == 1\n')
    assert source.inside(("top", "b", 1, "c"), 1) == Mark(1, 26)
    text = source.data["block"]
    assert source.inside(("block",), text.index("first")) == Mark(4, 3)
    assert source.inside(("block",), text.index("second")) == Mark(5, 4)
    assert source.inside(("folded",), 5) == Mark(7, 3)
    assert source.inside(("plain",), 5) == Mark(12, 13)
    assert source.inside(("escaped",), 4) == Mark(9, 11)
    assert source.inside(("long",), 5) == Mark(10, 7)


def test_a_file_with_a_harmless_problem_keeps_its_data() -> None:
    """A duplicate key hides nothing else: the first value stays, and the rest can still be checked."""
    source, problems = scan_source(b"a: {x: 1}\na: {x: 2}\n", "some.yaml")
    assert source is not None
    assert source.data == {"a": {"x": 1}}
    assert [(problem.code, problem.line) for problem in problems] == [("duplicate-key", 2)]


def test_a_file_whose_data_is_unknown_has_no_source() -> None:
    """The value of an alias is not guessed: nothing is checked against half the data."""
    source, problems = scan_source(b"a: &x 1\nb: *x\n", "some.yaml")
    assert source is None
    assert [problem.code for problem in problems] == ["yaml-anchor", "yaml-alias"]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*/*.yaml")), ids=lambda path: path.stem)
def test_the_slower_parser_reads_the_same(path: Path) -> None:
    """Where PyYAML has no libyaml, the same values stand at the same places and the same codes are given."""
    fast = read_document(path.read_bytes(), "some.yaml")
    slow = read_document(path.read_bytes(), "some.yaml", SafeLoader)
    assert [problem.code for problem in slow.problems] == [problem.code for problem in fast.problems]
    if fast.trusted:
        assert (slow.data, slow.values, slow.keys) == (fast.data, fast.values, fast.keys)


def test_reading_ends_where_nothing_fits() -> None:
    """After a hundred refusals reading stops: one line reports it in place of thousands."""
    found = read_source(b"a: [" + b"*a, " * 5000 + b"]", "some.yaml")
    assert not isinstance(found, Source)
    assert len(found) == 101
    assert found[-1].code == "too-many-problems"


def test_what_is_long_is_cut_in_messages() -> None:
    """A message stays readable whatever the file holds."""
    found = read_source(b"a: !" + b"x" * 5000 + b" 1\n", "some.yaml")
    assert not isinstance(found, Source)
    assert len(str(found[0])) < 250


@given(st.binary(max_size=200) | st.text(alphabet="ab:-[]{},\n \t'\"|>&*!%#?<~1.", max_size=80).map(str.encode))
def test_any_bytes_are_read_or_refused(text: bytes) -> None:
    """No input raises: the result is a source, or at least one problem with a place in the file."""
    found = read_source(text, "some.yaml")
    if not isinstance(found, Source):
        assert found
        assert all(problem.line >= 1 and problem.column >= 1 for problem in found)
