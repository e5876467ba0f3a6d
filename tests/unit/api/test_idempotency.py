"""The memo by which a start knows its ticket."""

from __future__ import annotations

from typing import Any

import pytest

from api.idempotency import START, is_memo_of, memo_of, request_hash
from workflows.contracts import NumberedStart

MINE = NumberedStart("alice", "one", "body")


@pytest.mark.parametrize(
    ("memo", "mine"),
    [
        (memo_of(MINE), True),
        (memo_of(NumberedStart("alice", "one", "another body")), True),
        (memo_of(NumberedStart("alice", "two", "body")), False),
        (memo_of(NumberedStart("bob", "one", "body")), False),
        ({START: request_hash("alice", "one")}, True),
        ({START: request_hash("alice", "two")}, False),
        ({}, None),
    ],
)
def test_a_start_is_known_by_its_scope_and_key(memo: dict[str, Any], mine: bool | None) -> None:
    """The scope and the key identify a start, in memos of this build and of the one before; older builds have none."""
    assert is_memo_of(memo, MINE) is mine
