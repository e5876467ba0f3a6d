"""Migrating a ticket to the definition in use, or to present calendars: compiled here, judged by the core."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from api.clock import now
from api.cluster import Cluster, NotRunningError
from api.definition_store.store import DefinitionStore
from api.problems import invalid_request, refused, unknown_process, unknown_ticket
from api.tickets import views
from api.tickets.acting import Target, TicketActions
from api.tickets.models import Acted, Body, Id
from api.tickets.reading import TicketReader
from definitions.people.directory import Actor
from definitions.pinned import Pinned, digest_of_calendars, pin_again, unpin_calendars, unpin_process
from definitions.schema.scenario import map_of_states
from definitions.times import to_text
from workflows.engine.compiled import compile_pinned
from workflows.engine.migration import Preview, preview
from workflows.engine.model.events import Migrate, Renames
from workflows.engine.model.result import Refusal
from workflows.ticket.messages import Carries


class MapBody(Body):
    """The new ids for old ids; every other state, field and option keeps its id."""

    states: dict[Id, Id] = Field(default_factory=dict, description="old state → the new one that takes its place")
    fields: dict[Id, Id] = Field(default_factory=dict, description="old field → the new one that takes its value")
    options: dict[Id, dict[str, str]] = Field(
        default_factory=dict, description="old field of type choice → its old options → the new ones"
    )


class MigrationBody(Body):
    """A request to migrate a ticket."""

    map: Annotated[MapBody, BeforeValidator(map_of_states, json_schema_input_type=dict[Id, Id] | MapBody)] = Field(
        default=MapBody(),
        description="the new ids for old ids; a mapping of texts alone is one of states: old state → new state",
    )
    calendars_only: bool = Field(
        default=False, description="keep the ticket's own definition, and renew its calendars: holidays, hours"
    )
    dry_run: bool = Field(default=False, description="only report what would change")


class DigestChange(BaseModel):
    """What a ticket runs on before and after the migration, by digest."""

    before: str
    after: str


class DeadlineChange(BaseModel):
    """A deadline before and after the migration; absent where it does not apply."""

    what: str
    state: str
    before: str | None = None
    after: str | None = None


class ApprovalChangeView(BaseModel):
    """What becomes of an open approval."""

    state: str
    becomes: Literal["kept", "asked anew", "begun", "withdrawn"]
    votes: int = Field(description="votes that were given; void unless the approval is kept")


class MigrationChanges(BaseModel):
    """What the migration changes."""

    state_before: list[str] = Field(description="active leaves")
    state_after: list[str]
    fields: list[str] = Field(description="fields with another value")
    deadlines: list[DeadlineChange]
    approvals: list[ApprovalChangeView]
    forgotten: list[str] = Field(description="ended blocks that are not carried over: they answered another question")


class Migrated(Acted):
    """The ticket after a migration; of a dry run, as it would be."""

    dry_run: bool = False
    definition: DigestChange
    calendars: DigestChange
    changes: MigrationChanges | None = Field(default=None, description="of a dry run")


class TicketMigrations:
    """Migrates one ticket at a time.

    Raises Away, RequestRefused: unknown_ticket for one that the actor may not see, else as the core refuses.
    """

    def __init__(self, store: DefinitionStore, tickets: TicketReader, cluster: Cluster, actions: TicketActions) -> None:
        self._store = store
        self._tickets = tickets
        self._cluster = cluster
        self._actions = actions

    async def migrate(self, actor: Actor, to: Target, body: MigrationBody) -> Migrated:
        """The same request under the same key is carried out once, also when the definitions change in between."""
        renames = Renames(body.map.states, body.map.fields, body.map.options)
        if body.calendars_only and renames:
            raise invalid_request("With calendars_only all states and fields stay as they are: leave map out.", ["map"])
        seen = await self._tickets.seen(actor, to.key)
        try:
            carries = await self._cluster.carries(to.key)
        except NotRunningError as error:
            raise _gone(to.key, seen.ended_at) from error
        pinned = await asyncio.to_thread(self._pinned, carries, body.calendars_only)
        if body.dry_run:
            return self._tried(actor, to, renames, carries, pinned)
        event = Migrate.of(actor, pinned, renames)
        more = [renames.fields, renames.options] if renames.fields or renames.options else []
        acted = await self._actions.act(actor, to, event, "migrate", dict(renames.states), body.calendars_only, *more)
        return Migrated(**acted.model_dump(), **_digests(carries.pinned, pinned))

    def _pinned(self, carries: Carries, calendars_only: bool) -> Pinned:
        """What the ticket is to run on: the definition in use or its own, and all calendars compiled today."""
        current, snapshot, own = self._store.current, carries.snapshot, carries.pinned
        if calendars_only:
            process, digest = unpin_process(own.definition), own.digest
        else:
            found = current.loaded.processes.get(snapshot.process)
            if found is None:
                raise unknown_process(snapshot.process, "Only its calendars can be taken anew: calendars_only.")
            process, digest = found.process, found.digest
        carried = unpin_calendars(own.calendars)
        return pin_again(process, digest, current.loaded.organization, carried, snapshot.opened_at, now())

    def _tried(self, actor: Actor, to: Target, renames: Renames, carries: Carries, pinned: Pinned) -> Migrated:
        before, at = carries.snapshot, max(now(), carries.snapshot.at)
        found = preview(compile_pinned(carries.pinned), compile_pinned(pinned), before, renames, actor, at)
        if isinstance(found, Refusal):
            raise refused(found)
        if to.revision not in (None, found.before.revision):
            raise refused(Refusal("stale", f"the ticket is at revision {found.before.revision}"))
        acted = views.opened(found.after).model_dump()
        return Migrated(**acted, **_digests(carries.pinned, pinned), dry_run=True, changes=_changes(found))


def _gone(key: str, ended_at: int | None) -> Exception:
    return (
        unknown_ticket(key)
        if ended_at is None
        else refused(Refusal("ended", f"{key} has ended: an ended ticket can't be migrated"))
    )


def _digests(before: Pinned, after: Pinned) -> dict[str, DigestChange]:
    old, new = (digest_of_calendars(unpin_calendars(one.calendars)) for one in (before, after))
    return {
        "definition": DigestChange(before=before.digest, after=after.digest),
        "calendars": DigestChange(before=old, after=new),
    }


def _changes(found: Preview) -> MigrationChanges:
    return MigrationChanges(
        state_before=list(found.states[0]),
        state_after=list(found.states[1]),
        fields=list(found.fields),
        deadlines=[
            DeadlineChange(what=one.what, state=one.state, before=_time(one.before), after=_time(one.after))
            for one in found.deadlines
        ],
        approvals=[
            ApprovalChangeView(state=one.state, becomes=one.becomes, votes=one.votes) for one in found.approvals
        ],
        forgotten=list(found.forgotten),
    )


def _time(moment: int | None) -> str | None:
    return None if moment is None else to_text(moment)
