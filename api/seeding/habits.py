"""What people do: how tickets of a process are opened, and what is done where one waits for somebody."""

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
    """A whole hour that lies between so many hours ahead, as a datetime."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Later:
    """So many hours after a datetime that was drawn before."""

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
    """Somebody of these principals: see ``MonthTicket.people``."""

    of: str


Choice: TypeAlias = Json | Ahead | Later | Day | DrawnPerson
Fields: TypeAlias = Mapping[str, tuple[Choice, ...]]
"""For each field its possible values, one as likely as the other; None leaves it out."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something that somebody may do while a ticket is in a state."""

    event: str
    """``comment`` is a remark, its text in ``fields``; empty: nobody does anything until time does."""
    by: str = "assignee"
    weight: int = 1
    hours: tuple[float, float] = (1, 8)
    """Working hours after the ticket came there, from and to."""
    fields: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Story:
    """How tickets of one process live."""

    process: str
    count: int
    """Opened by people in a month."""
    openers: str
    fields: Fields
    subjects: tuple[Mapping[str, Json], ...]
    """What they are about: fields that belong together."""
    acts: Mapping[str, tuple[Act, ...]] = field(default_factory=dict)
    """By state."""
    at_any_hour: float = 0.0
    """The share that is not opened in working hours."""
    approves: float = 0.9
    """How likely a vote is an approval."""


def drawn(random: Random, fields: Fields, now: Instant) -> dict[str, Json | DrawnPerson]:
    """One value for each field; people are still to be found."""
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
