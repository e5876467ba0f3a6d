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
    """The value as every database keeps it, and reads it again.

    Lists for tuples, texts for numbers that JSON lacks (NaN), texts without NUL and lone surrogates.
    """
    text = json.dumps(value)
    kept = json.loads(text, parse_constant=str)
    return _storable(kept) if any(escape in text for escape in ("\\u0000", "\\ud", "\\uD")) else kept


def _storable(value: Json) -> Json:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_storable(one) for one in value]
    if isinstance(value, dict):
        return {storable(key): _storable(one) for key, one in value.items()}
    return value


def canonical(value: Json) -> str:
    """Canonical JSON: sorted keys, no spaces, ASCII. Raises ValueError for NaN and the infinities."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def chained(prev_hash: str, entry: Json) -> str:
    """The hash of an audit entry: sha256 over the previous hash and the entry's canonical JSON."""
    return sha256(f"{prev_hash}\n{canonical(entry)}".encode()).hexdigest()
