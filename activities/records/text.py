"""Text that every database takes, and JSON in one spelling."""

from __future__ import annotations

import json
from hashlib import sha256

from definitions.schema.model import Json

GENESIS = "0" * 64
"""What the first entry of a chain names as the one before it."""


def storable(text: str) -> str:
    """Without what PostgreSQL refuses in text: NUL, and surrogates that stand alone."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def plain(value: Json) -> Json:
    """The value as JSON gives it back: lists for tuples, and words for the numbers that JSON does not have (NaN)."""
    return json.loads(json.dumps(value), parse_constant=str)


def canonical(value: Json) -> str:
    """JSON in one spelling: sorted keys, no spaces, ASCII. Raises ValueError for NaN and the infinities."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def chained(prev_hash: str, entry: Json) -> str:
    """The hash of an audit entry: sha256 over the entry before it and the entry's canonical JSON."""
    return sha256(f"{prev_hash}\n{canonical(entry)}".encode()).hexdigest()
