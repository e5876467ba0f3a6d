"""Each file of ``tests/definitions/invalid`` is refused with exactly the text beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from definitions.text.source import Source, read_source
from tests.paths import EXAMPLES
from tests.unit.definitions.definition_files import as_text, examples, load_example

DEEP = "\n".join(" " * level + "a:" for level in range(1000)).encode()
GENERATED = {
    "too_large": (b"#" * 1_000_001, "1:1 file-too-large the file has more than 1,000,000 bytes"),
    "deep_blocks": (DEEP, "65:65 too-deep the file is nested more than 64 levels deep"),
    "deep_brackets": (b"a: " + b"[" * 1000, "1:67 too-deep the file is nested more than 64 levels deep"),
    "only_brackets": (b"[" * 999_000, "1:65 too-deep the file is nested more than 64 levels deep"),
    "deep_keys": (b"a: 1\n" + b"? " * 900, "2:129 too-deep the file is nested more than 64 levels deep"),
    "many_values": (
        b"a: [" + b"x," * 50_000 + b"]",
        "1:99999 too-many-values the file has more than 50,000 values and keys",
    ),
    "latin_1": (
        b"a: 1\ntitle: caf\xe9\n",
        "2:11 not-utf8 the file is not UTF-8: byte 0xe9 is not valid here\n  hint: save it as UTF-8",
    ),
    "utf_16": (
        "a: 1".encode("utf-16"),
        "1:1 not-utf8 the file is not UTF-8, but UTF-16 or UTF-32\n  hint: save it as UTF-8",
    ),
    "control_character": (
        b"a: 1\nb: \x07\n",
        "2:4 control-character the file holds the control character U+0007\n  hint: delete it",
    ),
}


@pytest.mark.parametrize("name", examples("invalid"))
def test_an_invalid_file_is_refused_with_its_whole_text(name: str, tmp_path: Path) -> None:
    """Every problem of a file is reported, at its place, in the words that stand in its example."""
    folder = EXAMPLES / "invalid"
    problems = load_example((folder / f"{name}.yaml").read_bytes(), name, tmp_path)
    assert as_text(problems, name) == (folder / f"{name}.txt").read_text()


@pytest.mark.parametrize("name", GENERATED)
def test_what_is_too_much_or_no_text_is_refused_where_it_begins(name: str) -> None:
    """Limits and encodings are refused at the first place that breaks them, before anything is built."""
    text, expected = GENERATED[name]
    found = read_source(text, "generated.yaml")
    assert not isinstance(found, Source)
    # The many levels of complex keys are each refused as keys, too: the limit is what ends the reading.
    assert str(found[-1]) == f"generated.yaml:{expected}"


def test_every_invalid_file_has_its_text() -> None:
    """An example and its text come in pairs."""
    texts = sorted(path.stem for path in (EXAMPLES / "invalid").glob("*.txt"))
    assert texts == examples("invalid")
