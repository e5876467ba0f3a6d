"""From effects to rows of the outbox: each person once, with text and channel, in the order of the principals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from activities.notifications.rendering import Forgiving, Text, render
from activities.notifications.routes import Routes
from activities.records.outbox import Notification
from activities.records.record import title_of
from activities.world import World
from definitions.times import Instant
from workflows.contracts import RecordBatch, RecordedStep
from workflows.engine.model.automation import without_address
from workflows.engine.model.effects import Notify
from workflows.engine.waiting.directory_answers import recipients, untold


def notifications_of(world: World, routes: Routes, batch: RecordBatch, at: Instant) -> dict[int, list[Notification]]:
    """The notifications of every step, by revision."""
    return {step.revision: list(_of_step(world, routes, batch, step, at)) for step in batch.steps}


def _of_step(
    world: World, routes: Routes, batch: RecordBatch, step: RecordedStep, at: Instant
) -> Iterator[Notification]:
    position = 0
    for notify in step.notices:
        found = recipients(world.directory, notify)
        problem = untold(notify, found.problem) if found.problem else None
        told: tuple[str | None, ...] = found.people or (() if found.is_own_doing else (None,))
        for person in told:
            row = _row(world, routes, batch, notify, person, at)
            if found.instead_of:
                row = replace(row, body=f"{_meant_for(found.instead_of)}\n\n{row.body}")
            problems = [text for text in (problem, row.problem) if text]
            yield replace(row, revision=step.revision, position=position, problem="; ".join(problems) or None)
            position += 1


def _meant_for(nobody: str) -> str:
    return f"This notice comes to you because it has no other recipient ({nobody})."


def _row(
    world: World, routes: Routes, batch: RecordBatch, notify: Notify, person: str | None, at: Instant
) -> Notification:
    known = world.organization.people.get(person) if person else None
    address = known.email if known else None
    text = _text(world, routes, batch, notify, person)
    channel, problem = routes.route(notify.channel, person, address) if person else (None, None)
    return Notification(
        id=f"{notify.id}#{person}" if person else notify.id,
        ticket=batch.key,
        revision=batch.snapshot.revision,
        position=0,
        effect=notify.id,
        person=person,
        address=address,
        reason=notify.reason,
        template=notify.template,
        channel=channel,
        subject=text.subject,
        body=text.body,
        created_at=at,
        status="pending" if channel else "outbox",
        problem="; ".join(part for part in (text.problem, problem) if part) or None,
    )


def _text(world: World, routes: Routes, batch: RecordBatch, notify: Notify, person: str | None) -> Text:
    snapshot, organization = batch.snapshot, world.organization
    known = organization.people.get(person) if person else None
    zone = (known and known.time_zone) or organization.organization.time_zone
    own: dict[str, Any] = {
        "key": snapshot.key,
        "title": title_of(batch),
        "process": snapshot.process,
        "state": list(batch.state),
        "opener": snapshot.opener,
        "opened_at": snapshot.opened_at,
        "assignee": snapshot.assignee,
    }
    context = _of_approval(world, batch, notify, person) | dict(notify.context)
    if isinstance(told := context.get("text"), str):
        context["text"] = without_address(told)
    values: dict[str, Any] = {
        **context,
        "context": Forgiving(context),
        "ticket": Forgiving(own | dict(snapshot.fields)),
        "services": {service: Forgiving(title=facts.title, owner=facts.owner, team=facts.team)
                     for service, facts in snapshot.services.items()},
        "person": Forgiving(id=person, name=known.name if known else person, email=known.email if known else None),
        "organization": organization.organization.name,
        "reason": notify.reason,
        "link": routes.link(snapshot.key),
    }  # fmt: skip
    return render(notify, world.templates, values, zone)


def _of_approval(world: World, batch: RecordBatch, notify: Notify, person: str | None) -> dict[str, Any]:
    """The deadline of a notification's approval, and the person whom the recipient stands in for."""
    approval = batch.snapshot.approvals.get(str(notify.context.get("state")))
    if approval is None:
        return {}
    meant = next((one.asked_for for one in approval.requests if one.person == person and one.asked_for), None)
    known = world.organization.people.get(meant) if meant else None
    return {"deadline": approval.expires, "asked_for": known.name if known else meant}
