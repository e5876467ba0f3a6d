"""Opaque cursors: the end of a page, where the next page continues whatever was added meanwhile."""

from __future__ import annotations

import base64
import binascii
import json

from activities.records.text import storable


class BadCursorError(ValueError):
    """A cursor that was not made here."""


def encode(*position: int | str) -> str:
    """The cursor of the page after ``position``."""
    return base64.urlsafe_b64encode(json.dumps(position, separators=(",", ":")).encode()).decode().rstrip("=")


def decode(cursor: str, *kinds: type) -> list[int | str]:
    """The position in a cursor, whose parts are of these ``kinds``. Raises BadCursorError."""
    try:
        parts = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise BadCursorError("the cursor is not one of this list") from None
    fits = isinstance(parts, list) and [type(part) for part in parts] == list(kinds)
    if not fits or not all(_is_storable(part) for part in parts):
        raise BadCursorError("the cursor is not one of this list")
    return list(parts)


def _is_storable(part: int | str) -> bool:
    """Whether a database takes the part: whole numbers of 64 bits, text without NUL and without half a surrogate."""
    if isinstance(part, int):
        return abs(part) < 2**63
    return storable(part) == part
