"""Freezes: declared, listed and lifted while Stanchion runs (LANGUAGE, section 7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal
from zoneinfo import ZoneInfoNotFoundError

from pydantic import BaseModel, Field, JsonValue

from activities.records.announcing import Announcement
from activities.records.freezes import (
    Announcing,
    DeclaredFreeze,
    FreezeRequest,
    FreezeTakenError,
    KeyReusedError,
    Lifted,
)
from api.clock import now
from api.definition_store.store import Definitions, DefinitionStore
from api.idempotency import request_hash
from api.problems import RequestRefused, invalid_request, refused
from api.records import RecordsAtTheEdge
from api.tickets.models import Body, Id, Reason
from definitions.freezes import held, period
from definitions.people.directory import Actor
from definitions.schema.model import Json
from definitions.text.suggestions import closest
from definitions.times import to_text
from workflows.engine.model.result import Refusal
from workflows.engine.triggers import CALENDAR_CHANGED

_DAY_OR_MOMENT: dict[str, JsonValue] = {"anyOf": [{"format": "date"}, {"format": "date-time"}]}


class FreezeBody(Body):
    from_: Id = Field(
        alias="from", description="a date, or a datetime with its offset", json_schema_extra=_DAY_OR_MOMENT
    )
    to: Id = Field(
        description="a date, included as a whole, or a datetime with its offset", json_schema_extra=_DAY_OR_MOMENT
    )
    services: list[Id] = Field(default_factory=list, max_length=1_000, description="default: all")
    title: Id | None = None
    reason: Reason = Field(description="the reason, for the people whose changes it holds up")


class FreezeLifted(BaseModel):
    by: str
    at: str
    reason: str | None = None


class FreezeView(BaseModel):
    """A freeze, from the organization's files or declared."""

    id: str
    source: Literal["files", "declared"]
    from_: str = Field(serialization_alias="from", description="as it was given")
    to: str
    starts_at: str
    ends_at: str = Field(description="the freeze holds until then, exclusively")
    services: list[str] = Field(description="the services that it was declared for; empty: all")
    title: str | None = None
    reason: str | None = None
    declared_by: str | None = None
    declared_at: str | None = None
    lifted: FreezeLifted | None = None
    told: bool = Field(description="whether open tickets were notified, as far as triggers send the event to them")


class FreezeList(BaseModel):
    items: list[FreezeView]


class Freezes:
    """Declares, lifts and lists freezes.

    A freeze is kept with its announcement: a worker notifies the tickets, even if this process dies.
    """

    def __init__(self, store: DefinitionStore, records: RecordsAtTheEdge) -> None:
        self._store = store
        self._records = records

    async def declare(self, actor: Actor, id_: str, body: FreezeBody, key: str | None) -> FreezeView:
        """Raises Away, RequestRefused: not_permitted, freeze_in_files, freeze_exists, key_reused, invalid_request."""
        definitions = self._store.current
        self._must_be_named(actor, definitions)
        if id_ in definitions.loaded.organization.freezes:
            raise _in_files(id_, "choose another id")
        wanted = _wanted(definitions, actor, id_, body)
        request = _request(actor, key, "declare freeze", id_, body.model_dump(mode="json"))
        announcing = _announcing(definitions, "declared", wanted.declared_at)
        try:
            kept = await self._records.write(lambda records: records.declare_freeze(wanted, announcing, request))
        except FreezeTakenError as error:
            raise _taken(error.known) from error
        except KeyReusedError as error:
            raise _reused() from error
        return _declared(kept)

    async def lift(self, actor: Actor, id_: str, reason: str | None, key: str | None) -> FreezeView:
        """A freeze that was lifted before is returned as it is.

        Raises Away, RequestRefused: not_permitted, unknown_freeze, freeze_in_files, key_reused.
        """
        definitions, at = self._store.current, now()
        self._must_be_named(actor, definitions)
        lifted = Lifted(actor.id, at, reason)
        request = _request(actor, key, "lift freeze", id_, reason)
        announcing = _announcing(definitions, "lifted", at)
        try:
            kept = await self._records.write(lambda records: records.lift_freeze(id_, lifted, announcing, request))
        except KeyReusedError as error:
            raise _reused() from error
        if kept is None:
            if id_ in definitions.loaded.organization.freezes:
                raise _in_files(id_, "remove it there")
            raise _unknown(id_)
        return _declared(kept)

    async def get(self, id_: str) -> FreezeView:
        """Raises Away, RequestRefused (unknown_freeze)."""
        kept = await self._records.ask(lambda records: records.freeze(id_))
        if kept is not None:
            return _declared(kept)
        for one in _of_files(self._store.current):
            if one.id == id_:
                return one
        raise _unknown(id_)

    async def list(self, *, everything: bool) -> FreezeList:
        """The freezes that hold now or will, by their start; ``everything``: past and lifted ones too."""
        at = now()
        since = None if everything else at
        kept = await self._records.ask(lambda records: records.declared_freezes(since))
        of_files = [one for one in _of_files(self._store.current) if everything or one.ends_at > to_text(at)]
        return FreezeList(items=sorted([*of_files, *map(_declared, kept)], key=lambda one: (one.starts_at, one.id)))

    @staticmethod
    def _must_be_named(actor: Actor, definitions: Definitions) -> None:
        """Only the people whom the organization names may declare and lift freezes."""
        named = definitions.loaded.organization.may.declare_freezes
        if not any(actor.id in definitions.people.directory.people(one) for one in named):
            whom = ", ".join(named) or "nobody: the organization names the people under may: {declare_freezes: …}"
            raise refused(Refusal("not_permitted", f"freezes are declared and lifted by {whom}"))


