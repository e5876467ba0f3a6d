"""The records store, as the edge uses it: off the event loop, its readers apart from its writers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from activities.records.cursor import BadCursorError
from activities.records.database import obstacle
from activities.records.store import Records
from activities.settings import Settings as WorldSettings
from api.problems import Away, invalid_request
from api.settings import EdgeSettings
from definitions.times import Instant

T = TypeVar("T")
READERS, WRITERS = 12, 12
"""Threads of each kind: writers that wait for a lock keep no reader waiting. The store has connections for all."""
WRITE_SECONDS = 2.0
"""How long readiness waits for another writer."""
NO_ANSWER = "the records do not answer: start their database, and see the log of the API"


def location(settings: EdgeSettings) -> str:
    """The URL of the records with its password: never show it. Raises SecretMissingError."""
    return WorldSettings().model_copy(update={"records_url": settings.records}).records_location()


class RecordsAtTheEdge:
    """Runs transactions of the records store in threads, for coroutines."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="writer")

    async def ask(self, question: Callable[[Records], T]) -> T:
        """The answer to ``question``, which only reads.

        Raises Away, RequestRefused (invalid_request) for a cursor that is not one.
        """
        try:
            return await self._run(self._readers, question)
        except BadCursorError as error:
            raise invalid_request(str(error), fields=["cursor"]) from error

    async def write(self, change: Callable[[Records], T]) -> T:
        """The result of ``change``, which writes. Raises Away."""
        return await self._run(self._writers, change)

    async def obstacle(self, at: Instant) -> str | None:
        """Why the store can't be written at ``at`` (UTC seconds), and what to do; None where it can."""
        try:
            async with asyncio.timeout(2 * WRITE_SECONDS):
                await asyncio.to_thread(self._records.prove_writable, "readiness", at, WRITE_SECONDS)
        except (DBAPIError, NoConnectionError) as error:
            return obstacle(error)
        except TimeoutError:
            return NO_ANSWER
        return None

    async def _run(self, threads: Executor, work: Callable[[Records], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(threads, work, self._records)
        except (OperationalError, InterfaceError, InternalError, NoConnectionError) as error:
            raise Away("records") from error
