"""The events that an actor could send now, innermost first, in document order (LANGUAGE, section 9).

Events of the engine are not among them.
"""

from __future__ import annotations

from collections.abc import Iterator

from definitions.expressions import EvaluationFailed
from definitions.people.directory import Actor
from workflows.engine.access.permissions import may_send
from workflows.engine.compiled import Rule
from workflows.engine.draft.expressions import holds
from workflows.engine.draft.view import View


def allowed_in(view: View, actor: Actor) -> tuple[str, ...]:
    """Events with a transition whose ``when`` and ``by`` hold for the actor; none after the end."""
    if view.ended_at is not None:
        return ()
    return tuple(dict.fromkeys(rule.event for rule in handlers(view) if rule.event and _holds(view, rule, actor)))


def handlers(view: View) -> Iterator[Rule]:
    """Rules of active states for events from outside, innermost first, in document order."""
    chart = view.compiled.chart
    seen: set[str] = set()
    for leaf in view.active_in_order:
        if leaf not in chart.leaves:
            continue
        for state in (leaf, *chart.ancestors(leaf)):
            if state in seen:
                continue
            seen.add(state)
            for index in chart.states[state].transitions:
                rule = view.compiled.rules[index]
                if rule.event and rule.takes_from_outside(rule.event) and _is_outside(view, rule.event):
                    yield rule


def _is_outside(view: View, event: str) -> bool:
    return "*" not in event and event not in view.compiled.raised and not event.startswith(("ended.", "stanchion."))


def _holds(view: View, rule: Rule, actor: Actor) -> bool:
    try:
        return holds(view, rule.transition.when) and may_send(view, rule.transition, actor)
    except EvaluationFailed:
        return False
