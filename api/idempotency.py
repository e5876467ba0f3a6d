"""Idempotency keys, and the digest that tells a repeated request from another request under the same key."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from workflows.contracts import NumberedStart
from workflows.ticket.names import NUMBERED

START = "start"
"""The memo by which older builds, which do not know ``NUMBERED``, recognize the ticket of a repeated start."""
KEY_FORM = re.compile(r"[\x21-\x7e]{1,200}")
"""What an idempotency key is made of: visible ASCII characters, as headers can hold them."""


def new_key() -> str:
    """An idempotency key for a request that has none."""
    return uuid.uuid4().hex


def request_hash(*parts: Any) -> str:
    """A digest of a request: a repeated request has the same one, another request under the same key does not."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def memo_of(start: NumberedStart) -> dict[str, Any]:
    """The memo of the workflow that this start begins."""
    return {START: request_hash(start.scope, start.start_key), NUMBERED: asdict(start)}


def is_memo_of(memo: Mapping[str, Any], start: NumberedStart) -> bool | None:
    """Whether this start has begun the workflow with this memo; None if an older build has begun the workflow."""
    if isinstance(numbered := memo.get(NUMBERED), dict):
        return (numbered["scope"], numbered["start_key"]) == (start.scope, start.start_key)
    return memo[START] == request_hash(start.scope, start.start_key) if START in memo else None
