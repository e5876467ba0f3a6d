"""Explains a ticket: why it is in its states, which events it takes from which senders, and what is due when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from definitions.expressions import EvaluationFailed, compile_expression
from definitions.people.bound import plain
from definitions.people.directory import Actor
from definitions.schema.model import Json
from definitions.times import Instant
from workflows.engine.access.allowed import handlers
from workflows.engine.access.permissions import may_send
from workflows.engine.compiled import Compiled, Rule
from workflows.engine.draft.expressions import evaluate, lookup
from workflows.engine.draft.view import Handled, View, is_given
from workflows.engine.due_order import coming
from workflows.engine.model.approval import ApprovalRequest
from workflows.engine.model.coming import Coming
from workflows.engine.model.problem import TicketProblem
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.service_levels.standings import Standing, standings
from workflows.engine.waiting import approvals, callbacks, tasks
from workflows.engine.waiting.membership import reachable
from workflows.engine.waiting.requests import stage_of


@dataclass(frozen=True, slots=True)
class Where:
    """One active state, with the moment of its entry (UTC seconds) and the cause."""

    state: str
    title: str
    since: Instant
    visit: int
    cause: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One transition that an event could take."""

    event: str
    state: str
    to: str | None
    possible: bool
    """The guard and ``by`` both hold for the actor; fields in ``lacks`` may still prevent the transition."""
    permitted: bool
    by: tuple[str, ...]
    """The principals as the process writes them; empty stands for everybody who may see the ticket."""
    guard: str | None = None
    guard_holds: bool | None = None
    """None where the guard can't be evaluated."""
    values: Mapping[str, Json] = field(default_factory=dict)
    """The values that the guard read."""
    lacks: tuple[str, ...] = ()
    """Required fields without a value."""
    form: tuple[str, ...] = ()
    title: str | None = None
    confirm: str | None = None
    """The question to ask before the event is sent."""


@dataclass(frozen=True, slots=True)
class StandIn:
    """A request whose holder is not the person it was first meant for, or joined later; and the reason."""

    person: str
    asked_for: str | None
    why: str


@dataclass(frozen=True, slots=True)
class OpenApproval:
    """An approval that the ticket waits for."""

    state: str
    stage: int
    required: int
    approved: tuple[str, ...]
    rejected: tuple[str, ...]
    open: tuple[str, ...]
    expires: Instant | None
    asked: bool
    title: str = ""
    """The title of the state."""
    visit: int = 0
    round: int = 0
    stage_id: str | None = None
    """The id of the stage; None where the process gives it none."""
    moved: tuple[StandIn, ...] = ()
    """Requests whose holder is not the person they were first meant for, and requests of people who joined later."""
    lacking: int = 0
    """The number of required approvals that nobody can give any more because people have left."""


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task that the ticket waits for."""

    state: str
    task: str
    title: str
    assignee: str | None
    due: Instant | None
    left: tuple[str, ...] = ()
    """The items of its checklist that are not ticked."""
    meant_for: str | None = None
    """The person that the assignee stands in for."""


@dataclass(frozen=True, slots=True)
class OpenCallback:
    """A callback that the ticket waits for, with its request and the moment until which it may come (UTC seconds)."""

    state: str
    step: int
    """The number of the step; 1 is the first."""
    request: str
    until: Instant
    answered: bool
    element: int | None = None
    """For a step with ``each``, the place in its list; 1 is the first."""
    since: Instant | None = None
    """When the ticket entered the state (UTC seconds); None in the answer of an older worker."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why the ticket is in its states, and what can happen next."""

    key: str
    process: str
    revision: int
    where: tuple[Where, ...]
    assignee: str | None
    choices: tuple[Choice, ...]
    approvals: tuple[OpenApproval, ...]
    coming: tuple[Coming, ...]
    waiting: tuple[str, ...]
    """Outcomes and timed transitions that are due, but that no transition takes."""
    problems: tuple[TicketProblem, ...]
    ended_at: Instant | None
    clocks: tuple[Standing, ...] = ()
    """Every service level, including service levels that have not started."""
    tasks: tuple[OpenTask, ...] = ()
    callbacks: tuple[OpenCallback, ...] = ()


