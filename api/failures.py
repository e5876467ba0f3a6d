"""Failures, listed for operators: tickets on which workers fail, and workflows that have failed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Literal

from pydantic import BaseModel, Field

from api.clock import now
from api.cluster import Cluster, NotRunningError, reaching_temporal
from api.definition_store.store import DefinitionStore
from api.problems import Away, refused
from api.workflow_failures import LOOKED_AT, FailedWorkflow, StuckWorkflow
from definitions.people.directory import Actor
from definitions.pinned import DAY
from definitions.times import to_text
from workflows.engine.model.result import Refusal
from workflows.scheduled import OPEN_SCHEDULED
from workflows.ticket.names import ticket_key

LOG = logging.getLogger("stanchion.api")
LAST = 30 * DAY
"""How long a failed workflow is listed, in seconds."""
LIST_SECONDS = 20.0
"""How long the reading of a list may take."""
EVERY_SECONDS = 10.0
"""How often the API asks Temporal which tickets are stuck."""
UNMARKED = (
    f"This Temporal server does not mark workflows whose tasks fail, so only the newest {LOOKED_AT:,} open workflows "
    "were examined. Temporal 1.30 and later versions mark such workflows."
)


class StuckView(BaseModel):
    """A ticket, or another workflow, on which workers fail. It takes no events meanwhile; nothing is lost."""

    workflow: str = Field(description="the id of the workflow in Temporal")
    ticket: str | None = Field(default=None, description="the key of the ticket; absent for other workflows")
    process: str | None = None
    since: str = Field(description="when a worker first failed on the workflow")
    failures: int = Field(description="the number of failures in a row")
    cause: str | None = Field(
        default=None,
        description="the cause reported last, 300 characters at most; it may contain values of the ticket",
    )


class FailedView(BaseModel):
    """A workflow that has failed, and will not continue."""

    workflow: str = Field(description="the id of the workflow in Temporal")
    kind: Literal["ticket", "schedule", "other"]
    ticket: str | None = Field(default=None, description="the key of the ticket; absent for other workflows")
    process: str | None = None
    at: str
    reason: str = Field(description="300 characters at most; it may contain values of the ticket")


class FailureList(BaseModel):
    """The present failures, as Temporal reports them."""

    stuck: list[StuckView] = Field(
        description="at most `limit` workflows; those that have been stuck longest come first"
    )
    stuck_total: int
    failed: list[FailedView] = Field(description="the workflows that failed in the last 30 days, the newest first")
    failed_total: int
    incomplete: str | None = Field(default=None, description="why the list of stuck workflows may be incomplete")


class Failures:
    """Lists failures for the operators whom the organization names."""

    def __init__(self, store: DefinitionStore, cluster: Cluster) -> None:
        self._store = store
        self._cluster = cluster

    async def list(self, actor: Actor, most: int) -> FailureList:
        """``most`` of each kind at most. Raises Away, RequestRefused (not_permitted)."""
        self._must_operate(actor)
        known, since = self._cluster.failures, now() - LAST
        async with reaching_temporal(LIST_SECONDS):
            stuck = await known.stuck(most)
            failed = await known.failed(since, most)
            total = await known.count_failed(since)
        return FailureList(
            stuck=[_stuck(one) for one in stuck.items],
            stuck_total=stuck.total,
            failed=[_failed(one) for one in failed],
            failed_total=max(total, len(failed)),
            incomplete=None if stuck.marked else UNMARKED,
        )

    async def follow(self) -> None:
        """Asks Temporal again and again which tickets are stuck, so that lists can mark them; until cancelled."""
        while True:
            try:
                async with reaching_temporal(LIST_SECONDS):
                    await self._cluster.failures.marked()
            except (Away, NotRunningError):
                pass  # the requests report this themselves
            except Exception:  # a bug must not end this
                LOG.exception("stuck tickets can't be listed yet")
            await asyncio.sleep(EVERY_SECONDS)

    def _must_operate(self, actor: Actor) -> None:
        definitions = self._store.current
        named = definitions.loaded.organization.may.operate
        if not any(actor.id in definitions.people.directory.people(one) for one in named):
            whom = f": {', '.join(named)}" if named else ", and the organization names nobody under may: {operate: …}"
            raise refused(Refusal("not_permitted", f"only operators may list failures{whom}"))


def _stuck(one: StuckWorkflow) -> StuckView:
    ticket = _ticket(one.id)
    return StuckView(
        workflow=one.id,
        ticket=ticket,
        process=_process(one),
        since=to_text(one.since),
        failures=one.failures,
        cause=one.cause,
    )


def _failed(one: FailedWorkflow) -> FailedView:
    ticket = _ticket(one.id)
    other: Literal["schedule", "other"] = "schedule" if one.type == OPEN_SCHEDULED else "other"
    kind: Literal["ticket", "schedule", "other"] = "ticket" if ticket else other
    return FailedView(
        workflow=one.id, kind=kind, ticket=ticket, process=_process(one), at=to_text(one.at), reason=one.reason
    )


def _process(one: StuckWorkflow | FailedWorkflow) -> str | None:
    """The process of a ticket, or of the firing of a schedule, whose id has the process in its second part."""
    if _ticket(one.id):
        return one.type
    return one.id.split(":")[1] if one.type == OPEN_SCHEDULED and one.id.count(":") > 1 else None


def _ticket(id_: str) -> str | None:
    with contextlib.suppress(ValueError):
        return ticket_key(id_)
    return None
