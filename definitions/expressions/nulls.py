"""``ticket.approvers == null``: an unset list is null like every unset field.

CEL compares null with wrapped values, and refuses it beside a list. There the word ``null`` is checked again as a name
of any type, as long as the word itself so that every place stays where it was, and is null again in the tree that runs.
"""

from __future__ import annotations

import re

from definitions.expressions.checked_tree import offset_of

LOOSE = "_nil"
"""Stands for ``null`` while the text is checked."""
_REFUSED = re.compile(
    r"ERROR: <input>:(\d+):(\d+): found no matching overload for '_[!=]=_' applied to "
    r"'\((?:(?:list|map)\(.*\), null_type|null_type, (?:list|map)\(.*\))\)'"
)
_AFTER = re.compile(r"[!=]=\s*(null)\b")
_BEFORE = re.compile(r"(?<![\w.])(null)\s*$")


def loosened(source: str, complaint: str) -> str:
    """The text with ``LOOSE`` for each ``null`` that is refused beside a list; as it was where there is none."""
    for line, column in _REFUSED.findall(complaint):
        offset = offset_of(source, int(line), int(column))
        match = _AFTER.match(source, offset) or _BEFORE.search(source[:offset])
        if match is not None:
            source = source[: match.start(1)] + LOOSE + source[match.end(1) :]
    return source
