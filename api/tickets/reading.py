"""Reading tickets, as far as the reader may see them: from the records, or from the workflow where they lag."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from activities.records.counters import KEY_FORM
from activities.records.queries import Filter
from activities.records.reading import TicketRecord
from api.clock import now
from api.cluster import Cluster, NotRunningError
from api.definition_store.store import DefinitionStore
from api.problems import Away, unknown_service_level, unknown_ticket
from api.records import RecordsAtTheEdge
from api.tickets import models, views, work_views
from api.tickets.visibility import Visibility
from api.tickets.work_models import Allowed, LedgerView, MyTasks, TaskList
from definitions.people.bound import bound_text
from definitions.people.directory import Actor
from workflows.engine.explain import Explanation
from workflows.engine.model.events import Edit, Send, UpdateTask
from workflows.engine.model.result import Refusal
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.service_levels import clocks
from workflows.ticket.messages import ExplainQuestion

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
    title: str
    on_record: bool = True
    confirmed: bool = True
    """False where a crash may undo what is shown, and the ticket itself could not be asked."""
    calendars: str | None = None
    """The ticket's packed calendars, where they are on record."""

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

    def opened(self, snapshot: Snapshot) -> None:
        """Remembers a ticket that is not on record yet: its opener often acts on it at once."""
        _keep(self._opened, snapshot.key, snapshot)

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
            return (await self.seen(actor, key)).process
        if not self._store.current.people.may_see(actor, record.participants):
            raise unknown_ticket(key)
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
            record.row.title,
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
        except Away:
            if record is None:
                raise
            return self._shown(actor, record)
        again = await self._records.ask(lambda records: records.get(key))
        revision = view.snapshot.revision
        if again is not None and (again.row.revision == revision or _is_newer(again, revision)):
            return replace(self._shown(actor, again), confirmed=True)
        if not self._visibility.may_see(actor, view.snapshot):
            raise unknown_ticket(key)
        title = str(view.snapshot.fields.get("summary") or key)
        return VisibleTicket(view.snapshot, view.digest, self._visibility.leaves(view.snapshot), title, on_record=False)

    async def refused_before_values(
        self, event: Send | Edit | UpdateTask, key: str, revision: int | None
    ) -> Refusal | None:
        """The refusal of an event whatever its values are; ``revision`` is the one that the event is for."""
        snapshot = (await self.seen(event.actor, key)).snapshot
        first = self._visibility.refused_before_values(event, snapshot, now())
        if revision not in (None, snapshot.revision) and (first is None or first.code != "ended"):
            return Refusal("stale", f"the ticket is at revision {snapshot.revision}")
        return first

    async def read(self, actor: Actor, key: str) -> models.TicketDetail:
        seen = await self.seen(actor, key)
        hidden = self._visibility.hidden(actor, seen.snapshot)
        shown = replace(seen.snapshot, fields={k: v for k, v in seen.snapshot.fields.items() if k not in hidden})
        told = views.detail(shown, digest=seen.digest, state=seen.state, title=seen.title)
        compiled = self._visibility.compiled(seen.snapshot, seen.calendars)
        levels = work_views.service_levels(compiled, seen.snapshot, now())
        return told.model_copy(
            update={
                "tasks": list(work_views.tasks(compiled, seen.snapshot)),
                "callbacks": work_views.callbacks(seen.snapshot),
                "confirmed": seen.confirmed,
                "service_levels": levels,
                "due": min((one.due for one in levels.values() if one.status == "running" and one.due), default=None),
                "breached": [name for name, one in levels.items() if one.breached_at],
            }
        )

    async def tasks(self, actor: Actor, key: str) -> TaskList:
        """The tasks that are open now."""
        seen = await self.seen(actor, key)
        shown = work_views.tasks(self._visibility.compiled(seen.snapshot), seen.snapshot)
        return TaskList(items=[task for task in shown if task.status == "open"])

    async def ledger(self, actor: Actor, key: str, name: str) -> LedgerView:
        """Every interval of a service level's run until now."""
        seen = await self.seen(actor, key)
        compiled, at = self._visibility.compiled(seen.snapshot, seen.calendars), now()
        levels = work_views.service_levels(compiled, seen.snapshot, at)
        if compiled is None or name not in levels:
            raise unknown_service_level(key, name, levels)
        lines = clocks.ledger(compiled, seen.snapshot, name, at)
        return work_views.ledger(name, levels[name], lines)

    async def timeline(self, actor: Actor, key: str, limit: int, cursor: str | None) -> models.TimelinePage:
        """The timeline that the actor may see; internal comments only for ``may.internal``."""
        seen = await self.seen(actor, key)
        internal = self._visibility.sees_internal(actor, seen.snapshot)
        hidden = self._visibility.hidden(actor, seen.snapshot)
        page = await self._records.ask(
            lambda records: records.timeline(
                key,
                limit=limit,
                cursor=cursor,
                internal=internal,
                until=None if seen.on_record else seen.snapshot.revision,
            )
        )
        return models.TimelinePage(items=[views.timeline_entry(one, hidden) for one in page.items], next=page.next)

    async def list(self, actor: Actor, wanted: Filters, limit: int, cursor: str | None) -> models.TicketPage:
        chosen = Filter(
            process=wanted.process,
            state=wanted.state,
            is_open=wanted.open,
            assignee=bound_text(wanted.assignee) if wanted.assignee else None,
            opener=wanted.opener,
            text=wanted.text,
            visible_to=self._store.current.people.principals(actor),
        )
        page = await self._records.ask(lambda records: records.list(chosen, limit=limit, cursor=cursor))
        levels = await self._records.ask(lambda records: records.levels_of([row.key for row in page.items]))
        items = [views.summary(row, levels.get(row.key, ())) for row in page.items]
        return models.TicketPage(items=items, next=page.next)

    async def _explanation(self, actor: Actor, key: str, seen: VisibleTicket) -> Explanation:
        try:
            return await self._cluster.explain(key, ExplainQuestion(actor, now()))
        except NotRunningError:
            return self._visibility.explain(actor, seen.snapshot, now(), seen.calendars)

    async def explain(self, actor: Actor, key: str) -> models.ExplanationView:
        seen = await self.seen(actor, key)
        hidden = self._visibility.hidden(actor, seen.snapshot)
        return views.explanation(await self._explanation(actor, key, seen), hidden)

    async def allowed(self, actor: Actor, key: str) -> Allowed:
        return views.allowed(await self._explanation(actor, key, await self.seen(actor, key)))

    async def my_approvals(self, actor: Actor) -> models.MyApprovals:
        rows = await self._records.ask(lambda records: records.approvals(person=actor.id))
        return models.MyApprovals(items=[views.my_approval(row) for row in rows])

    async def my_tasks(self, actor: Actor) -> MyTasks:
        """Open tasks of the actor and of their teams and roles, the most urgent first."""
        mine = self._store.current.people.principals(actor)
        rows = await self._records.ask(lambda records: records.open_tasks(mine))
        return MyTasks(items=[work_views.my_task(row) for row in rows])

    async def my_notifications(self, actor: Actor, limit: int, cursor: str | None) -> models.NotificationPage:
        page = await self._records.ask(lambda records: records.outbox(person=actor.id, limit=limit, cursor=cursor))
        return models.NotificationPage(items=[views.notification(one) for one in page.items], next=page.next)

    async def notifications_of(self, actor: Actor, key: str, limit: int, cursor: str | None) -> models.NotificationPage:
        """The notifications of one ticket."""
        await self.seen(actor, key)
        page = await self._records.ask(lambda records: records.outbox(ticket=key, limit=limit, cursor=cursor))
        return models.NotificationPage(items=[views.notification(one) for one in page.items], next=page.next)


def _is_newer(record: TicketRecord, revision: int) -> bool:
    """Whether a record is certainly of a later revision."""
    return record.row.revision > revision and not record.row.in_doubt


def _keep(memory: OrderedDict[str, T], key: str, value: T) -> None:
    memory[key] = value
    while len(memory) > REMEMBERED:
        memory.popitem(last=False)
