"""Documents that are made from code: written anew, or compared with what would be written."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

DOCUMENTS = Path(__file__).parents[2] / "docs"


def main(module: str, documents: Callable[[], Mapping[Path, str]], arguments: list[str]) -> int:
    """The exit code: ``--write`` writes the files; ``--check`` is 1 where one is stale; anything else is 2."""
    if arguments == ["--write"]:
        for path, text in documents().items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return 0
    if arguments == ["--check"]:
        stale = [path for path, text in documents().items() if not _is_current(path, text)]
        for path in stale:
            name = path.relative_to(DOCUMENTS.parent)
            sys.stderr.write(f"{name} is stale: run python -m {module} --write\n")
        return 1 if stale else 0
    sys.stderr.write(f"usage: python -m {module} --write | --check\n")
    return 2


def _is_current(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text
