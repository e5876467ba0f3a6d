"""The JSON Schemas for editors."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from definitions.documents.json_schema import FOLDER, MODELS, main
from definitions.text.source import Source, read_source
from tests.paths import EXAMPLES, ROOT
from tests.unit.definitions.definition_files import examples

DEFINITIONS = ROOT / "definitions"
FILES = [(name, path) for name, folder in (("process", "processes"), ("organization", "organization"),
         ("scenario", "scenarios")) for path in sorted((DEFINITIONS / folder).glob("*.yaml"))]  # fmt: skip
FILES += [
    (next((kind for kind in MODELS if name.startswith(f"{kind}-")), "process"), EXAMPLES / "valid" / f"{name}.yaml")
    for name in examples("valid")
]


@cache
def validator(kind: str) -> Draft202012Validator:
    schema = json.loads((FOLDER / f"{kind}.json").read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_they_are_current() -> None:
    """The schemas in ``docs/schema`` are those of the models."""
    assert main(["--check"]) == 0


@pytest.mark.parametrize(("kind", "path"), FILES, ids=lambda value: value.name if isinstance(value, Path) else value)
def test_what_loads_fits(kind: str, path: Path) -> None:
    """Every file that loads, short forms too, has no problem in an editor."""
    source = read_source(path.read_bytes(), path.name)
    assert isinstance(source, Source)
    assert [error.message for error in validator(kind).iter_errors(source.data)] == []


@pytest.mark.parametrize("name", ["unknown_key", "missing_keys", "wrong_types", "bad_ids"])
def test_what_is_misspelt_does_not_fit(name: str) -> None:
    """The schema refuses every file that the models refuse."""
    source = read_source((EXAMPLES / "invalid" / f"{name}.yaml").read_bytes(), name)
    assert isinstance(source, Source)
    assert not validator("process").is_valid(source.data)
