"""What a ticket waits for, and what can be sent to it, as the edges show it. Lengths are seconds."""

from __future__ import annotations

from pydantic import BaseModel, Field


class ChecklistItemView(BaseModel):
    text: str
    checked: bool = False


class TaskView(BaseModel):
    """A task of the ticket, of the last visit to its state."""

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
    """A step that has really happened at another time, by which service levels are judged."""

    step: int = Field(description="its revision")
    recorded: str
    effective: str
    by: str
    comment: str
    at: str = Field(description="when it was corrected")
    revision: int = Field(description="of the correction, which the timeline tells")


class ServiceLevelView(BaseModel):
    """A service level at the moment of the answer. Lengths are working seconds."""

    title: str
    status: str = Field(description="waiting, running, paused, met, breached or canceled")
    target: str | None = Field(default=None, description="the duration that counts now; absent where none does")
    elapsed: int | None = Field(default=None, description="working, unpaused seconds")
    remaining: int | None = Field(default=None, description="negative once the target is passed")
    due: str | None = Field(default=None, description="of a paused clock as if it went on now")
    breached_at: str | None = None
    next: str | None = Field(default=None, description="the threshold it reaches next, or `due`")
    next_at: str | None = None
    since: str | None = Field(default=None, description="since when it runs, is paused, or is over")
    cause: str = Field(default="", description="what began that")
    corrections: list[CorrectionView] = Field(default=[], description="corrected steps of this run")


class WaitingTask(BaseModel):
    """A task that is waited for."""

    state: str
    task: str
    title: str
    assignee: str | None = None
    due: str | None = None
    left: list[str] = Field(default_factory=list, description="items of its checklist that are not ticked")
    meant_for: str | None = Field(default=None, description="whom the assignee stands in for")


class WaitingCallback(BaseModel):
    """A callback that is waited for."""

    state: str
    step: int = Field(description="of the state's automation, from 1")
    request: str = Field(description="what was asked of the other side: `POST https://ci.example.com/jobs`")
    until: str = Field(description="from then on it is too late")
    answered: bool = Field(description="the request was answered; false while it is still on its way")
    element: int | None = Field(default=None, description="with `each`: the place in its list, from 1")


class ServiceLevelNow(BaseModel):
    """A service level, and what it reaches next. Lengths are working seconds."""

    name: str
    title: str
    status: str
    target: str | None = None
    elapsed: int | None = None
    remaining: int | None = None
    due: str | None = Field(default=None, description="of a paused clock as if it went on now")
    breached_at: str | None = None
    threshold: str | None = Field(default=None, description="what it reaches next; `due` for the due time itself")
    threshold_at: str | None = None
    since: str | None = Field(default=None, description="since when it runs, is paused, or is over")
    cause: str = Field(default="", description="what began that")
    corrections: list[CorrectionView] = Field(default=[], description="corrected steps of this run")


class ComingView(BaseModel):
    """What time will do, if nobody does anything before."""

    at: str
    what: str
    state: str


class LedgerLine(BaseModel):
    """One stretch of a service level's run."""

    kind: str = Field(description="running, paused, or away: outside of it, and come back")
    step: int | None = Field(default=None, description="the revision of the step that began it")
    recorded: str | None = Field(default=None, description="when that step was taken, where its time was corrected")
    start: str
    end: str
    cause: str
    working: int = Field(description="working seconds of the stretch")
    actual: int = Field(description="all its seconds")


class LedgerView(BaseModel):
    """Every stretch of the run that counts; adds up to the second."""

    name: str
    status: str
    items: list[LedgerLine]
    corrections: list[CorrectionView] = Field(default=[], description="corrected steps of this run")


class AllowedEvent(BaseModel):
    """An event that you could send now, with what a form for it needs to know."""

    event: str
    title: str | None = None
    confirm: str | None = Field(default=None, description="what to ask before it is sent")
    form: list[str] = Field(default=[], description="fields that it may carry, `comment` and `assignee` among them")
    lacks: list[str] = Field(default=[], description="required, and without a value")


class Allowed(BaseModel):
    """What you could send now, innermost state first, in document order."""

    events: list[str]
    items: list[AllowedEvent] = Field(default=[], description="the same events, by the transition that is tried first")
