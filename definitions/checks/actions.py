"""The inputs and results of the Python actions that a ``call`` can name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from definitions.expressions.shapes import ANYTHING, Shape, list_of_shape, members


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """An action: the names that ``with`` may have, the names that it must have, and the shape of the result."""

    inputs: frozenset[str]
    required: frozenset[str] = frozenset()
    result: Shape = ANYTHING


_LIST = list_of_shape(ANYTHING)
_COUNTED = ("opened", "ended", "failed", "open", "mean_seconds_to_end", "breaches", "breached")

SHIPPED: Mapping[str, ActionSpec] = {
    "tickets": ActionSpec(
        frozenset({"process", "keys", "match"}), result=list_of_shape(members("key", "state", "ended", tags=_LIST))
    ),
    "conflicts": ActionSpec(
        frozenset({"service", "from", "to"}),
        frozenset({"service", "from", "to"}),
        members(
            "free",
            "outside_maintenance",
            freezes=list_of_shape(members("name", services=_LIST)),
            bookings=list_of_shape(members("ticket", "service", "from", "to")),
        ),
    ),
    "figures": ActionSpec(frozenset({"service", "period"}), result=members(*_COUNTED, "processes")),
}
"""The actions of every installation (LANGUAGE, section 4, run)."""
