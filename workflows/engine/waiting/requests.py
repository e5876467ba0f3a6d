"""Approval requests in notices and on the timeline: each names its state, visit, round and stage."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from definitions.schema.waiting import Approval
from workflows.engine.draft.draft import Draft
from workflows.engine.draft.view import View
from workflows.engine.model.approval import ApprovalRequest, ApprovalState
from workflows.engine.model.interpreter import STRICT_CORE
from workflows.engine.model.notices import Reason
from workflows.engine.model.timeline.approval_entries import VoteCast


def block_of(view: View, state: str) -> Approval:
    """The approval of a state that has one."""
    block = view.compiled.states[state].approval
    assert block is not None, f"state {state} has no approval"  # noqa: S101  (callers look at states that have one)
    return block


def stage_of(view: View, state: str, index: int) -> str | int | None:
    """The id of a stage, or its number where it has no id; None for an approval without stages."""
    known = view.compiled.states.get(state)
    stages = (known.approval.stages if known and known.approval else None) or ()
    return (stages[index].id or index) if 0 <= index < len(stages) else None


def vote_cast(view: View, state: str, decision: Literal["approve", "reject"], own: ApprovalRequest) -> VoteCast:
    """The entry of a vote; runs of older interpreters keep the entry without visit, round and stage."""
    cast = VoteCast(state=state, decision=decision, comment=own.comment, for_=own.asked_for)
    if view.compiled.interpreter < STRICT_CORE:
        return cast
    approval = view.approvals[state]
    stage = stage_of(view, state, approval.stage)
    return replace(cast, visit=approval.visit, round=approval.round, stage=stage)


def notify_holders(draft: Draft, state: str, approval: ApprovalState, people: Iterable[str], reason: Reason) -> None:
    """Notifies people about their requests in an approval; the context of a notice identifies the request."""
    context = {
        "title": draft.compiled.title_of(state),
        "visit": approval.visit,
        "round": approval.round,
        "stage": stage_of(draft, state, approval.stage),
    }
    told = context if draft.compiled.interpreter >= STRICT_CORE else None
    for person in people:
        draft.notify(state, (f"person:{person}",), reason, context=told)
