"""``ticket.approvers == null``: a list without elements is null, like every unset field.

CEL compares null with wrapped values, but refuses it beside a list. There, a name of any type replaces the word
``null`` for a second check. The name has the length of the word, so that every place stays. The tree that runs compares
with null, and with an empty list.
"""

from __future__ import annotations

import re

from definitions.expressions.checked_tree import offset_of

LOOSE = "_nil"
"""The name that replaces ``null`` for the check."""
_REFUSED = re.compile(
    r"ERROR: <input>:(\d+):(\d+): found no matching overload for '_[!=]=_' applied to "
    r"'\((?:(?:list|map)\(.*\), null_type|null_type, (?:list|map)\(.*\))\)'"
)
_AFTER = re.compile(r"[!=]=\s*(null)\b")
_BEFORE = re.compile(r"(?<![\w.])(null)\s*$")


def loosened(source: str, complaint: str) -> str:
    """The text with ``LOOSE`` for each ``null`` that CEL refused beside a list."""
    for line, column in _REFUSED.findall(complaint):
        offset = offset_of(source, int(line), int(column))
        match = _AFTER.match(source, offset) or _BEFORE.search(source[:offset])
        if match is not None:
            source = source[: match.start(1)] + LOOSE + source[match.end(1) :]
    return source
