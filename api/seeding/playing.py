"""One ticket of the month, and what its people do next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from api.seeding.habits import HOUR, Act, DrawnPerson, Fields, Story, drawn
from api.seeding.world import MonthWorld
from definitions.calendars import CompiledCalendar
from definitions.schema.model import Json
from definitions.times import Instant
from workflows.engine.business_time import add_seconds
from workflows.engine.model.approval import ApprovalRequest, ApprovalState
from workflows.engine.model.events import Comment, Send, UpdateTask, Vote
from workflows.engine.model.task import TaskState
from workflows.ticket.messages import Sent, TicketInput
from workflows.ticket.state import TicketState

NOTHING = Story("", 0, "everyone", {}, ())
APPROVING, REJECTING = "Fine with me.", "Not in this form: say what happens when it goes wrong."
DOING, FAILING = "Done.", "It can't be done as it is written."
DECISION_HOURS = (0.3, 14.0)
TASK_HOURS = (0.3, 9.0)
TASK_FAILS = 0.04


@dataclass(frozen=True, slots=True)
class Intent:
    """The next action of a person, and its time."""

    at: Instant
    event: Sent


class MonthTicket:
    """A ticket with the people around it."""

    def __init__(
        self, given: TicketInput, now: Instant, world: MonthWorld, story: Story | None, calendar: CompiledCalendar
    ) -> None:
        self.state = TicketState(given, now)
        self.told: set[tuple[str, str]] = set()
        """Ends of links that were notified of the ticket's end."""
        self._world = world
        self._story = story or NOTHING
        self._calendar = calendar
        self._intent: Intent | None = None
        self._place: object = None

    @property
    def key(self) -> str:
        return self.state.key

    @property
    def wake(self) -> Instant | None:
        """The next moment at which time or a person acts, UTC seconds."""
        times = (self.state.next_deadline(), self._intent.at if self._intent else None)
        return min((at for at in times if at is not None), default=None)

    def act(self, now: Instant) -> None:
        """Fires what is due at ``now``, then takes the intended action of a person; a refusal changes nothing."""
        self.state.advance(now)
        if self._intent is not None and self._intent.at <= now:
            event, self._intent, self._place = self._intent.event, None, None
            self.state.apply(event, now)

    def look(self, random: Random, now: Instant) -> None:
        """Lets people decide on their next action, once for each situation of the ticket."""
        snapshot = self.state.snapshot
        if self.state.ended:
            self._intent = None
            return
        visits = tuple(snapshot.visits[state].number for state in snapshot.configuration)
        waiting = (tuple(self._asked()), tuple(one for one, _ in self._open_tasks()))
        place = (snapshot.configuration, visits, snapshot.assignee, waiting)
        if place != self._place:
            self._place = place
            self._intent = self._decide(random, now)

    def _decide(self, random: Random, now: Instant) -> Intent | None:
        asked, tasks = tuple(self._asked()), tuple(self._open_tasks())
        if asked:
            return self._vote(random, asked, now)
        if tasks:
            return self._work(random, *random.choice(tasks), now)
        here = self.state.leaves(self.state.snapshot)
        acts = [act for state in here for act in self._story.acts.get(state, ())]
        if not acts:
            return None
        act = random.choices(acts, [one.weight for one in acts])[0]
        return self._do(random, act, now) if act.event else None

    def _asked(self) -> Iterator[tuple[str, ApprovalState, ApprovalRequest]]:
        snapshot = self.state.snapshot
        for state, approval in snapshot.approvals.items():
            if state in snapshot.configuration and approval.outcome is None:
                yield from (
                    (state, approval, one) for one in approval.requests if one.vote is None and not one.veto_only
                )

    def _vote(
        self, random: Random, asked: tuple[tuple[str, ApprovalState, ApprovalRequest], ...], now: Instant
    ) -> Intent:
        state, approval, request = random.choice(asked)
        approves = random.random() < self._story.approves
        actor = self._world.actor(request.person)
        vote = Vote(
            actor,
            "approve" if approves else "reject",
            APPROVING if approves else REJECTING,
            state,
            stage=approval.stage,
        )
        return Intent(self._after(random, now, DECISION_HOURS), vote)

    def _open_tasks(self) -> Iterator[tuple[TaskState, str]]:
        """Open tasks, each with its principal."""
        snapshot = self.state.snapshot
        for state, tasks in snapshot.tasks.items():
            for task in tasks if state in snapshot.configuration else ():
                bound = snapshot.assignee if task.assignee == "assignee" else task.assignee
                if task.status == "open" and bound:
                    yield task, bound

    def _work(self, random: Random, task: TaskState, bound: str, now: Instant) -> Intent | None:
        people = self._people(bound)
        if not people:
            return None
        fails = random.random() < TASK_FAILS
        actor, checked = self._world.actor(random.choice(people)), self._checklist(task)
        event = UpdateTask(actor, task.id, "failed" if fails else "done", checked, comment=FAILING if fails else DOING)
        return Intent(self._after(random, now, TASK_HOURS), event)

    def _checklist(self, task: TaskState) -> tuple[str, ...]:
        states = self.state.compiled.states.values()
        written = (one for state in states for one in state.tasks or () if one.id == task.id)
        return tuple(item for one in written for item in one.checklist)

    def _do(self, random: Random, act: Act, now: Instant) -> Intent | None:
        people = self._people(act.by)
        if not people:
            return None
        actor, at = self._world.actor(random.choice(people)), self._after(random, now, act.hours)
        fields = self._drawn(random, act.fields, at)
        if act.event == "comment":
            return Intent(at, Comment(actor, str(fields["comment"])))
        facts = self._world.facts(self.state.snapshot.process, fields)
        return Intent(at, Send(act.event, actor, fields, services=facts))

    def _drawn(self, random: Random, fields: Fields, now: Instant) -> dict[str, Json]:
        found: dict[str, Json] = {}
        for name, value in drawn(random, fields, now).items():
            if not isinstance(value, DrawnPerson):
                found[name] = value
            elif people := self._people(value.of):
                found[name] = random.choice(people)
        return found

    def _people(self, who: str) -> tuple[str, ...]:
        return self._world.people_of(self.state.compiled.process, self.state.snapshot, who)

    def _after(self, random: Random, now: Instant, hours: tuple[float, float]) -> Instant:
        seconds = int(random.uniform(*hours) * HOUR)
        return max(now + 1, add_seconds(self._calendar, now, seconds))
