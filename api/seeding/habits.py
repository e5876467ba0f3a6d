"""Habits of people: how they open tickets of a process, and what they do while a ticket waits for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

from definitions.schema.model import Json
from definitions.times import Instant, to_instant, to_text

HOUR = 3600


@dataclass(frozen=True, slots=True)
class Ahead:
    """A datetime at a whole hour, between so many hours ahead."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Later:
    """A datetime so many hours after another that was drawn before."""

    than: str
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Day:
    """A date so many days ahead."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class DrawnPerson:
    """A person drawn from these principals: see ``MonthWorld.people_of``."""

    of: str


Choice: TypeAlias = Json | Ahead | Later | Day | DrawnPerson
Fields: TypeAlias = Mapping[str, tuple[Choice, ...]]
"""For each field its possible values, equally likely; None leaves the field out."""


@dataclass(frozen=True, slots=True)
class Act:
    """An action that a person may take while a ticket is in a state."""

    event: str
    """``comment`` comments, with the text in ``fields``; empty: nobody acts, and time goes by."""
    by: str = "assignee"
    weight: int = 1
    hours: tuple[float, float] = (1, 8)
    """Working hours after the ticket entered the state, from and to."""
    fields: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Story:
    """The life of one process's tickets."""

    process: str
    count: int
    """Tickets that people open in a month."""
    openers: str
    fields: Fields
    subjects: tuple[Mapping[str, Json], ...]
    """Subjects of tickets: fields that belong together."""
    acts: Mapping[str, tuple[Act, ...]] = field(default_factory=dict)
    """By state."""
    at_any_hour: float = 0.0
    """The share of tickets opened outside working hours."""
    approves: float = 0.9
    """The probability that a vote approves."""


def drawn(random: Random, fields: Fields, now: Instant) -> dict[str, Json | DrawnPerson]:
    """One value for each field; people are still to be drawn."""
    found: dict[str, Json | DrawnPerson] = {}
    for name, choices in fields.items():
        choice = random.choice(choices)
        if isinstance(choice, Ahead):
            hours = random.randint(choice.least, choice.most)
            found[name] = to_text(now - now % HOUR + hours * HOUR)
        elif isinstance(choice, Later):
            hours = random.randint(choice.least, choice.most)
            found[name] = to_text(to_instant(str(found[choice.than])) + hours * HOUR)
        elif isinstance(choice, Day):
            found[name] = to_text(now + random.randint(choice.least, choice.most) * 24 * HOUR)[:10]
        elif choice is not None:
            found[name] = choice
    return found
