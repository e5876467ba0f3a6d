"""Links to other tickets: a person links only tickets that they may see (LANGUAGE, section 2, Fields).

A hidden ticket is refused in the words for a ticket that does not exist. Two kinds of links are looked at: the keys
that a request gives for fields of type ticket, and the keys that the process works out from what a request gives.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping

from api.clock import now
from api.problems import RequestRefused
from api.tickets.reading import TicketReader
from definitions.people.directory import Actor
from definitions.people.references import there_is_no
from definitions.schema.model import Json
from definitions.schema.process import Process
from definitions.times import Instant
from workflows.engine.compiled import Compiled, compile_pinned
from workflows.engine.draft.field_values import KEY_FORM, NO_KEY
from workflows.engine.draft.links import has_open_ends, known_keys, linked
from workflows.engine.draft.view import Handled, View
from workflows.engine.model.automation import SendEvent
from workflows.engine.model.events import Edit, Open, Send, UpdateTask
from workflows.engine.model.result import Refusal, Step
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.opening_trial import OpeningTrial
from workflows.engine.step import step

MOST_LINKS = 100
"""The limit of tickets that one request links anew; each of them is looked up."""
AT_ONCE = 10


class TicketLinks:
    """Decides which tickets a person may link."""

    def __init__(self, tickets: TicketReader) -> None:
        self._tickets = tickets

    async def refused_in_opening(self, actor: Actor, trial: OpeningTrial, at: Instant) -> Refusal | None:
        """The refusal of an opening, and of its first event, for the tickets that they link; None where it may."""
        given = linked(trial.process, trial.opening.fields.items())
        first = linked(trial.process, trial.first.fields.items()) if trial.first else {}
        wrong = await self._wrong(actor, {**given, **first} | _both(given, first))
        compiled = compile_pinned(trial.pinned)
        if not wrong and has_open_ends(compiled):
            wrong = await self._wrong(actor, _worked_out_at_opening(compiled, trial, at))
        return _refusal(wrong)

    async def wrong(self, actor: Actor, key: str, process: Process, fields: Mapping[str, Json]) -> dict[str, str]:
        """The fields that name a ticket which the actor may not see, with the reason; links that stand may stay."""
        given = linked(process, fields.items())
        wrong = await self._wrong(actor, given)
        if not wrong:
            return {}
        standing = linked(process, (await self._tickets.shown_fields(actor, key)).items())
        new = {name: tuple(one for one in given[name] if one not in standing.get(name, ())) for name in wrong}
        return await self._wrong(actor, {name: keys for name, keys in new.items() if keys})

    async def refused_open_ends(
        self, actor: Actor, key: str, process: str, event: Send | Edit | UpdateTask
    ) -> Refusal | None:
        """The refusal of an event for the tickets that the process would link because of it; None where it may."""
        found = await self._tickets.to_try_out(actor, key, process)
        if found is None:
            return None
        compiled, snapshot = found
        taken = step(compiled, snapshot, event, now())
        if isinstance(taken, Refusal):
            return None  # the ticket refuses it itself
        return _refusal(await self._wrong(actor, _worked_out(compiled, snapshot, event, taken)))

    async def _wrong(self, actor: Actor, links: Mapping[str, Iterable[str]]) -> dict[str, str]:
        """The fields with a ticket that the actor may not see, with the reason."""
        malformed = {name for name, found in links.items() if not all(KEY_FORM.fullmatch(key) for key in found)}
        if malformed:
            return {name: f"{name} {NO_KEY}" for name in links if name in malformed}
        keys = tuple(dict.fromkeys(key for found in links.values() for key in found))
        if len(keys) > MOST_LINKS:
            text = f"names {len(keys)} tickets: a request links {MOST_LINKS} at most, more of them need more requests"
            return {name: f"{name}: {text}" for name in links}
        unseen = await self._unseen(actor, keys)
        wrong = {name: [key for key in found if key in unseen] for name, found in links.items()}
        return {name: f"{name}: {there_is_no('ticket', missing)}" for name, missing in wrong.items() if missing}

    async def _unseen(self, actor: Actor, keys: tuple[str, ...]) -> frozenset[str]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def is_unseen(key: str) -> bool:
            async with gate:
                try:
                    await self._tickets.process_of(actor, key)
                except RequestRefused:
                    return True
                return False

        found = await asyncio.gather(*(is_unseen(key) for key in keys))
        return frozenset(key for key, unseen in zip(keys, found, strict=True) if unseen)


def _both(one: Mapping[str, tuple[str, ...]], other: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {name: (*one[name], *other[name]) for name in one.keys() & other.keys()}


def _refusal(wrong: Mapping[str, str]) -> Refusal | None:
    return Refusal("invalid_fields", "; ".join(wrong.values()), tuple(wrong)) if wrong else None


def _worked_out_at_opening(compiled: Compiled, trial: OpeningTrial, at: Instant) -> dict[str, tuple[str, ...]]:
    """The links that the process makes at an opening and its first event, beside the links that they give."""
    opened = step(compiled, None, trial.opening, at)
    if isinstance(opened, Refusal):
        return {}
    bare = Snapshot(trial.opening.key, trial.process.process, 0, at, at, trial.opening.actor.id)
    found = _worked_out(compiled, bare, trial.opening, opened)
    taken = step(compiled, trial.snapshot, trial.first, at) if trial.first else None
    if trial.first and isinstance(taken, Step):
        found |= _worked_out(compiled, trial.snapshot, trial.first, taken)
    return found


def _worked_out(
    compiled: Compiled, before: Snapshot, event: Open | Send | Edit | UpdateTask, taken: Step
) -> dict[str, tuple[str, ...]]:
    """The keys that a step links or sends to, and that the ticket did not know before it."""
    known = known_keys(View(compiled, before, Handled("", None, event.fields), before.at))
    links = linked(compiled.process, taken.snapshot.fields.items())
    new = {name: tuple(key for key in keys if key not in known) for name, keys in links.items()}
    sent = tuple(key for key in _receivers(taken) if key not in known and key != before.key)
    return {name: keys for name, keys in (*new.items(), ("to", sent)) if keys}


def _receivers(taken: Step) -> Iterator[str]:
    for effect in taken.effects:
        if isinstance(effect, SendEvent) and effect.written.startswith("="):
            yield from effect.to
