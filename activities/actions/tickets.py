"""``tickets``: other tickets, by their keys or by the values of their fields (LANGUAGE, section 4, run)."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel

from activities.actions.declaring import ActionError, Context, action
from activities.records.shapes import Match, Wanted
from activities.world import World
from definitions.people.references import values
from definitions.schema.model import Json

Keys = Annotated[tuple[str, ...], BeforeValidator(values)]


class Asked(BaseModel):
    """Tickets of these keys, of this process, with these values: all that is given must hold."""

    model_config = ConfigDict(extra="forbid")

    process: str | None = None
    keys: Keys | None = None
    match: dict[str, Json] = Field(default_factory=dict)
    """Values of fields; a list means any of them, null means no value."""


class Seen(BaseModel):
    """One ticket as the records have it."""

    key: str
    state: str | list[str]
    """The active leaf; a list where parallel regions have one each."""
    tags: list[str]
    """Of every state that it is in, by the newest definition of its process."""
    ended: bool


class Found(RootModel[list[Seen]]):
    """At most 500 tickets: open ones first, then the newest."""


@action("tickets")
def tickets(asked: Asked, context: Context) -> Found:
    """What the records hold of other tickets at this moment; the asking ticket is not among them, unless by key."""
    if asked.keys is None and asked.process is None:
        raise ActionError("tickets are looked up by keys, or in a process")
    found = context.records.matching(Wanted(asked.process, asked.keys, asked.match))
    wanted = [one for one in found if asked.keys is not None or one.key != context.ticket]
    return Found([_seen(context.world, one) for one in wanted])


def _seen(world: World, match: Match) -> Seen:
    return Seen(
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
