"""Starts under keys that are free: records that were restored from a backup give numbers out again."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from api.cluster import KeyTakenError
from api.records import RecordsAtTheEdge

LOG = logging.getLogger("stanchion.api")
T = TypeVar("T")
MOST_TRIES = 40
"""Each try skips twice as many numbers as the one before: enough for every number that a ticket may have."""


async def under_free_key(
    records: RecordsAtTheEdge, scope: str, start_key: str, key: str, begin: Callable[[str], Awaitable[T]]
) -> tuple[str, T]:
    """The key under which a start has begun, and the result of ``begin``.

    Where Temporal has another ticket of that key, the start gets another number. Raises Away, KeyTakenError where no
    number is free, and what ``begin`` raises.
    """
    for tried in range(MOST_TRIES):
        try:
            return key, await begin(key)
        except KeyTakenError:
            taken, ahead = key, 2**tried
            key = await records.write(lambda store: store.renumber(scope, start_key, taken, ahead))  # noqa: B023
            LOG.warning("Temporal has another %s: the records are older. The start continues as %s", taken, key)
    raise KeyTakenError(key)
