"""``tickets``: looks up other tickets by their keys or field values (LANGUAGE, section 4, run)."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel

from activities.actions.declaring import ActionError, Context, action
from activities.records.shapes import Match, TicketQuery
from activities.world import World
from definitions.people.references import values
from definitions.schema.model import Json

Keys = Annotated[tuple[str, ...], BeforeValidator(values)]


class TicketsInput(BaseModel):
    """Tickets of these keys, of this process, with these values: every given condition must hold."""

    model_config = ConfigDict(extra="forbid")

    process: str | None = None
    keys: Keys | None = None
    match: dict[str, Json] = Field(default_factory=dict)
    """Field values; a list matches any of its values, null matches a field without a value."""


class FoundTicket(BaseModel):
    """One ticket, as recorded."""

    key: str
    state: str | list[str]
    """The active leaf; a list where there are parallel regions."""
    tags: list[str]
    """The tags of its active states, by the current definition of its process."""
    ended: bool


class FoundTickets(RootModel[list[FoundTicket]]):
    """At most 500 tickets: open tickets first, then the newest."""


@action("tickets")
def tickets(wanted: TicketsInput, context: Context) -> FoundTickets:
    """Looks up recorded tickets; the calling ticket is among them only where its key is given."""
    if wanted.keys is None and wanted.process is None:
        raise ActionError("give keys or a process to look up tickets")
    found = context.records.matching(TicketQuery(wanted.process, wanted.keys, wanted.match))
    others = [one for one in found if wanted.keys is not None or one.key != context.ticket]
    return FoundTickets([_seen(context.world, one) for one in others])


def _seen(world: World, match: Match) -> FoundTicket:
    return FoundTicket(
        key=match.key,
        state=match.leaves[0] if len(match.leaves) == 1 else list(match.leaves),
        tags=_tags(world, match),
        ended=match.ended_at is not None,
    )


def _tags(world: World, match: Match) -> list[str]:
    file = world.processes.get(match.process)
    if file is None:
        return []
    tags = (tag for name, state in file.process.walk() if name in match.configuration for tag in state.tags)
    return list(dict.fromkeys(tags))
