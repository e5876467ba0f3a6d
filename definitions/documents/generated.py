"""Documents that are made from the code: written by one command, and held to the code by another."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

DOCUMENTS = Path(__file__).parents[2] / "docs"


def write_or_check(arguments: list[str], documents: Callable[[], Mapping[Path, str]], module: str) -> int:
    """``--write`` writes the documents; ``--check`` is 1 where one is stale; anything else is 2."""
    command = f"python -m {module}"
    if arguments == ["--write"]:
        for path, text in documents().items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return 0
    if arguments == ["--check"]:
        stale = [path for path, text in documents().items() if not _is_current(path, text)]
        for path in stale:
            sys.stderr.write(f"{path.relative_to(DOCUMENTS.parent)} is stale: run {command} --write\n")
        return 1 if stale else 0
    sys.stderr.write(f"usage: {command} --write | --check\n")
    return 2


def _is_current(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text
