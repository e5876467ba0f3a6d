"""The events that a ticket has taken of one chain of events and starts."""

from __future__ import annotations

from dataclasses import dataclass

from definitions.times import Instant
from workflows.engine.model.bounds import MOST_STARTS_OF_A_CHAIN


@dataclass(frozen=True, slots=True)
class ChainCount:
    """A chain that has reached the ticket."""

    chain: str
    taken: int
    """The events that the ticket has taken of this chain, and of the chain whose place it took in a full list."""
    at: Instant
    """When the ticket took the last of them, UTC seconds."""


def too_many_starts(chain: str) -> str:
    """The reason for people why a chain opens no further ticket."""
    return (
        f"the chain that began at {chain} has opened {MOST_STARTS_OF_A_CHAIN:,} tickets, and a chain opens at most so "
        "many: end the circle of the processes with a condition (when); an event from a person begins a new chain"
    )


def is_chain_bound(reason: str) -> bool:
    """Whether another ticket has refused an event, or an opening was refused, because of a bound of chains."""
    return reason.startswith("too_many_hops: ")
