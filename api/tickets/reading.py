"""Reading tickets, as far as the reader may see them: from the records, or from the workflow where they lag."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from activities.records.counters import KEY_FORM
from activities.records.queries import Filter
from activities.records.reading import TicketRecord
from activities.records.titles import Titles
from api.clock import now
from api.cluster import Cluster, NotRunningError, reaching_temporal
from api.definition_store.store import DefinitionStore
from api.problems import Away, TicketStuck, unknown_service_level, unknown_ticket
from api.records import RecordsAtTheEdge
from api.tickets import models, views, work_views
from api.tickets.views import time_or_none
from api.tickets.visibility import Sight, Visibility
from api.tickets.work_models import Allowed, LedgerView, MyTasks, TaskList
from api.workflow_failures import EXPLAINED_SECONDS
from definitions.people.bound import bound_text
from definitions.people.directory import Actor
from definitions.schema.model import Json
from workflows.contracts import hides_title
from workflows.engine.compiled import Compiled
from workflows.engine.draft.links import has_open_ends
from workflows.engine.explain import Explanation, explain, waiting_callbacks
from workflows.engine.model.events import CompleteRun, Edit, Send, UpdateTask
from workflows.engine.model.result import Refusal
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.service_levels import clocks
from workflows.ticket.messages import ExplainQuestion
from workflows.ticket.names import workflow_id

REMEMBERED = 4096
"""The number of tickets whose newest answered revision this process remembers, and of just opened tickets."""

T = TypeVar("T")
_snapshots = TypeAdapter(Snapshot)


class Filters(BaseModel):
    """The tickets that a list holds."""

    model_config = ConfigDict(extra="ignore")

    process: str | None = Field(default=None, max_length=64)
    state: str | None = Field(default=None, max_length=64, description="an active leaf")
    open: bool | None = Field(default=None, description="true: not ended")
    assignee: str | None = Field(default=None, max_length=200, description="a person's id, `team:x` or `role:x`")
    opener: str | None = Field(default=None, max_length=200)
    text: str | None = Field(default=None, max_length=200, description="part of the key or the title")


@dataclass(frozen=True, slots=True)
class VisibleTicket:
    """A ticket that the reader may see, at the newest revision that this process knows."""

    snapshot: Snapshot
    digest: str
    state: tuple[str, ...]
    on_record: bool = True
    confirmed: bool = True
    """False where a crash may undo what is shown, and the ticket itself could not be asked."""
    calendars: str | None = None
    """The ticket's packed calendars, where they are on record."""
    stuck_since: int | None = None
    """When a worker first failed on the ticket, UTC seconds; None if the ticket is not known to be stuck."""

    @property
    def process(self) -> str:
        return self.snapshot.process

    @property
    def ended_at(self) -> int | None:
        return self.snapshot.ended_at


