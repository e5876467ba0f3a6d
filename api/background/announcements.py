"""Stanchion's own events: announced to tickets as events of machines are, by the first worker that finds them.

An announcement is written to the records together with the change that it announces. It is removed once every ticket
has answered, so it is sent at least once; each ticket takes it once, by its id.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from activities.records.announcing import Announcement
from api.clock import now
from api.definition_store.store import Definitions, DefinitionStore
from api.inbound.intake import Intake
from api.problems import Away
from api.records import RecordsAtTheEdge
from definitions.freezes import difference, work_calendar
from definitions.people.directory import Actor
from definitions.schema.model import Json
from definitions.schema.organization import Organization
from workflows.engine.triggers import CALENDAR_CHANGED, Occurrence

LOG = logging.getLogger("stanchion.announcing")
STANCHION = Actor("source:stanchion")
LOOK_SECONDS = 1.0
"""How often the worker looks for announcements."""
RETRY_SECONDS = 5.0
"""The pause after an announcement failed."""
LONGEST_WAIT = 30
"""Seconds that other workers get to read the organization's files too."""


class Announcer:
    """Sends announcements, and announces calendars that have changed in the organization's files."""

    def __init__(self, inbound: Intake, records: RecordsAtTheEdge, reload_seconds: float) -> None:
        """``reload_seconds`` is how often workers check the organization's files."""
        self._inbound = inbound
        self._records = records
        self._wait = min(LONGEST_WAIT, round(2 * reload_seconds))

    async def follow(self, store: DefinitionStore) -> None:
        """Runs until it is cancelled; every failure is tried again."""
        changed = asyncio.Event()
        changed.set()
        store.on_change(lambda _: changed.set())
        while True:
            pause = LOOK_SECONDS
            try:
                if changed.is_set():
                    changed.clear()
                    await self._compare(store.current, changed)
                if not await self.tell():
                    pause = RETRY_SECONDS
            except Away as away:
                LOG.warning("announcements can't be read yet: %s", away)
                pause = RETRY_SECONDS
            except Exception:  # a bug must not silence later announcements
                LOG.exception("announcing failed")
                pause = RETRY_SECONDS
            await asyncio.sleep(pause)

    async def tell(self) -> bool:
        """Sends every announcement that is due. True where all were sent."""
        due = await self._records.ask(lambda records: records.announcements_due(now()))
        return all([await self._told(one) for one in due])

    async def _told(self, one: Announcement) -> bool:
        event = Occurrence(one.type, one.id, "/stanchion", one.data, one.subject, one.made_at)
        try:
            view = await self._inbound.receive(STANCHION, event)
            await self._records.write(lambda records: records.announcement_told(one.id, now()))
        except Away as away:
            LOG.warning("%s %s will be sent later: %s", one.type, one.id, away)
            return False
        except Exception:
            LOG.exception("%s %s will be sent later", one.type, one.id)
            return False
        sent = [each.ticket for each in view.triggers if each.result == "sent"]
        LOG.info("%s %s was sent to %s tickets", one.type, one.id, len(sent))
        return True

    async def _compare(self, definitions: Definitions, again: asyncio.Event) -> None:
        """Announces what has changed in the files since the last check, restarts included."""
        organization = definitions.loaded.organization
        describe = _describing(organization, now(), self._wait)
        try:
            await self._records.write(
                lambda records: records.announce_change("calendar", work_calendar(organization), describe)
            )
        except Away:
            again.set()
            raise


def _describing(organization: Organization, at: int, wait: int) -> Callable[[Json, str], Announcement]:
    def describe(before: Json, id_: str) -> Announcement:
        data = {"change": "reloaded", **difference(before, organization)}
        return Announcement(id_, CALENDAR_CHANGED, data, at, at + wait)

    return describe
