"""The links and the id of the chain that a request of a ticket continues."""

from __future__ import annotations

import pytest

from api.http.inbound import chain_of, hops_of
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


@pytest.mark.parametrize(
    ("header", "chain"),
    [
        ("INC-7:4", "INC-7:4"),
        ("", ""),
        ("INC-7", ""),
        ("INC-7:x", ""),
        ("a b:1", ""),
        ("x" * 61 + ":1", ""),
        ("INC-7:" + "1" * 13, ""),
        ("INC-7:4\n", ""),
        ("INC-7:٤", ""),
    ],
)
def test_a_header_names_the_chain(header: str, chain: str) -> None:
    """The id of a chain has the form that a ticket gives it; anything else names no chain."""
    assert chain_of(header) == chain
