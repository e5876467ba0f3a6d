"""What of the documents is made from the definitions. ``python -m tests.pages`` writes it anew."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from definitions.documents.diagram import mermaid
from definitions.loading.folders import SHIPPED
from definitions.loading.loader import load
from definitions.schema.process import Process
from tests.controls import CONTROLS, broken, source_of
from tests.paths import DOCS

PRACTICES = DOCS / "practices"
CONTROLS_PAGE = DOCS / "controls.md"
_AROUND = "The way around it"
_STUCK = "Where it is stuck"
_PICTURE = re.compile(r"(?<=^## Picture\n\n)```mermaid\n.*?^```\n", re.MULTILINE | re.DOTALL)


def shipped() -> dict[str, Process]:
    """Every shipped process by its id."""
    return {name: file.process for name, file in load((SHIPPED,)).processes.items()}


def page_of(process: Process) -> Path:
    return PRACTICES / f"{process.process}.md"


def drawn(page: str, process: Process) -> str:
    """The page with the picture that the process has now."""
    text, times = _PICTURE.subn(lambda _: f"```mermaid\n{mermaid(process)}```\n", page)
    assert times == 1, f"the page of {process.process} has {times} pictures under '## Picture'"
    return text


def way(process: str, index: int) -> str:
    """The path that the proof finds where a control is taken away."""
    found = broken(process, index)
    assert found is not None, f"what is to break control {index + 1} of {process} doesn't"
    return found.message.rpartition(": ")[2]


def controls_page(way: Callable[[str, int], str] = way) -> str:
    """docs/controls.md: its head as it is written there, and the tables of all processes.

    ``way`` gives the path of each control; by default the proof finds it, which takes its time.
    """
    head, _, _ = CONTROLS_PAGE.read_text(encoding="utf-8").partition("\n## ")
    return head + "".join(f"\n{section}" for section in _sections(way))


def ways_of(page: str) -> list[str]:
    """The paths that a page of controls shows, in its order."""
    return re.findall(rf"^   - (?:{_AROUND}|{_STUCK}): (.+)$", page, re.MULTILINE)


def _sections(way: Callable[[str, int], str]) -> Iterator[str]:
    for process, controls in CONTROLS.items():
        data = source_of(process).data
        yield f"## {data['title']}\n"
        yield f"[`{process}`](practices/{process}.md), in `definitions/processes/{process}.yaml`\n"
        for index, control in enumerate(controls):
            rule = data["invariants"][index]
            leads = _AROUND if "never" in rule else _STUCK
            yield (
                f"{index + 1}. **{control.words}**\n\n"
                f"   - Proved: `{_inline(rule)}`\n"
                f"   - Broken by: {'; '.join(f'`{path}: {_inline(value)}`' for path, value in control.edits.items())}\n"
                f"   - {leads}: {way(process, index)}\n"
            )


def _inline(value: Any) -> str:
    """As it would stand in a file, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_inline(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_inline, value)) + "]"
    if isinstance(value, str):
        return f'"{value}"' if re.search(r"[:{}\[\],#&!|'\"]", value) else value
    return json.dumps(value)


def main() -> None:
    for process in shipped().values():
        page = page_of(process)
        page.write_text(drawn(page.read_text(encoding="utf-8"), process), encoding="utf-8")
    CONTROLS_PAGE.write_text(controls_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
