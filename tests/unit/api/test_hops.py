"""The links of a chain that a request of a ticket continues."""

from __future__ import annotations

import pytest

from api.http.inbound import hops_of
from workflows.engine.model.bounds import MOST_HOPS


@pytest.mark.parametrize(
    ("header", "hops"),
    [
        ("", 0),
        ("7", 7),
        ("50", 50),
        ("51", MOST_HOPS),
        ("9" * 9, MOST_HOPS),
        ("9" * 5_000, 0),
        ("-1", 0),
        ("x", 0),
        ("²", 0),
    ],
)
def test_a_header_says_how_long_a_chain_is(header: str, hops: int) -> None:
    """A number counts, up to the bound of a chain; anything else begins a new chain."""
    assert hops_of(header) == hops
