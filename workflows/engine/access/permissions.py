"""Who may do what with a ticket (LANGUAGE, section 2, May). Deny by default; the engine itself is named or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from definitions.people.directory import Actor
from definitions.people.references import values
from definitions.schema.states import Transition
from workflows.engine.access.principals import acts_as, is_one_of
from workflows.engine.compiled import MIGRATES

if TYPE_CHECKING:
    from workflows.engine.draft.draft import Draft


def may_open(draft: Draft, actor: Actor) -> bool:
    """``may.open``; everyone by default. Not asked for tickets that a process starts."""
    opened_by = draft.compiled.process.may.open
    return opened_by is None or actor.id.startswith("ticket:") or is_one_of(draft, actor, opened_by)


def may_migrate(draft: Draft, actor: Actor) -> bool:
    """``may.migrate`` of the definition that the ticket is moved to."""
    named = draft.compiled.process.may.migrate
    return is_one_of(draft, actor, MIGRATES if named is None else named)


def may_see(draft: Draft, actor: Actor) -> bool:
    """``may.see``; by default the opener, the people of its person and team fields, the assignee, watchers, whoever is
    asked to approve, and everyone named in the process."""
    if actor.id == draft.before.opener or _is_asked(draft, actor):
        return True
    seen_by = draft.compiled.process.may.see
    if seen_by is not None:
        return is_one_of(draft, actor, seen_by)
    if draft.assignee and acts_as(draft, actor, draft.assignee):
        return True
    if any(acts_as(draft, actor, watcher) for watcher in draft.watchers):
        return True
    return _in_fields(draft, actor) or is_one_of(draft, actor, draft.compiled.named)


def _is_asked(draft: Draft, actor: Actor) -> bool:
    asked = (request.person for approval in draft.approvals.values() for request in approval.requests)
    tasks = (task.assignee for board in draft.tasks.values() for task in board if task.assignee)
    return actor.id in asked or any(acts_as(draft, actor, assignee) for assignee in tasks)


def _in_fields(draft: Draft, actor: Actor) -> bool:
    for name, spec in draft.compiled.process.fields.items():
        if spec.type == "person" and actor.id in values(draft.fields.get(name)):
            return True
        if spec.type == "team" and any(team in actor.teams for team in values(draft.fields.get(name))):
            return True
    return False


ENGINE_EVENTS = ("ended.", "stanchion.")
"""How the names of events begin that the engine alone sends, and for which ``by`` is not looked at."""


def may_send(draft: Draft, transition: Transition, actor: Actor) -> bool:
    """A transition's ``by``; who may see the ticket by default. The engine must be named."""
    if transition.by is not None:
        return is_one_of(draft, actor, transition.by)
    return actor.id != "engine" and may_see(draft, actor)


def may_correct(draft: Draft, actor: Actor) -> bool:
    """``may.correct``; nobody by default."""
    corrected_by = draft.compiled.process.may.correct
    return corrected_by is not None and is_one_of(draft, actor, corrected_by)


def may_comment(draft: Draft, actor: Actor, internal: bool) -> bool:
    """``may.comment`` (default: who may see) and ``may.internal`` (default: the assignee and the service's team)."""
    may = draft.compiled.process.may
    if not internal:
        return is_one_of(draft, actor, may.comment) if may.comment is not None else may_see(draft, actor)
    if may.internal is not None:
        return is_one_of(draft, actor, may.internal)
    services = [name for name, spec in draft.compiled.process.fields.items() if spec.type == "service"]
    return is_one_of(draft, actor, ("assignee", *(f"{name}.team" for name in services)))