def explain(compiled: Compiled, snapshot: Snapshot, actor: Actor, now: Instant) -> Explanation:
    """Explains a ticket to an actor at ``now`` (UTC seconds); changes nothing."""
    view = View(compiled, snapshot, Handled("", actor), now)
    return Explanation(
        key=snapshot.key,
        process=snapshot.process,
        revision=snapshot.revision,
        where=tuple(_where(view)),
        assignee=plain(snapshot.assignee),
        choices=() if snapshot.ended_at else tuple(_choice(view, rule, actor) for rule in handlers(view)),
        approvals=tuple(_approvals(view)),
        coming=tuple(sorted(coming(view), key=lambda one: (one.at, one.state, one.what))),
        waiting=tuple(_waiting(view)),
        problems=snapshot.problems,
        ended_at=snapshot.ended_at,
        clocks=tuple(standings(compiled, snapshot, now)),
        tasks=tuple(_tasks(view)),
        callbacks=tuple(waiting_callbacks(snapshot)),
    )


def waiting_callbacks(snapshot: Snapshot) -> Iterator[OpenCallback]:
    """Every callback that the ticket waits for."""
    for place, callback in callbacks.awaited(snapshot.runs):
        element = None if place.element is None else place.element + 1
        request, until = callback.request, callback.until
        visit = snapshot.visits.get(place.state)
        since = None if visit is None else visit.entered
        yield OpenCallback(place.state, place.index + 1, request, until, callback.answered, element, since)


def _where(view: View) -> Iterator[Where]:
    for state in view.active_in_order:
        visit = view.visits[state]
        title = view.compiled.title_of(state)
        yield Where(state, title, visit.entered, visit.number, visit.cause)


def _choice(view: View, rule: Rule, actor: Actor) -> Choice:
    transition = rule.transition
    held, values = _guard(view, transition.when)
    try:
        permitted = may_send(view, transition, actor)
    except EvaluationFailed:
        permitted = False
    return Choice(
        event=rule.event or "",
        state=rule.source,
        to=transition.to,
        possible=permitted and held is True,
        permitted=permitted,
        by=transition.by or (),
        guard=transition.when,
        guard_holds=held,
        values=values,
        lacks=tuple(name for name in transition.requires if not is_given(view, name)),
        form=transition.form,
        title=transition.title,
        confirm=transition.confirm,
    )


def _guard(view: View, guard: str | None) -> tuple[bool | None, dict[str, Json]]:
    if guard is None:
        return True, {}
    names = compile_expression(guard, view.compiled.scope).names
    values = {name: lookup(view, name) for name in sorted(names) if not name.startswith(("tables.", "__"))}
    try:
        return evaluate(view, guard) is True, values
    except EvaluationFailed:
        return None, values


def _approvals(view: View) -> Iterator[OpenApproval]:
    for state, approval in approvals.open_in(view):
        yield OpenApproval(
            state=state,
            stage=approval.stage,
            required=approval.required,
            approved=_with_vote(approval.requests, "approve"),
            rejected=_with_vote(approval.requests, "reject"),
            open=_with_vote(approval.requests, None),
            expires=approval.expires,
            asked=approval.asked,
            moved=tuple(StandIn(one.person, one.asked_for, one.why) for one in approval.requests if one.why),
            lacking=max(0, approval.required - reachable(approval.requests)) if approval.asked else 0,
            title=view.compiled.title_of(state),
            visit=approval.visit,
            round=approval.round,
            stage_id=stage if isinstance(stage := stage_of(view, state, approval.stage), str) else None,
        )


def _tasks(view: View) -> Iterator[OpenTask]:
    for state, task in tasks.open_in(view):
        written = next(one for one in view.compiled.states[state].tasks or () if one.id == task.id)
        left = tuple(item for item in written.checklist if item not in task.checked)
        meant_for = plain(task.meant_for)
        yield OpenTask(state, task.id, written.title, plain(task.assignee), task.due, left, meant_for)


def _with_vote(requests: tuple[ApprovalRequest, ...], vote: str | None) -> tuple[str, ...]:
    return tuple(request.person for request in requests if request.vote == vote)


def _waiting(view: View) -> Iterator[str]:
    for outcome in view.outcomes:
        name = outcome.name if outcome.timer is None else "a timed transition"
        yield f"{name} of {outcome.state} is due, and no transition takes it now"
