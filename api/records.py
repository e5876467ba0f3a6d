"""The records store, as the edge uses it: off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from activities.records.cursor import BadCursorError
from activities.records.store import Records
from activities.settings import Settings as WorldSettings
from api.problems import Away, invalid_request
from api.settings import EdgeSettings

T = TypeVar("T")


def location(settings: EdgeSettings) -> str:
    """The URL of the records with its password: never show it. Raises SecretMissingError."""
    return WorldSettings().model_copy(update={"records_url": settings.records}).records_location()


class RecordsAtTheEdge:
    """Runs queries of the records store in a thread, for coroutines."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def ask(self, question: Callable[[Records], T]) -> T:
        """The answer to ``question``. Raises Away, RequestRefused (invalid_request) for a cursor that is not one."""
        try:
            return await asyncio.to_thread(question, self._records)
        except (OperationalError, InterfaceError, NoConnectionError) as error:
            raise Away("records") from error
        except BadCursorError as error:
            raise invalid_request(str(error), fields=["cursor"]) from error

    async def answers(self) -> bool:
        """Whether the store answers now."""
        try:
            await asyncio.to_thread(self._records.get, "")
        except (OperationalError, InterfaceError, NoConnectionError):
            return False
        return True
