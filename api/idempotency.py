"""Idempotency keys, and what tells a repeated request from another one under the same key."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any


def new_key() -> str:
    """An idempotency key for a request that came without one."""
    return uuid.uuid4().hex


def request_hash(*parts: Any) -> str:
    """A digest of what was asked for, by which a reused key is told from a repeated request."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
