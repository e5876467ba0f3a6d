"""``python -m tests.histories record``: plays every story that has no recorded history yet, and keeps its history.

Histories are replayed for ever: an existing history is never recorded again. A new interpreter version gets new
histories beside them (the number is in the name of the file). Beside each history is its content, a line for each call
that its replay makes (``content.py``). A deliberate change of content, such as a new column of the records, replaces
these files: delete them, and let this command write them again.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.histories.content import keep_missing_content
from tests.histories.firing import record_missing_firing
from tests.histories.recording import record_missing


async def _record_all(folder: Path) -> list[Path]:
    firing = folder / "firing"
    firing.mkdir()
    recorded = await record_missing(folder) + await record_missing_firing(firing)
    return recorded + await keep_missing_content()


def main() -> int:
    if sys.argv[1:] != ["record"]:
        print("usage: python -m tests.histories record")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        for path in asyncio.run(_record_all(Path(folder))):
            print(path.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
