"""Python actions that a ``call`` can name: what goes into each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """The inputs of an action: what ``with`` may hold, and which of it must be there."""

    inputs: frozenset[str]
    required: frozenset[str] = frozenset()


SHIPPED: Mapping[str, ActionSpec] = {
    "tickets": ActionSpec(frozenset({"process", "keys", "match"})),
    "conflicts": ActionSpec(frozenset({"service", "from", "to"}), frozenset({"service", "from", "to"})),
    "figures": ActionSpec(frozenset({"service", "period"})),
}
"""What every installation has (LANGUAGE, section 4, run)."""
