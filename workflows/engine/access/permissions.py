"""Permissions on a ticket (LANGUAGE, section 2, May). Deny by default: the engine too must be named."""

from __future__ import annotations

from definitions.people.directory import Actor
from definitions.people.references import values
from definitions.schema.states import Transition
from workflows.engine.access.principals import acts_as, is_one_of
from workflows.engine.compiled import MIGRATES
from workflows.engine.draft.view import View


def may_open(view: View, actor: Actor) -> bool:
    """``may.open``; everyone by default. It does not apply to tickets that a process starts."""
    opened_by = view.compiled.process.may.open
    return opened_by is None or actor.id.startswith("ticket:") or is_one_of(view, actor, opened_by)


def may_migrate(view: View, actor: Actor) -> bool:
    """``may.migrate`` of the target definition."""
    named = view.compiled.process.may.migrate
    return is_one_of(view, actor, MIGRATES if named is None else named)


def may_see(view: View, actor: Actor) -> bool:
    """``may.see``; by default the opener, the people of its person and team fields, the assignee, watchers, approvers,
    and everyone that the process names."""
    if actor.id == view.before.opener or _is_asked(view, actor):
        return True
    seen_by = view.compiled.process.may.see
    if seen_by is not None:
        return is_one_of(view, actor, seen_by)
    if view.assignee and acts_as(view, actor, view.assignee):
        return True
    if any(acts_as(view, actor, watcher) for watcher in view.watchers):
        return True
    return _in_fields(view, actor) or is_one_of(view, actor, view.compiled.named)


def _is_asked(view: View, actor: Actor) -> bool:
    asked = (request.person for approval in view.approvals.values() for request in approval.requests)
    tasks = (task.assignee for board in view.tasks.values() for task in board if task.assignee)
    return actor.id in asked or any(acts_as(view, actor, assignee) for assignee in tasks)


def _in_fields(view: View, actor: Actor) -> bool:
    for name, spec in view.compiled.process.fields.items():
        if spec.type == "person" and actor.id in values(view.fields.get(name)):
            return True
        if spec.type == "team" and any(team in actor.teams for team in values(view.fields.get(name))):
            return True
    return False


ENGINE_EVENTS = ("ended.", "stanchion.")
"""The prefixes of the events that only the engine sends; ``by`` does not apply to them."""


def may_send(view: View, transition: Transition, actor: Actor) -> bool:
    """A transition's ``by``; by default everybody who may see the ticket. The engine must be named."""
    if transition.by is not None:
        return is_one_of(view, actor, transition.by)
    return actor.id != "engine" and may_see(view, actor)


def may_correct(view: View, actor: Actor) -> bool:
    """``may.correct``; nobody by default."""
    corrected_by = view.compiled.process.may.correct
    return corrected_by is not None and is_one_of(view, actor, corrected_by)


def may_complete(view: View, actor: Actor) -> bool:
    """``may.complete``; nobody by default. The engine may, in scenarios: it stands for the automation itself."""
    completed_by = view.compiled.process.may.complete
    return actor.id == "engine" or (completed_by is not None and is_one_of(view, actor, completed_by))


def may_comment(view: View, actor: Actor, internal: bool) -> bool:
    """``may.comment`` (default: the viewers) and ``may.internal`` (default: the assignee and the service's team)."""
    may = view.compiled.process.may
    if not internal:
        return is_one_of(view, actor, may.comment) if may.comment is not None else may_see(view, actor)
    if may.internal is not None:
        return is_one_of(view, actor, may.internal)
    services = [name for name, spec in view.compiled.process.fields.items() if spec.type == "service"]
    return is_one_of(view, actor, ("assignee", *(f"{name}.team" for name in services)))
