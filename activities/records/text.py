"""Text that every database takes, and canonical JSON."""

from __future__ import annotations

import json
from hashlib import sha256

from definitions.schema.model import Json

GENESIS = "0" * 64
"""The previous hash of the first entry of a chain."""


def storable(text: str) -> str:
    """The text without NUL and lone surrogates, which PostgreSQL refuses."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def plain(value: Json) -> Json:
    """The value after a round trip through JSON: lists for tuples, texts for numbers that JSON lacks (NaN)."""
    return json.loads(json.dumps(value), parse_constant=str)


def canonical(value: Json) -> str:
    """Canonical JSON: sorted keys, no spaces, ASCII. Raises ValueError for NaN and the infinities."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def chained(prev_hash: str, entry: Json) -> str:
    """The hash of an audit entry: sha256 over the previous hash and the entry's canonical JSON."""
    return sha256(f"{prev_hash}\n{canonical(entry)}".encode()).hexdigest()
