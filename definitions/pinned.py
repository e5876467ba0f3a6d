"""The definitions that a ticket carries, so that a replay runs on exactly the same ones.

A ticket carries its process (compressed canonical JSON, by digest) and the calendars that the process can need,
compiled to UTC. Only an explicit migration moves a ticket to another definition or to newer calendars. Apart from that,
its calendars can only grow (``ExtendCalendars``).
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from definitions.calendars import CompiledCalendar, compile_calendar, pack, unpack
from definitions.schema.model import Json
from definitions.schema.organization import Organization
from definitions.schema.process import Process

DAY = 86_400
HORIZON = 730 * DAY
"""The first compilation of calendars covers this time ahead. Calendars grow when a deadline needs more."""
MOST_DEFINITION_BYTES = 300_000
"""The limit of a packed process: every ticket carries it beside its own values, in one payload."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """A compiled definition in a payload: small, texts only, and equal exactly if the content is equal."""

    digest: str
    """sha256 of the process as it runs."""
    definition: str
    """base64 of zlib of the process's JSON."""
    calendars: str
    """base64 of zlib of the packed calendars, by name; ``always`` carries the organization's zone."""
    calendar: str = "always"
    """The organization's own calendar."""


def _squeeze(value: Json) -> str:
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def _expand(text: str) -> Json:
    return json.loads(zlib.decompress(base64.b64decode(text)))


def packed(process: Process) -> str:
    """A process as its tickets carry it."""
    return _squeeze(process.model_dump(mode="json", by_alias=True, exclude_defaults=True))


def calendar_names(process: Process, organization: Organization) -> tuple[str, ...]:
    """The calendars that tickets of a process can need; all of them if a calendar is an expression."""
    named = set(_written(process))
    if any(name.startswith("=") for name in named):
        named = {name for name in named if not name.startswith("=")} | set(organization.calendars)
    return tuple(sorted(named | {"always"}))


def _written(process: Process) -> Iterator[str]:
    for _, state in process.walk():
        if state.approval and state.approval.calendar:
            yield state.approval.calendar
        yield from (timed.calendar for timed in state.after if timed.calendar)
    yield from (level.calendar for level in process.service_levels.values())
    yield from (step.notify.quiet for step in process.steps() if step.notify and step.notify.quiet)


def pin_calendars(process: Process, organization: Organization, start: int, end: int) -> str:
    """The calendars of a process from ``start`` to ``end`` (UTC seconds), as text.

    Raises ValueError if a calendar can't be compiled.
    """
    names = calendar_names(process, organization)
    return pack_calendars({name: compile_calendar(organization, name, start, end) for name in names})


def pack_calendars(calendars: Mapping[str, CompiledCalendar]) -> str:
    """Compiled calendars as text: the reverse of ``unpin_calendars``."""
    return _squeeze({name: pack(calendar) for name, calendar in calendars.items()})


def pin(process: Process, digest: str, organization: Organization, now: int) -> Pinned:
    """The definitions for a ticket that opens at ``now`` (UTC seconds)."""
    day = now - now % DAY
    return Pinned(
        digest=digest,
        definition=packed(process),
        calendars=pin_calendars(process, organization, day - 7 * DAY, day + HORIZON),
        calendar=organization.organization.calendar,
    )


def pin_again(
    process: Process,
    digest: str,
    organization: Organization,
    carried: Mapping[str, CompiledCalendar],
    opened_at: int,
    now: int,
) -> Pinned:
    """The definitions for a ticket that opened at ``opened_at``, from ``now`` on (UTC seconds), with new calendars.

    A calendar that the ticket carries stays even if the process no longer names it, since time was counted by it. It is
    compiled again if the organization still has it. Raises ValueError if a calendar can't be compiled.
    """
    start, end = opened_at - opened_at % DAY - 7 * DAY, now - now % DAY + HORIZON
    names = {*calendar_names(process, organization), *carried}
    known = {*organization.calendars, "always"}
    calendars = {
        name: compile_calendar(organization, name, start, end) if name in known else carried[name]
        for name in sorted(names)
    }
    return Pinned(digest, packed(process), pack_calendars(calendars), organization.organization.calendar)


def digest_of_calendars(calendars: Mapping[str, CompiledCalendar]) -> str:
    """SHA-256, in hex, of compiled calendars: equal for equal hours over an equal period."""
    packed = {name: pack(calendars[name]) for name in sorted(calendars)}
    return hashlib.sha256(json.dumps(packed, separators=(",", ":"), sort_keys=True).encode()).hexdigest()


@lru_cache(maxsize=256)
def unpin_process(definition: str) -> Process:
    """The process that a ticket carries. Cached, since thousands of tickets carry the same process."""
    return Process.model_validate_json(zlib.decompress(base64.b64decode(definition)))


@lru_cache(maxsize=256)
def unpin_calendars(calendars: str) -> Mapping[str, CompiledCalendar]:
    """The compiled calendars that a ticket carries, by name. Cached for the same reason."""
    return {name: unpack(packed) for name, packed in _expand(calendars).items()}
