"""Diagrams: one picture of a process, the same every time."""

from __future__ import annotations

from definitions.diagram import mermaid
from definitions.schema.process import Process
from definitions.source import Source, read_source
from tests.unit.definition_files import EXAMPLES

FOLDER = EXAMPLES / "diagram"


def test_everything() -> None:
    """Compound, parallel, history and final states, guards, times and outcomes are drawn; text is escaped."""
    source = read_source((FOLDER / "everything.yaml").read_bytes(), "everything.yaml")
    assert isinstance(source, Source)
    assert mermaid(Process.model_validate(source.data)) == (FOLDER / "everything.mmd").read_text()
