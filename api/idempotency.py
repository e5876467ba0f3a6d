"""Idempotency keys, and the digest that tells a repeated request from another request under the same key."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any


def new_key() -> str:
    """An idempotency key for a request that has none."""
    return uuid.uuid4().hex


def request_hash(*parts: Any) -> str:
    """A digest of a request: a repeated request has the same one, another request under the same key does not."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
