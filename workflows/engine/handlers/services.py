"""Looks up the services that a ticket names, learns their facts, and applies them (LANGUAGE, section 3)."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.people.directory import ServiceFacts
from definitions.people.references import values
from workflows.engine.access.principals import settled
from workflows.engine.draft.draft import Draft
from workflows.engine.draft.fields import renew
from workflows.engine.draft.view import View
from workflows.engine.executable_content import assign_bound
from workflows.engine.model.effects import LookUpServices
from workflows.engine.model.events import Known
from workflows.engine.waiting import tasks


def learn(draft: Draft, known: Known) -> None:
    """Takes the facts of services, and settles the assignees and computed fields that depend on them."""
    draft.services |= dict(known.services)
    _forget_unknown(draft)
    _settle_assignees(draft)
    renew(draft)


def ask_for_services(draft: Draft) -> None:
    """Looks up the services that the ticket names and does not know."""
    unknown = [one for one in _services_named(draft) if one not in draft.services]
    if unknown:
        draft.want(LookUpServices(tuple(dict.fromkeys(unknown))))


def _forget_unknown(draft: Draft) -> None:
    """Reports each service that the organization does not have, and marks it as known so that the look-up ends."""
    for one in _services_named(draft):
        if one not in draft.services:
            draft.services[one] = ServiceFacts(title=one)
            draft.report_problem("unknown_service", f"service {one!r} is not in the organization")


def _settle_assignees(draft: Draft) -> None:
    """Assigns to the owner or team of a service that was unknown at the assignment and is known now."""
    if draft.assignee is not None:
        assign_bound(draft, settled(draft, draft.assignee), draft.assignee)
    tasks.settle_assignees(draft)


def _services_named(view: View) -> Iterator[str]:
    for name in view.compiled.services:
        yield from values(view.fields.get(name))
