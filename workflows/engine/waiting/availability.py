"""Checks the people of a ticket: its approvers, task holders, assignee, watchers and the people in its fields.

The ticket checks when an announced absence begins, when the organization has changed, when a vote leaves too few
approvers in a group with a vacant place, and when a task or the ticket gets a new holder.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from definitions.expressions import EvaluationFailed
from definitions.people.bound import plain, read_bound
from workflows.engine.access.principals import bind
from workflows.engine.draft.draft import Draft
from workflows.engine.draft.view import View
from workflows.engine.model.approval import ApprovalState
from workflows.engine.model.availability import (
    CheckPeople,
    GroupInQuestion,
    GroupNow,
    OrganizationChanged,
    PeopleChecked,
    TaskInQuestion,
    TaskNow,
)
from workflows.engine.model.events import Asked, ClaimTask, Vote
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.model.task import TaskState
from workflows.engine.model.timeline.approval_entries import ApproversJoined, ApproversLeft, RequestMoved
from workflows.engine.model.timeline.task_entries import HandoverReason, TaskHandedOver
from workflows.engine.waiting import approvals, assignee, tasks
from workflows.engine.waiting.membership import Regrouped, reachable, regroup
from workflows.engine.waiting.problems_with_owners import report_to_owners
from workflows.engine.waiting.requests import notify_holders


def waits_for_people(snapshot: Snapshot) -> bool:
    """Whether the ticket waits for approvers or task holders."""
    if snapshot.ended_at is not None:
        return False
    here = set(snapshot.configuration)
    asked = any(one.asked and one.outcome is None for state, one in snapshot.approvals.items() if state in here)
    boards = (board for state, board in snapshot.tasks.items() if state in here)
    return asked or any(task.status == "open" and task.assignee for board in boards for task in board)


def concerns(snapshot: Snapshot, event: OrganizationChanged) -> bool:
    """Whether a change concerns a ticket: it waits for people or names people, and has not seen this organization."""
    if snapshot.ended_at is not None or event.organization == snapshot.organization:
        return False
    return bool(snapshot.named) or waits_for_people(snapshot)


def changed(draft: Draft, event: OrganizationChanged) -> None:
    """Checks once for each organization."""
    if event.organization != draft.organization:
        _ask(draft)


def fire_absences(draft: Draft) -> None:
    """Checks as soon as an announced absence begins. The answer announces the remaining absences again."""
    due = False
    for state, approval in tuple(approvals.open_in(draft)):
        if any(absence.at <= draft.now for absence in approval.absences):
            draft.approvals[state] = replace(approval, absences=())
            due = True
    for state, task in tuple(tasks.open_in(draft)):
        if task.absent_at is not None and task.absent_at <= draft.now:
            tasks.put(draft, state, replace(task, absent_at=None))
            due = True
    if assignee.absence_begins(draft) or due:
        _ask(draft)


def follow_up(draft: Draft) -> None:
    """Checks, at the end of a step, new holders of tasks and of the ticket, and who could take a vacant place.

    Tickets of older builds don't know their organization, and don't check new holders.
    """
    got_tasks = bool(draft.organization) and draft.tasks != draft.before.tasks and _new_holders(draft)
    if assignee.is_new(draft) or got_tasks or (draft.handled.kind == Vote.kind and _misses_a_vote(draft)):
        _ask(draft)


def noted(draft: Draft, answer: Asked, was_asked: bool) -> bool:
    """Remembers the organization that answered, where the ticket waits for nobody else. Returns ``was_asked``."""
    others = [state for state, one in approvals.open_in(draft) if one.asked and state != answer.state]
    if was_asked and answer.organization and not others and not any(True for _ in tasks.open_in(draft)):
        draft.organization = answer.organization
    return was_asked


def checked(draft: Draft, answer: PeopleChecked) -> bool:
    """Applies the answer to approvals and tasks that have not changed since the question; False for an old answer."""
    if answer.number != draft.checks:
        return False
    draft.organization = answer.organization
    open_now = dict(approvals.open_in(draft))
    for group in answer.groups:
        approval = open_now.get(group.state)
        if approval is not None and approval.asked and _place(approval) == (group.visit, group.round, group.stage):
            _take_group(draft, approval, group)
    held = {(state, task.visit, task.id): task for state, task in tasks.open_in(draft)}
    for now in answer.tasks:
        task = held.get((now.state, now.visit, now.task))
        if task is not None and task.assignee == now.assignee:
            _take_task(draft, task, now)
    if answer.assignee is not None:
        assignee.checked(draft, answer.assignee)
    assignee.left(draft, answer.gone)
    return True


def _ask(draft: Draft) -> None:
    groups = tuple(_groups(draft))
    holders = tuple(_tasks(draft))
    holder, named = assignee.question(draft), assignee.named(draft)
    if groups or holders or holder or named:
        draft.checks += 1
        draft.want(CheckPeople(draft.checks, groups, holders, holder, named))


def _groups(draft: Draft) -> Iterator[GroupInQuestion]:
    for state, approval in approvals.open_in(draft):
        if approval.asked:
            of = approval.of or approvals.asked_of(draft, state, approval.stage)
            holders = tuple(one.person for one in approval.requests if one.vote is None)
            yield GroupInQuestion(state, *_place(approval), of, approval.excluded, holders)


def _tasks(view: View) -> Iterator[TaskInQuestion]:
    for state, task in tasks.open_in(view):
        if task.assignee is not None:
            yield TaskInQuestion(state, task.visit, task.id, task.assignee, _principal(view, state, task))


def _principal(view: View, state: str, task: TaskState) -> str:
    """The principal that the process names, bound; the assignee of the task where it names nobody."""
    written = next(one for one in view.compiled.states[state].tasks or () if one.id == task.id)
    try:
        found = bind(view, written.assign) if written.assign else ()
    except EvaluationFailed:
        found = ()
    return found[0] if found else task.assignee or ""


def _place(approval: ApprovalState) -> tuple[int, int, int]:
    return approval.visit, approval.round, approval.stage


def _new_holders(draft: Draft) -> bool:
    """Whether a person has got a task. An empty team is reported by its notice.

    A person who claims a task is available, so a claim causes no check. The next event finds the ticket as the claim
    left it.
    """
    if draft.handled.kind == ClaimTask.kind:
        return False
    before = {(state, task.visit, task.id): task for state, board in draft.before.tasks.items() for task in board}
    for state, task in tasks.open_in(draft):
        known = before.get((state, task.visit, task.id))
        is_new = known is None or known.status != "open" or known.assignee != task.assignee
        if is_new and (task.assignee or "").startswith("person:"):
            return True
    return False


def _misses_a_vote(draft: Draft) -> bool:
    """Whether the vote of this step leaves too few approvers while somebody could take a vacant place."""
    before = draft.before.approvals
    return any(
        approval.vacant > 0
        and state in before
        and before[state].requests != approval.requests
        and reachable(approval.requests) < approval.required
        for state, approval in approvals.open_in(draft)
    )


def _take_group(draft: Draft, approval: ApprovalState, group: GroupNow) -> None:
    state = group.state
    found = regroup(approval.requests, approval.vetoers, approval.vacant, approval.required, group)
    draft.approvals[state] = replace(
        approval,
        requests=found.requests,
        vetoers=found.vetoers,
        vacant=found.vacant,
        excluded=group.excluded,
        absences=group.absences,
    )
    _tell(draft, found, group)
    approvals.show_lack(draft, state, group.away)


def _tell(draft: Draft, found: Regrouped, group: GroupNow) -> None:
    """Records the changes, and notifies old and new holders of requests, except holders who are gone."""
    state, approval = group.state, draft.approvals[group.state]
    held = {one.person: one for one in found.requests}
    for person, to in found.moved:
        why = held[to].why if to in held else None
        draft.say(RequestMoved(state=state, from_=person, to=to, why=why or "given_back"), actor="engine")
    if found.withdrawn:
        draft.say(ApproversLeft(state=state, people=found.withdrawn), actor="engine")
    if found.asked:
        draft.say(ApproversJoined(state=state, people=found.asked, required=approval.required), actor="engine")
    still_here = [person for person in found.withdrawn if person not in group.gone]
    notify_holders(draft, state, approval, still_here, "approval_withdrawn")
    new = dict.fromkeys((*(to for _, to in found.moved), *found.asked))
    notify_holders(draft, state, approval, [person for person in new if person in held], "approval_requested")


def _take_task(draft: Draft, task: TaskState, now: TaskNow) -> None:
    """Hands a task over where needed: to a delegate once, or to the principal that the process names now.

    The second happens where the holder is gone, or the service has another owner or team.
    """
    task = replace(task, absent_at=now.absent_at)
    tasks.put(draft, now.state, task)
    if now.resolved is not None and now.resolved != task.assignee and (not now.there or _is_of_another(task, now)):
        _hand_over(
            draft, now, replace(task, assignee=now.resolved, meant_for=None), "left" if not now.there else "owner"
        )
    elif not now.there:
        nobody = f"task {task.id!r} waits for {plain(task.assignee)}, but nobody is left to do it"
        report_to_owners(draft, "nobody_to_do", nobody, now.state)
    elif now.away and task.meant_for is None and now.delegate is not None:
        stand_in = replace(task, assignee=f"person:{now.delegate}", meant_for=task.assignee)
        _hand_over(draft, now, stand_in, "out_of_office")
    elif now.away:
        out = f"task {task.id!r} waits for {plain(task.assignee)}: out of office, and nobody stands in"
        report_to_owners(draft, "holder_away", out, now.state)


def _is_of_another(task: TaskState, now: TaskNow) -> bool:
    """Whether a service has another owner or team now than the one that holds its task.

    A task that a member of the team has claimed stays with that member. A task that a delegate holds stays too.
    """
    if not now.by_service or task.meant_for is not None:
        return False
    holder, new_holder = (read_bound(one or "") for one in (task.assignee, now.resolved))
    return type(holder) is type(new_holder)


def _hand_over(draft: Draft, now: TaskNow, task: TaskState, why: HandoverReason) -> None:
    tasks.put(draft, now.state, replace(task, absent_at=None))
    before, after = plain(now.assignee), plain(task.assignee)
    draft.say(TaskHandedOver(state=now.state, task=task.id, why=why, from_=before, to=after), actor="engine")
    draft.notify(now.state, (task.assignee or "",), "task_assigned", context={"task": task.id})