class TicketReader:
    """Answers questions about tickets.

    Every method raises Away, and RequestRefused (unknown_ticket) for a ticket that the actor may not see.
    """

    def __init__(self, store: DefinitionStore, records: RecordsAtTheEdge, cluster: Cluster) -> None:
        self._store = store
        self._records = records
        self._cluster = cluster
        self._visibility = Visibility(store)
        self._newest: OrderedDict[str, int] = OrderedDict()
        self._opened: OrderedDict[str, Snapshot] = OrderedDict()
        self._digests: OrderedDict[str, str] = OrderedDict()
        """The digest of the definition on which each ticket ran when it was last read, by ticket key."""
        self._definitions: OrderedDict[str, str] = OrderedDict()
        """Packed definitions of tickets that run on others than those in use, by digest."""

    def opened(self, snapshot: Snapshot, digest: str) -> None:
        """Remembers a ticket that is not on record yet: its opener often acts on it at once."""
        _keep(self._opened, snapshot.key, snapshot)
        _keep(self._digests, snapshot.key, digest)

    def happened(self, key: str, revision: int) -> None:
        """Remembers an answered revision, so that the next reader does not see an older one."""
        _keep(self._newest, key, max(revision, self._newest.pop(key, 0)))
        self._opened.pop(key, None)

    async def process_of(self, actor: Actor, key: str) -> str:
        """The process of a ticket, if the actor may see it: all that an event needs before it is sent."""
        record = await self._records.ask(lambda records: records.seen_by(key)) if KEY_FORM.fullmatch(key) else None
        opened = self._opened.get(key)
        if record is None and opened and self._visibility.may_see(actor, opened):
            return opened.process
        if record is None or record.in_doubt or record.revision < self._newest.get(key, 0):
            seen = await self.seen(actor, key)
            _keep(self._digests, key, seen.digest)
            return seen.process
        if not self._store.current.people.may_see(actor, record.participants):
            raise unknown_ticket(key)
        _keep(self._digests, key, record.digest)
        return record.process

    async def seen(self, actor: Actor, key: str) -> VisibleTicket:
        """The ticket, if the actor may see it."""
        if not KEY_FORM.fullmatch(key):
            raise unknown_ticket(key)
        record = await self._records.ask(lambda records: records.get(key))
        if record is None or record.row.in_doubt or record.row.revision < self._newest.get(key, 0):
            return await self._from_ticket(actor, key, record)
        return self._shown(actor, record)

    def _shown(self, actor: Actor, record: TicketRecord) -> VisibleTicket:
        if not self._store.current.people.may_see(actor, record.participants):
            raise unknown_ticket(record.row.key)
        snapshot = _snapshots.validate_python(record.view)
        return VisibleTicket(
            snapshot,
            record.row.digest,
            record.row.state,
            confirmed=not record.row.in_doubt,
            calendars=record.calendars,
        )

    async def _from_ticket(self, actor: Actor, key: str, record: TicketRecord | None) -> VisibleTicket:
        """Queries the workflow. Its answer means that its last step is done, so the records are read again."""
        try:
            view = await self._cluster.view(key)
        except NotRunningError:
            if record is None:
                raise unknown_ticket(key) from None
            return replace(self._shown(actor, record), confirmed=True)  # it is over: nothing can be undone any more
        except Away as away:
            if record is None:
                raise
            return replace(
                self._shown(actor, record), stuck_since=away.since if isinstance(away, TicketStuck) else None
            )
        again = await self._records.ask(lambda records: records.get(key))
        revision = view.snapshot.revision
        if again is not None and (again.row.revision == revision or _is_newer(again, revision)):
            return replace(self._shown(actor, again), confirmed=True)
        seen = VisibleTicket(view.snapshot, view.digest, self._visibility.leaves(view.snapshot), on_record=False)
        if not self._visibility.may_see(actor, view.snapshot, await self.own(seen)):
            raise unknown_ticket(key)
        return seen

    async def own(self, seen: VisibleTicket) -> Compiled | None:
        """The definition that the ticket carries; None where nobody knows it any more."""
        current, snapshot = self._store.current, seen.snapshot
        found = current.loaded.processes.get(seen.process)
        if found is not None and found.digest == seen.digest:
            return self._visibility.compiled(snapshot, seen.calendars)
        definition = self._definitions.get(seen.digest) or await self._definition(snapshot.key, seen.digest)
        if definition is None:
            return None
        _keep(self._definitions, seen.digest, definition)
        return current.compiled_own(seen.digest, definition, snapshot.opened_at, seen.calendars)

    async def _definition(self, key: str, digest: str) -> str | None:
        """A packed definition: from the records, or from the workflow of a ticket that ran before they kept it."""
        recorded = await self._records.ask(lambda records: records.definition(digest))
        if recorded is not None:
            return recorded
        try:
            carried = (await self._cluster.carries(key)).pinned
        except (NotRunningError, Away):
            return None
        return carried.definition if carried.digest == digest else None

    async def sight(self, actor: Actor, key: str) -> Sight:
        """What the actor sees of a ticket."""
        return await self._sight(actor, await self.seen(actor, key))

    async def _sight(self, actor: Actor, seen: VisibleTicket) -> Sight:
        return self._visibility.sight(actor, seen.snapshot, await self.own(seen))

    async def refused_before_values(
        self, event: Send | Edit | UpdateTask, key: str, revision: int | None
    ) -> Refusal | None:
        """The refusal of an event whatever its values are; ``revision`` is the one that the event is for."""
        seen = await self.seen(event.actor, key)
        snapshot = seen.snapshot
        first = self._visibility.refused_before_values(event, snapshot, now(), await self.own(seen))
        if revision not in (None, snapshot.revision) and (first is None or first.code != "ended"):
            return Refusal("stale", f"the ticket is at revision {snapshot.revision}")
        return first

    async def to_try_out(self, actor: Actor, key: str, process: str) -> tuple[Compiled, Snapshot] | None:
        """The ticket with its definition, to try out an event that may link another ticket; None if no event can.

        For a ticket that runs on the definition in use, this definition decides, and the ticket is not read.
        """
        current, file = self._store.current.compiled(process), self._store.current.loaded.processes.get(process)
        is_of_ticket = file is not None and file.digest == self._digests.get(key)
        if is_of_ticket and current is not None and not has_open_ends(current):
            return None
        seen = await self.seen(actor, key)
        compiled = await self.own(seen)
        return None if compiled is None or not has_open_ends(compiled) else (compiled, seen.snapshot)

    async def refused_completion(self, event: CompleteRun, key: str) -> Refusal | None:
        """The refusal of automation completed by hand for its actor or its results.

        A ticket whose run began under an older version of the interpreter does not check them itself.
        """
        seen = await self.seen(event.actor, key)
        refusal = self._visibility.refused(event, seen.snapshot, now(), await self.own(seen))
        return refusal if refusal is not None and refusal.code in ("not_permitted", "invalid_fields") else None

    async def shown_fields(self, actor: Actor, key: str) -> Mapping[str, Json]:
        """The values of the fields that the actor may see."""
        seen = await self.seen(actor, key)
        sight = await self._sight(actor, seen)
        return {name: value for name, value in seen.snapshot.fields.items() if name in sight.fields}

    async def read(self, actor: Actor, key: str) -> models.TicketDetail:
        seen = await self.seen(actor, key)
        compiled = await self.own(seen)
        sight = self._visibility.sight(actor, seen.snapshot, compiled)
        told = views.detail(seen.snapshot, sight, digest=seen.digest, state=seen.state)
        levels = work_views.service_levels(compiled, seen.snapshot, now())
        stuck_since = seen.stuck_since or await self._stuck_since(key)
        return told.model_copy(
            update={
                "tasks": list(work_views.tasks(compiled, seen.snapshot)),
                "callbacks": work_views.callbacks(waiting_callbacks(seen.snapshot), sight),
                "confirmed": seen.confirmed,
                "stuck": stuck_since is not None,
                "stuck_since": time_or_none(stuck_since),
                "service_levels": levels,
                "due": min((one.due for one in levels.values() if one.status == "running" and one.due), default=None),
                "breached": [name for name, one in levels.items() if one.breached_at],
            }
        )

    async def _stuck_since(self, key: str) -> int | None:
        """When a worker first failed on the ticket. Asks Temporal only if the ticket was stuck recently."""
        if not self._is_stuck(key):
            return None
        try:
            async with reaching_temporal(EXPLAINED_SECONDS):
                found = await self._cluster.failures.of(workflow_id(key))
        except (Away, NotRunningError):
            return None
        return found.since if found else None

    def _is_stuck(self, key: str) -> bool:
        return self._cluster.failures.known(workflow_id(key))

    async def tasks(self, actor: Actor, key: str) -> TaskList:
        """The tasks that are open now."""
        seen = await self.seen(actor, key)
        shown = work_views.tasks(await self.own(seen), seen.snapshot)
        return TaskList(items=[task for task in shown if task.status == "open"])

    async def ledger(self, actor: Actor, key: str, name: str) -> LedgerView:
        """Every interval of a service level's run until now."""
        seen = await self.seen(actor, key)
        compiled, at = await self.own(seen), now()
        levels = work_views.service_levels(compiled, seen.snapshot, at)
        if compiled is None or name not in levels:
            raise unknown_service_level(key, name, levels)
        lines = clocks.ledger(compiled, seen.snapshot, name, at)
        return work_views.ledger(name, levels[name], lines)

    async def timeline(self, actor: Actor, key: str, limit: int, cursor: str | None) -> models.TimelinePage:
        """The timeline that the actor may see; internal comments only for ``may.internal``."""
        seen = await self.seen(actor, key)
        sight = await self._sight(actor, seen)
        page = await self._records.ask(
            lambda records: records.timeline(
                key,
                limit=limit,
                cursor=cursor,
                internal=sight.internal,
                until=None if seen.on_record else seen.snapshot.revision,
            )
        )
        return models.TimelinePage(items=[views.timeline_entry(one, sight) for one in page.items], next=page.next)

    async def list(self, actor: Actor, wanted: Filters, limit: int, cursor: str | None) -> models.TicketPage:
        chosen = Filter(
            process=wanted.process,
            state=wanted.state,
            is_open=wanted.open,
            assignee=bound_text(wanted.assignee) if wanted.assignee else None,
            opener=wanted.opener,
            text=wanted.text,
            visible_to=self._store.current.people.principals(actor),
            titles=self._titles(),
        )
        page = await self._records.ask(lambda records: records.list(chosen, limit=limit, cursor=cursor))
        levels = await self._records.ask(lambda records: records.levels_of([row.key for row in page.items]))
        items = [views.summary(row, levels.get(row.key, ()), stuck=self._is_stuck(row.key)) for row in page.items]
        return models.TicketPage(items=items, next=page.next)

    async def _explanation(self, actor: Actor, key: str, seen: VisibleTicket) -> Explanation:
        try:
            return await self._cluster.explain(key, ExplainQuestion(actor, now()))
        except NotRunningError:
            compiled = await self.own(seen) or self._visibility.compiled(seen.snapshot, seen.calendars)
            if compiled is None:
                raise unknown_ticket(key) from None
            return explain(compiled, seen.snapshot, actor, now())

    async def explain(self, actor: Actor, key: str) -> models.ExplanationView:
        seen = await self.seen(actor, key)
        return views.explanation(await self._explanation(actor, key, seen), await self._sight(actor, seen))

    async def allowed(self, actor: Actor, key: str) -> Allowed:
        return views.allowed(await self._explanation(actor, key, await self.seen(actor, key)))

    async def my_approvals(self, actor: Actor) -> models.MyApprovals:
        titles = self._titles()
        rows = await self._records.ask(lambda records: records.approvals(person=actor.id, titles=titles))
        return models.MyApprovals(items=[views.my_approval(row) for row in rows])

    async def my_tasks(self, actor: Actor) -> MyTasks:
        """Open tasks of the actor and of their teams and roles, the most urgent first."""
        mine, titles = self._store.current.people.principals(actor), self._titles()
        rows = await self._records.ask(lambda records: records.open_tasks(mine, titles=titles))
        return MyTasks(items=[work_views.my_task(row) for row in rows])

    def _titles(self) -> Titles:
        """What the processes of today say about the titles of their tickets."""
        processes = self._store.current.loaded.processes
        shown = frozenset(name for name, one in processes.items() if not hides_title(one.process))
        return Titles(frozenset(processes), shown)

    async def my_notifications(self, actor: Actor, limit: int, cursor: str | None) -> models.NotificationPage:
        page = await self._records.ask(lambda records: records.outbox(person=actor.id, limit=limit, cursor=cursor))
        return models.NotificationPage(items=[views.notification(one, actor) for one in page.items], next=page.next)

    async def notifications_of(self, actor: Actor, key: str, limit: int, cursor: str | None) -> models.NotificationPage:
        """The notifications of one ticket; the texts of those alone that were sent to the actor."""
        await self.seen(actor, key)
        page = await self._records.ask(lambda records: records.outbox(ticket=key, limit=limit, cursor=cursor))
        return models.NotificationPage(items=[views.notification(one, actor) for one in page.items], next=page.next)


def _is_newer(record: TicketRecord, revision: int) -> bool:
    """Whether a record is certainly of a later revision."""
    return record.row.revision > revision and not record.row.in_doubt


def _keep(memory: OrderedDict[str, T], key: str, value: T) -> None:
    memory[key] = value
    while len(memory) > REMEMBERED:
        memory.popitem(last=False)
