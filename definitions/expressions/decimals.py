"""``ticket.amount > 1000``: a whole number beside a field of type number counts as a decimal.

CEL keeps integers and decimals apart and refuses the comparison. If the whole number is a literal, only the decimal can
be meant. So ``.0`` is put behind it, and the text is checked again.
"""

from __future__ import annotations

import re

from definitions.expressions.checked_tree import offset_of

_MIXED = re.compile(
    r"ERROR: <input>:(\d+):(\d+): found no matching overload for '_[^_]+_' applied to '\(([^,]+), ([^,]+)\)'"
)
_AFTER = re.compile(r"(?:[<>=!]=?|[-+*/])\s*-?\d+(?![\d.xXuUeE])")
_BEFORE = re.compile(r"(?<![\w.])\d+(?=\s*$)")


def literals_to_mend(source: str, complaint: str) -> list[int]:
    """The offsets behind each whole number that must be a decimal, the last one first."""
    found = set()
    for line, column, left, right in _MIXED.findall(complaint):
        offset = offset_of(source, int(line), int(column))
        match = None
        if "double" in left and right == "int":
            match = _AFTER.match(source, offset)
        elif "double" in right and left == "int":
            match = _BEFORE.search(source[:offset])
        if match is not None:
            found.add(match.end())
    return sorted(found, reverse=True)
