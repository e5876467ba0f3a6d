"""The openings of a month: when, by whom, and with which fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from api.seeding.habits import DrawnPerson, Story, drawn
from api.seeding.world import MonthWorld
from definitions.calendars import CompiledCalendar, compile_calendar
from definitions.pinned import DAY
from definitions.schema.model import Json
from definitions.times import Instant
from workflows.engine.business_time import add_seconds, working_seconds


@dataclass(frozen=True, slots=True)
class TicketArrival:
    """The opening of a ticket by a person."""

    at: Instant
    name: str
    """The permanent name of the start: ``incident/17``."""
    process: str
    opener: str
    fields: Mapping[str, Json] = field(default_factory=dict)


def arrivals(world: MonthWorld, stories: Sequence[Story], random: Random, until: Instant) -> list[TicketArrival]:
    """The openings of every story whose process exists, the earliest first."""
    organization = world.organization
    calendar = compile_calendar(organization, organization.organization.calendar, world.start - DAY, until + 7 * DAY)
    found = [
        _arrival(world, story, number, random, _when(calendar, story, random, world.start, until))
        for story in stories
        for number in range(story.count)
    ]
    known = [one for one in found if one is not None]
    return sorted(known, key=lambda one: (one.at, one.name))


def _arrival(world: MonthWorld, story: Story, number: int, random: Random, at: Instant) -> TicketArrival | None:
    """None where nobody in the organization opens such a ticket."""
    file = world.processes.get(story.process)
    if file is None:
        return None
    openers = world.people_of(file.process, None, story.openers)
    if not openers:
        return None
    opener = random.choice(openers)
    fields: dict[str, Json] = dict(random.choice(story.subjects))
    for name, value in drawn(random, story.fields, at).items():
        if not isinstance(value, DrawnPerson):
            fields[name] = value
        elif people := world.people_of(file.process, None, value.of):
            fields[name] = random.choice(people)
    return TicketArrival(at, f"{story.process}/{number + 1}", story.process, opener, fields)


def _when(calendar: CompiledCalendar, story: Story, random: Random, start: Instant, until: Instant) -> Instant:
    """A moment of the month, mostly within the organization's working time."""
    if random.random() < story.at_any_hour:
        return random.randint(start, until)
    worked = working_seconds(calendar, start, until)
    return add_seconds(calendar, start, random.randint(1, max(1, worked)))
