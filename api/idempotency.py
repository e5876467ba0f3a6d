"""Idempotency keys, and the digest that tells a repeated request from another request under the same key."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from typing import Any

KEY_FORM = re.compile(r"[\x21-\x7e]{1,200}")
"""What an idempotency key is made of: visible ASCII characters, as headers can hold them."""


def new_key() -> str:
    """An idempotency key for a request that has none."""
    return uuid.uuid4().hex


def request_hash(*parts: Any) -> str:
    """A digest of a request: a repeated request has the same one, another request under the same key does not."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
