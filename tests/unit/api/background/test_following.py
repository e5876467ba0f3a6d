"""Work beside the requests continues after a failure."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
from temporalio.client import Client, ScheduleListDescription
from temporalio.service import RPCError, RPCStatusCode

from api.background import schedules
from api.background.schedules import Schedules
from api.definition_store.store import DefinitionStore
from definitions.loading.folders import SHIPPED


class Failing:
    """A client whose first list of schedules fails; the second list is empty."""

    def __init__(self, failure: Exception) -> None:
        self.failure: Exception | None = failure
        self.listed = asyncio.Event()

    async def list_schedules(self) -> AsyncIterator[ScheduleListDescription]:
        failure, self.failure = self.failure, None
        if failure is not None:
            raise failure
        self.listed.set()
        return _none()

    async def create_schedule(self, *_args: Any, **_more: Any) -> None:
        """Accepts every schedule."""


async def _none() -> AsyncIterator[ScheduleListDescription]:
    none: tuple[ScheduleListDescription, ...] = ()
    for each in none:
        yield each


@pytest.mark.parametrize(
    "failure",
    [RPCError("down", RPCStatusCode.UNAVAILABLE, b""), RuntimeError("Failed client connect"), KeyError("a bug")],
    ids=["away", "never connected", "a bug"],
)
async def test_schedules_are_kept_in_step_after_a_failure(failure: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work waits for an unavailable Temporal, and a bug does not end it: the same definitions are tried again."""
    monkeypatch.setattr(schedules, "RETRY_SECONDS", 0)
    client = Failing(failure)
    following = asyncio.create_task(Schedules(cast(Client, client), "queue").follow(DefinitionStore((Path(SHIPPED),))))
    listed = asyncio.create_task(client.listed.wait())
    done, _ = await asyncio.wait((following, listed), return_when=asyncio.FIRST_COMPLETED)
    assert done == {listed}
    following.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await following
