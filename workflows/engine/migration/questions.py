"""Approvals under another definition: a vote stays valid only if its question is the same.

The question consists of the block, the transitions of its outcomes, and, for the stages that have had their turn,
whether they apply and who their approvers are: tables and computed fields can change these without a change of the
block.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from definitions.expressions import EvaluationFailed
from definitions.schema.model import Json
from definitions.schema.waiting import OUTCOMES, Approval, Stage
from workflows.engine.access.principals import bind_all
from workflows.engine.compiled import Compiled
from workflows.engine.draft.draft import Draft
from workflows.engine.draft.expressions import holds
from workflows.engine.draft.view import Handled, View
from workflows.engine.migration.meaning import same_approval, transition_of
from workflows.engine.migration.route import Route
from workflows.engine.model.timeline.approval_entries import ApprovalReset
from workflows.engine.waiting import approvals


def is_same_question(route: Route, view: View, state: str) -> bool:
    """Whether the votes of an old state's approval answer the question of the state that replaces it."""
    approval, old, new = route.before.approvals[state], route.old, route.new
    target = route.name(state)
    block = old.states[state].approval if state in old.states else None
    if block is None or target not in new.states or (asked := new.states[target].approval) is None:
        return False
    if not same_approval(route, block, asked):
        return False
    if list(_answers(old, state, route)) != list(_answers(new, target, None)):
        return False
    before = View(old, route.before, Handled(""), view.now)
    return all(
        _asks(before, stage, _outer(block)) == _asks(view, same, _outer(asked))
        for stage, same in zip(block.rounds[: approval.stage + 1], asked.rounds, strict=False)
    )


def _outer(block: Approval) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those whom the whole block excludes, and those who have a veto in each stage."""
    return block.exclude, block.veto if block.stages else ()


def _answers(compiled: Compiled, state: str, route: Route | None) -> Iterator[Json]:
    """The transitions of the outcomes as written, with the new ids of old targets."""
    chart = compiled.chart
    for outcome in sorted(OUTCOMES["approval"]):
        for one in chart.candidates(state, outcome):
            yield [outcome, transition_of(compiled.rules[one.index].transition, route)]


def _asks(view: View, stage: Stage, outer: tuple[tuple[str, ...], tuple[str, ...]]) -> tuple[object, ...]:
    exclude, veto = outer
    try:
        applies = holds(view, stage.when)
        people = (bind_all(view, one) for one in (stage.from_, (*exclude, *stage.exclude), (*stage.veto, *veto)))
        return (applies, *people)
    except (EvaluationFailed, KeyError):
        return (object(),)  # equal to nothing, because the question is unknown


def carry_approvals(route: Route, draft: Draft) -> None:
    """Keeps the approvals with the same question, with recomputed deadlines; requests the others again."""
    draft.approvals = {
        route.name(state): replace(approval, visit=draft.visits[route.name(state)].number)
        for state, approval in route.before.approvals.items()
        if route.stands(state) and is_same_question(route, draft, state)
    }
    for state in draft.active_in_order:
        _go_on(route, draft, state)


def _go_on(route: Route, draft: Draft, state: str) -> None:
    """Continues, requests again, begins or withdraws the approval of an active state."""
    old = route.origin(state)
    before = route.before.approvals.get(old) if old and route.old.states[old].approval else None
    kept = draft.approvals.get(state)
    if draft.compiled.states[state].approval is None:
        if before is not None:
            approvals.withdraw(draft, state, before)
    elif kept is None or (old != state and not kept.asked and not kept.outcome):
        # The approvers of a renamed state are requested again: a pending answer names the old id.
        if before is not None:
            draft.say(ApprovalReset(state=state, reset=("definition",)), actor="engine")
        approvals.ask_again(draft, state, before)
    else:
        approvals.set_deadlines_again(draft, state)
