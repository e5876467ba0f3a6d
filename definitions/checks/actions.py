"""The inputs of the Python actions that a ``call`` can name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """The inputs of an action: the names that ``with`` may have, and the names that it must have."""

    inputs: frozenset[str]
    required: frozenset[str] = frozenset()


SHIPPED: Mapping[str, ActionSpec] = {
    "tickets": ActionSpec(frozenset({"process", "keys", "match"})),
    "conflicts": ActionSpec(frozenset({"service", "from", "to"}), frozenset({"service", "from", "to"})),
    "figures": ActionSpec(frozenset({"service", "period"})),
}
"""The actions of every installation (LANGUAGE, section 4, run)."""