def _wanted(definitions: Definitions, actor: Actor, id_: str, body: FreezeBody) -> DeclaredFreeze:
    organization, at = definitions.loaded.organization, now()
    unknown = [one for one in body.services if one not in organization.services]
    if unknown:
        hint = closest(unknown[0], organization.services)
        detail = f"There is no service '{unknown[0]}'." + (f" {hint}" if hint else "")
        raise invalid_request(detail, fields=["services"])
    try:
        start, end = period(body.from_, body.to, organization.organization.time_zone)
    except ZoneInfoNotFoundError as error:
        raise invalid_request(f"The organization's time zone is unknown: {error}") from error
    except (ValueError, OverflowError) as error:
        raise invalid_request(str(error), fields=["from", "to"]) from error
    if end <= at:
        raise invalid_request(f"{body.to} is in the past: a freeze must end in the future.", fields=["to"])
    services = tuple(sorted(set(body.services)))
    written = {"from": body.from_, "to": body.to, "title": body.title}
    return DeclaredFreeze(id_, start, end, services, written, actor.id, at, body.reason)


def _announcing(definitions: Definitions, change: str, at: int) -> Announcing:
    """The announcement to tickets: which freeze, and for which services it holds; null is every service."""

    def announcing(one: DeclaredFreeze) -> Announcement:
        services = held(definitions.loaded.organization, one.services)
        data: Json = {"change": change, "freezes": [one.id], "services": services}
        return Announcement(f"freeze:{one.id}:{change}", CALENDAR_CHANGED, data, at, at, one.id)

    return announcing


def _request(actor: Actor, key: str | None, *asked_for: Json) -> FreezeRequest | None:
    return None if key is None else FreezeRequest(actor.id, key, request_hash(*asked_for))


def _declared(one: DeclaredFreeze) -> FreezeView:
    lifted = one.lifted and FreezeLifted(by=one.lifted.by, at=to_text(one.lifted.at), reason=one.lifted.because)
    return FreezeView(
        id=one.id,
        source="declared",
        from_=str(one.written["from"]),
        to=str(one.written["to"]),
        starts_at=to_text(one.starts_at),
        ends_at=to_text(one.ends_at),
        services=list(one.services),
        title=one.written["title"],
        reason=one.reason,
        declared_by=one.declared_by,
        declared_at=to_text(one.declared_at),
        lifted=lifted,
        told=one.told,
    )


def _of_files(definitions: Definitions) -> Iterator[FreezeView]:
    organization = definitions.loaded.organization
    for name, one in organization.freezes.items():
        start, end = period(one.from_, one.to, organization.organization.time_zone)
        yield FreezeView(
            id=name,
            source="files",
            from_=one.from_,
            to=one.to,
            starts_at=to_text(start),
            ends_at=to_text(end),
            services=list(one.services),
            title=one.title,
            told=True,
        )


def _taken(known: DeclaredFreeze) -> RequestRefused:
    if known.lifted is not None:
        detail = f"'{known.id}' was lifted by {known.lifted.by} at {to_text(known.lifted.at)}: choose another id."
    else:
        detail = (
            f"'{known.id}' is another freeze, which {known.declared_by} has declared: choose another id, or lift it."
        )
    return RequestRefused("freeze_exists", "A freeze has or had this id", detail)


def _in_files(id_: str, way_out: str) -> RequestRefused:
    detail = f"'{id_}' is in the organization's files: {way_out}."
    return RequestRefused("freeze_in_files", "The organization's files have this freeze", detail)


def _unknown(id_: str) -> RequestRefused:
    return RequestRefused("unknown_freeze", "There is no such freeze", f"There is no freeze '{id_}'.")


def _reused() -> RequestRefused:
    return refused(Refusal("key_reused", "this idempotency key was used for another request"))
