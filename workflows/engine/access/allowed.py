"""What an actor could send now: innermost first, in document order, without the engine's own (LANGUAGE, section 9)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from definitions.expressions import EvaluationFailed
from definitions.people.directory import Actor
from workflows.engine.access.permissions import may_send
from workflows.engine.draft.expressions import holds

if TYPE_CHECKING:
    from workflows.engine.compiled import Rule
    from workflows.engine.draft.draft import Draft


def allowed_in(draft: Draft, actor: Actor) -> tuple[str, ...]:
    """Events with a transition whose ``when`` and ``by`` hold for the actor; none after the end."""
    if draft.ended_at is not None:
        return ()
    return tuple(dict.fromkeys(rule.event for rule in handlers(draft) if rule.event and _holds(draft, rule, actor)))


def handlers(draft: Draft) -> Iterator[Rule]:
    """Rules of active states for events from outside, innermost first, in document order."""
    chart = draft.compiled.chart
    seen: set[str] = set()
    for leaf in draft.active_in_order:
        if leaf not in chart.leaves:
            continue
        for state in (leaf, *chart.ancestors(leaf)):
            if state in seen:
                continue
            seen.add(state)
            for index in chart.states[state].transitions:
                rule = draft.compiled.rules[index]
                if rule.event and rule.takes_from_outside(rule.event) and _is_outside(draft, rule.event):
                    yield rule


def _is_outside(draft: Draft, event: str) -> bool:
    return "*" not in event and event not in draft.compiled.raised and not event.startswith(("ended.", "stanchion."))


def _holds(draft: Draft, rule: Rule, actor: Actor) -> bool:
    try:
        return holds(draft, rule.transition.when) and may_send(draft, rule.transition, actor)
    except EvaluationFailed:
        return False
