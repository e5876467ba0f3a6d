"""What of docs/practices is drawn from the definitions. ``python -m tests.pages`` writes it anew."""

from __future__ import annotations

import re
from pathlib import Path

from definitions.diagram import mermaid
from definitions.folders import SHIPPED
from definitions.loader import load
from definitions.schema.process import Process

PRACTICES = Path(__file__).parents[1] / "docs" / "practices"
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


def main() -> None:
    for process in shipped().values():
        page = page_of(process)
        page.write_text(drawn(page.read_text(encoding="utf-8"), process), encoding="utf-8")


if __name__ == "__main__":
    main()
