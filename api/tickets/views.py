"""Views of tickets: instants become RFC 3339 text, bound principals their short form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from activities.records.outbox import Notification
from activities.records.reading import ApprovalRow, LevelRow, TicketRecord, TicketRow, TimelineEntry
from api.tickets import models
from api.tickets.work_models import Allowed, AllowedEvent
from definitions.people.bound import plain
from definitions.schema.model import Json
from definitions.times import to_text
from workflows.engine.explain import Explanation
from workflows.engine.model.approval import ApprovalState
from workflows.engine.model.snapshot import Snapshot
from workflows.ticket.messages import EventResult


def time_or_none(instant: int | None) -> str | None:
    return None if instant is None else to_text(instant)


def acted(result: EventResult) -> models.Acted:
    """The answer to an event."""
    return models.Acted(
        key=result.key,
        revision=result.revision,
        states=list(result.states),
        assignee=plain(result.assignee),
        ended=result.ended_at is not None,
        failed=result.failed,
    )


def opened(snapshot: Snapshot) -> models.Acted:
    """The answer to a start: the ticket as the core opens it here, exactly as the workflow does."""
    return models.Acted(
        key=snapshot.key,
        revision=snapshot.revision,
        states=list(snapshot.configuration),
        assignee=plain(snapshot.assignee),
        ended=snapshot.ended_at is not None,
        failed=snapshot.failed,
    )


def summary(row: TicketRow, levels: Sequence[LevelRow] = ()) -> models.TicketSummary:
    return models.TicketSummary(
        key=row.key,
        process=row.process,
        title=row.title,
        revision=row.revision,
        state=list(row.state),
        opener=row.opener,
        assignee=plain(row.assignee),
        opened_at=to_text(row.opened_at),
        updated_at=to_text(row.updated_at),
        ended_at=time_or_none(row.ended_at),
        failed=row.failed,
        due=time_or_none(min((one.due_at for one in levels if one.is_running and one.due_at), default=None)),
        breached=[one.level for one in levels if one.breached_at is not None],
        confirmed=not row.in_doubt,
    )


def recorded(record: TicketRecord, snapshot: Snapshot) -> models.TicketDetail:
    """A ticket from the records."""
    return detail(snapshot, digest=record.row.digest, state=record.row.state, title=record.row.title)


def detail(snapshot: Snapshot, *, digest: str, state: Sequence[str], title: str) -> models.TicketDetail:
    return models.TicketDetail(
        key=snapshot.key,
        process=snapshot.process,
        digest=digest,
        title=title,
        revision=snapshot.revision,
        state=list(state),
        states=list(snapshot.configuration),
        opener=snapshot.opener,
        assignee=plain(snapshot.assignee),
        watchers=[plain(one) or one for one in snapshot.watchers],
        fields=dict(snapshot.fields),
        opened_at=to_text(snapshot.opened_at),
        updated_at=to_text(snapshot.at),
        ended_at=time_or_none(snapshot.ended_at),
        failed=snapshot.failed,
        approvals=[_approval(state_id, one, snapshot) for state_id, one in snapshot.approvals.items()],
        problems=[
            models.ProblemView(at=to_text(one.at), code=one.code, text=one.text, state=one.state)
            for one in snapshot.problems
        ],
    )


def _approval(state: str, approval: ApprovalState, snapshot: Snapshot) -> models.ApprovalView:
    is_open = approval.outcome is None and state in snapshot.configuration and snapshot.ended_at is None
    return models.ApprovalView(
        state=state,
        open=is_open,
        required=approval.required,
        outcome=approval.outcome,
        reason=approval.reason,
        expires=time_or_none(approval.expires) if is_open else None,
        requests=[
            models.RequestView(
                person=one.person,
                asked_for=one.asked_for,
                why=one.why,
                vote=one.vote,
                comment=one.comment,
                voted_at=time_or_none(one.voted_at),
            )
            for one in approval.requests
        ],
    )


def timeline_entry(entry: TimelineEntry, hidden: Sequence[str] = ()) -> models.TimelineEntryView:
    return models.TimelineEntryView(
        seq=entry.seq,
        at=to_text(entry.at),
        kind=entry.kind,
        actor=entry.actor,
        revision=entry.revision,
        data=_without(entry.data, hidden),
    )


def _without(data: Mapping[str, object], hidden: Sequence[str]) -> dict[str, object]:
    """The data of a timeline's entry without the fields that the reader may not see."""
    shown = dict(data)
    for part in ("changes", "fields"):
        inner = shown.get(part)
        if hidden and isinstance(inner, Mapping):
            shown[part] = {name: value for name, value in inner.items() if name not in hidden}
    return shown


def explanation(told: Explanation, hidden: Sequence[str] = ()) -> models.ExplanationView:
    """``hidden`` are fields that the reader may not see: guards are shown without the values of these fields."""
    choices = tuple(replace(one, values=_readable(one.values, hidden)) for one in told.choices)
    return models.ExplanationView.model_validate(_texts(asdict(replace(told, choices=choices))))


def _readable(values: Mapping[str, Json], hidden: Sequence[str]) -> dict[str, Json]:
    """Values by dotted name, without ``ticket.<hidden>`` and the facts of a hidden service."""
    return {
        name: value for name, value in values.items() if name.removeprefix("ticket.").partition(".")[0] not in hidden
    }


def allowed(told: Explanation) -> Allowed:
    first = {one.event: one for one in reversed(told.choices) if one.possible}
    events = list(dict.fromkeys(one.event for one in told.choices if one.possible))
    items = [
        AllowedEvent(
            event=event,
            title=first[event].title,
            confirm=first[event].confirm,
            form=list(first[event].form),
            lacks=list(first[event].lacks),
        )
        for event in events
    ]
    return Allowed(events=events, items=items)


_INSTANTS = frozenset(
    {"at", "since", "expires", "ended_at", "due", "breached_at", "threshold_at", "recorded", "effective", "until"}
)


def _texts(value: Any) -> Any:
    """The explanation with every instant as text."""
    if isinstance(value, dict):
        return {
            name: to_text(part) if name in _INSTANTS and isinstance(part, int) else _texts(part)
            for name, part in value.items()
        }
    return [_texts(part) for part in value] if isinstance(value, list | tuple) else value


def my_approval(row: ApprovalRow) -> models.MyApproval:
    return models.MyApproval(
        ticket=row.ticket,
        title=row.title,
        process=row.process,
        state=row.state,
        asked_for=row.asked_for,
        asked_at=to_text(row.asked_at),
        due_at=time_or_none(row.due_at),
    )


def notification(row: Notification) -> models.NotificationView:
    return models.NotificationView(
        id=row.id,
        ticket=row.ticket,
        person=row.person,
        reason=row.reason,
        subject=row.subject,
        body=row.body,
        channel=row.channel,
        status=row.status,
        created_at=to_text(row.created_at),
    )
