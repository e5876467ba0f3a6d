"""Views of what a ticket waits for and which events it takes. Durations are seconds."""

from __future__ import annotations

from pydantic import BaseModel, Field


class ChecklistItemView(BaseModel):
    text: str
    checked: bool = False


class TaskView(BaseModel):
    """A task of the ticket, from the last visit to its state."""

    id: str
    state: str
    title: str
    status: str = Field(description="waiting, open, done, failed, skipped or withdrawn")
    assignee: str | None = Field(default=None, description="a person, `team:x` or `role:x`; absent: anybody's")
    opened_at: str | None = None
    due: str | None = None
    checklist: list[ChecklistItemView] = []
    form: list[str] = Field(default_factory=list, description="fields that may be filled in with it")
    ended_at: str | None = None
    ended_by: str | None = None
    comment: str | None = None


class TaskList(BaseModel):
    items: list[TaskView]


class MyTask(BaseModel):
    """An open task that is yours, or one of a team or role of yours that you can claim."""

    ticket: str
    ticket_title: str
    process: str
    state: str
    task: str
    title: str
    assignee: str | None
    opened_at: str
    due: str | None = None


class MyTasks(BaseModel):
    items: list[MyTask]


class CorrectionView(BaseModel):
    """The true time of a revision, by which service levels are judged."""

    step: int = Field(description="the corrected revision")
    recorded: str
    effective: str
    by: str
    comment: str
    at: str = Field(description="when it was corrected")
    revision: int = Field(description="of the correction itself")


class ServiceLevelView(BaseModel):
    """A service level at the moment of the answer. Durations are working seconds."""

    title: str
    status: str = Field(description="waiting, running, paused, met, breached or canceled")
    target: str | None = Field(default=None, description="the duration that counts now; absent where none does")
    elapsed: int | None = Field(default=None, description="working, unpaused seconds")
    remaining: int | None = Field(default=None, description="negative once the target is passed")
    due: str | None = Field(default=None, description="of a paused clock, as if it continued now")
    breached_at: str | None = None
    next: str | None = Field(default=None, description="the threshold it reaches next, or `due`")
    next_at: str | None = None
    since: str | None = Field(default=None, description="since when it runs, is paused or has ended")
    cause: str = Field(default="", description="what caused that")
    corrections: list[CorrectionView] = Field(default=[], description="corrections of this run")


class WaitingTask(BaseModel):
    """A task that the ticket waits for."""

    state: str
    task: str
    title: str
    assignee: str | None = None
    due: str | None = None
    left: list[str] = Field(default_factory=list, description="items of its checklist that are not ticked")
    meant_for: str | None = Field(default=None, description="whom the assignee stands in for")


class WaitingCallback(BaseModel):
    """A callback that the ticket waits for."""

    state: str
    step: int = Field(description="of the state's automation, from 1")
    request: str | None = Field(
        default=None,
        description="the request to the other system, `POST https://ci.example.com/jobs`; only for those who may "
        "complete the run and from whom no field is hidden",
    )
    since: str | None = Field(default=None, description="when the ticket entered the state")
    until: str = Field(description="from then on a callback is too late")
    answered: bool = Field(description="false until the request itself is answered")
    element: int | None = Field(default=None, description="with `each`: the place in its list, from 1")


class ServiceLevelNow(BaseModel):
    """A service level with its next threshold. Durations are working seconds."""

    name: str
    title: str
    status: str
    target: str | None = None
    elapsed: int | None = None
    remaining: int | None = None
    due: str | None = Field(default=None, description="of a paused clock, as if it continued now")
    breached_at: str | None = None
    threshold: str | None = Field(default=None, description="the next threshold; `due` for the due time itself")
    threshold_at: str | None = None
    since: str | None = Field(default=None, description="since when it runs, is paused or has ended")
    cause: str = Field(default="", description="what caused that")
    corrections: list[CorrectionView] = Field(default=[], description="corrections of this run")


class ComingView(BaseModel):
    """What happens by time, unless somebody acts before."""

    at: str
    what: str
    state: str


class LedgerLine(BaseModel):
    """One interval of a service level's run."""

    kind: str = Field(description="running, paused, or away: outside its states, and back later")
    step: int | None = Field(default=None, description="the revision that began it")
    recorded: str | None = Field(
        default=None, description="when that revision was recorded, where its time was corrected"
    )
    start: str
    end: str
    cause: str
    working: int = Field(description="working seconds of the interval")
    actual: int = Field(description="all seconds of the interval")


class LedgerView(BaseModel):
    """Every interval of the run that counts; they add up to the second."""

    name: str
    status: str
    items: list[LedgerLine]
    corrections: list[CorrectionView] = Field(default=[], description="corrections of this run")


class AllowedEvent(BaseModel):
    """An event that you could send now, with what its form needs."""

    event: str
    title: str | None = None
    confirm: str | None = Field(default=None, description="what to ask before it is sent")
    form: list[str] = Field(default=[], description="fields that it may carry, `comment` and `assignee` among them")
    lacks: list[str] = Field(default=[], description="required fields without a value")


class Allowed(BaseModel):
    """The events that you could send now, innermost state first, in document order."""

    events: list[str]
    items: list[AllowedEvent] = Field(default=[], description="the same events, by the transition that is tried first")
