"""Expressions of a process, evaluated on a view (LANGUAGE, section 3)."""

from __future__ import annotations

from collections.abc import Mapping

from definitions.expressions import STATES, TAGS, EvaluationFailed, compile_expression
from definitions.people.bound import plain
from definitions.schema.model import Json
from workflows.engine.draft.draft import Draft
from workflows.engine.draft.view import View
from workflows.engine.model.automation import CALLBACK_URL
from workflows.engine.model.interpreter import STRICT_CORE

NO_EACH: Mapping[str, Json] = {}


def evaluate(view: View, source: str, each: Mapping[str, Json] = NO_EACH) -> Json:
    """The value of an expression; null where a name without a value decides it.

    Raises EvaluationFailed for any other failure: a division by zero, a missing key, the cost limit.
    """
    expression = compile_expression(source, view.compiled.scope)
    bound = {name: lookup(view, name, each) for name in expression.names}
    return expression.evaluate(bound, view.compiled.wall_clock, bounded=view.compiled.interpreter >= STRICT_CORE)


def value_of(view: View, written: Json, each: Mapping[str, Json] = NO_EACH) -> Json:
    """The value of a written value: itself, or of its expression where it is text that begins with ``=``.

    Lists and mappings are evaluated inside.
    """
    if isinstance(written, str) and written.startswith("="):
        return evaluate(view, written[1:], each)
    if isinstance(written, list | tuple):
        return [value_of(view, one, each) for one in written]
    if isinstance(written, Mapping):
        return {key: value_of(view, one, each) for key, one in written.items()}
    return written


def holds(view: View, guard: str | None, each: Mapping[str, Json] = NO_EACH) -> bool:
    """Whether a guard is true; null counts as false. Raises EvaluationFailed."""
    return guard is None or evaluate(view, guard, each) is True


def holds_or_problem(draft: Draft, guard: str | None, state: str, each: Mapping[str, Json] = NO_EACH) -> bool:
    """Whether a guard is true; a failure counts as false and is reported as a problem, as there is no sender."""
    try:
        return holds(draft, guard, each)
    except EvaluationFailed as failure:
        draft.report_problem("guard_failed", f"{guard}: {failure}", state or None)
        return False


def lookup(view: View, name: str, each: Mapping[str, Json] = NO_EACH) -> Json:
    """The value of a dotted name of an expression on the ticket (LANGUAGE, section 3)."""
    head, _, rest = name.partition(".")
    match head:
        case "ticket":
            return _of_ticket(view, rest)
        case "event":
            return _of_event(view, rest)
        case "actor":
            return _of_actor(view, rest)
        case "now":
            return view.now
        case "tables":
            return view.compiled.process.tables[rest]
        case "approval":
            return _of_approval(view, rest)
        case "run":
            state, _, saved = rest.partition(".")
            return view.runs[state].saved.get(saved) if state in view.runs else None
        case "child":
            family = view.families.get(rest)
            return family and [{"key": one.key, "state": one.state, "failed": one.failed} for one in family.children]
        case "each":
            return each.get("each")
        case "callback" if rest == "url":
            return CALLBACK_URL
        case _ if name == STATES:
            return list(view.active_in_order)
        case _ if name == TAGS:
            return list(view.compiled.tags(view.active_in_order))
        case _:
            return _of_service(view, head, rest)


def _of_ticket(view: View, name: str) -> Json:
    match name:
        case "key":
            return view.before.key
        case "opened_at":
            return view.before.opened_at
        case "assignee":
            return plain(view.assignee)
        case "state":
            return next((state for state in view.active_in_order if state in view.compiled.chart.leaves), None)
        case _:
            return _or_empty(view, name, view.fields.get(name))


def _or_empty(view: View, name: str, value: Json) -> Json:
    """A list that was never written is an empty list."""
    return [] if value is None and name in view.compiled.lists else value


def _of_event(view: View, name: str) -> Json:
    match name:
        case "name":
            return view.handled.name
        case "data":
            return view.handled.data
        case _:
            return _or_empty(view, name, view.handled.fields.get(name))


def _of_actor(view: View, name: str) -> Json:
    actor = view.handled.actor
    if actor is None:
        return None
    return actor.id if name == "id" else list(actor.teams if name == "teams" else actor.roles)


def _of_approval(view: View, name: str) -> Json:
    state, _, what = name.partition(".")
    approval = view.approvals.get(state)
    if approval is None:
        return None
    if what == "outcome":
        return approval.outcome
    if what == "reason":
        return approval.reason
    requests = (*(one for stage in approval.passed for one in stage.requests), *approval.requests)
    return list(dict.fromkeys(one.person for one in requests if one.vote == "approve" and not one.veto_only))


def _of_service(view: View, field: str, what: str) -> Json:
    service = view.fields.get(field)
    facts = view.services.get(service) if isinstance(service, str) else None
    return getattr(facts, what, None)
