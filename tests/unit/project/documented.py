"""What stands in a document as an example, for the tests that run it."""

from __future__ import annotations

import re

from tests.paths import DOCS

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def example(document: str, begins: str) -> str:
    """The one block of code in a document that begins with this text."""
    blocks = _BLOCK.findall((DOCS / document).read_text(encoding="utf-8"))
    (found,) = (text for _, text in blocks if text.startswith(begins))
    return str(found)
