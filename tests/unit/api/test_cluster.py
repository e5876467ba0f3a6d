"""How the edge queries Temporal."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from api.cluster import Cluster
from api.problems import Away
from api.settings import EdgeSettings

ANSWER = object()


class Forgetful:
    """A client whose first queries are never answered."""

    def __init__(self, lost: int) -> None:
        self.lost = lost
        self.asked = 0

    @property
    def workflow_service(self) -> Forgetful:
        return self

    namespace = "default"

    async def describe_workflow_execution(self, _request: Any) -> object:
        """The reason can't be asked for either."""
        raise RPCError("no route to the server", RPCStatusCode.UNAVAILABLE, b"")

    def get_workflow_handle(self, _workflow_id: str) -> Forgetful:
        return self

    async def query(self, *_args: Any, **_more: Any) -> object:
        self.asked += 1
        if self.asked <= self.lost:
            await asyncio.Event().wait()
        return ANSWER


def cluster(client: Forgetful) -> Cluster:
    return Cluster(cast(Client, client), EdgeSettings().model_copy(update={"request_seconds": 0.2}))


async def test_a_query_that_was_lost_is_sent_again() -> None:
    """A query that a worker loses among several at the same moment is answered within the same request."""
    client = Forgetful(lost=1)
    assert await cluster(client).view("INC-1") is ANSWER
    assert client.asked == 2


async def test_who_is_never_answered_is_told_so() -> None:
    """A query that is never answered does not exceed the time of the request."""
    client = Forgetful(lost=99)
    with pytest.raises(Away) as away:
        await cluster(client).view("INC-1")
    assert (away.value.backend, client.asked) == ("temporal", 2)
