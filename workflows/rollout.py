"""A rollout in waves: deploy, health gate, bake; rolled back in reverse order when a wave is unhealthy or aborted.

A saga over targets, which YAML can't express well. A rollout is the child of a release, ``child: {workflow: rollout,
with: {…}}``. The release alone steers it, by the events ``pause``, ``resume``, ``abort`` and ``cancel``. Each action of
the organization has an idempotency key, so that it takes effect once however often its worker dies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, FailureError
from temporalio.workflow import ActivityCancellationType

with workflow.unsafe.imports_passed_through():
    from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

    from definitions.durations import parse_duration
    from definitions.people.directory import ENGINE
    from definitions.schema.model import Json
    from definitions.text.invalid_values import reason
    from workflows.contracts import AUTOMATE, AutomateRequest, AutomateResult
    from workflows.engine.model.automation import CallAction
    from workflows.engine.model.events import ChildEnded, Send
    from workflows.ticket.messages import Answer, EventEnvelope, WorkflowInput
    from workflows.ticket.names import ANSWER, CHILD_ENDED, EVENT, workflow_id

NAME = "rollout"
PROGRESS = "progress"
"""The query for the progress."""
ROLL_BACK_ATTEMPTS = 10
"""More attempts than a deployment gets: a target that can't be rolled back needs a person."""

MOST_TARGETS = 1_000
"""Targets of one rollout, deployed and, if need be, rolled back: one history holds them with room to spare."""
LONGEST = 366 * 86_400
"""The longest bake or timeout, in seconds."""
ENDS = ("completed", "rolled_back", "not_rolled_back", "invalid")


def _length(text: str) -> str:
    if parse_duration(text).nominal_seconds > LONGEST:
        raise ValueError(f"{text!r} is longer than a year")
    return text


def _some_time(text: str) -> str:
    if parse_duration(text).nominal_seconds == 0:
        raise ValueError("the timeout of an attempt can't be zero")
    return text


Length = Annotated[str, AfterValidator(_length)]


class Wave(BaseModel):
    """Targets that are deployed one after another, then checked together."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=100)
    targets: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = Field(min_length=1)


class Plan(BaseModel):
    """The plan of a rollout, its ``with``. Actions are named; the organization provides them (docs/rollout.md)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    service: str | None = None
    build: str | None = None
    waves: tuple[Wave, ...] = Field(min_length=1)
    bake: Length = "0s"
    """How long a wave is observed before its second health check; exact time."""
    deploy: str = "deploy"
    health: str = "check_health"
    roll_back: str = "roll_back"
    timeout: Annotated[Length, AfterValidator(_some_time)] = "10m"
    """The timeout of one attempt of an action."""
    retry: int = Field(default=3, ge=0, le=100)
    report: str | None = None
    """An event that the release gets after each wave, with a ``comment``."""

    @model_validator(mode="after")
    def _each_once(self) -> Plan:
        """Idempotency keys hold the target or wave: a name that stands twice would be taken for done."""
        targets = [target for wave in self.waves for target in wave.targets]
        twice = sorted({name for names in ([one.name for one in self.waves], targets) for name in _repeated(names)})
        if twice:
            raise ValueError(f"each wave and each target may be named once, but {', '.join(twice)} is repeated")
        if len(targets) > MOST_TARGETS:
            raise ValueError(f"{len(targets)} targets: a rollout takes {MOST_TARGETS} at most")
        return self


class Progress(BaseModel):
    """The progress of a rollout: the answer to its query, and its result."""

    phase: str = "waiting"
    """waiting, deploying, checking, baking, paused, rolling_back; then one of ``ENDS``."""
    wave: str | None = None
    deployed: tuple[str, ...] = ()
    """Targets on the new version, in the order of their deployment."""
    rolled_back: tuple[str, ...] = ()
    stuck: tuple[str, ...] = ()
    """Targets that could not be rolled back."""
    reason: str | None = None
    """Why it was rolled back or never began, and which targets could not be rolled back."""


class NotHealthyError(Exception):
    """The rollout must be rolled back; the text gives the reason."""


@workflow.defn(name=NAME)
class Rollout:
    """One rollout. It ends as ``completed``, ``rolled_back``, ``not_rolled_back`` or ``invalid``."""

    @workflow.init
    def __init__(self, given: WorkflowInput) -> None:
        self._given = given
        self._progress = Progress()
        self._paused = False
        self._aborted: str | None = None

    @workflow.run
    async def run(self, given: WorkflowInput) -> Progress:
        """Rolls out, or back, and signals the end to the parent."""
        try:
            plan = Plan.model_validate(dict(given.fields))
        except ValidationError as error:
            return await self._end("invalid", _problems_in(error))
        try:
            for wave in plan.waves:
                await self._roll_out(plan, wave)
            await self._clear_to_go_on()  # an abort during the last report rolls back as well
        except NotHealthyError as reason:
            return await self._go_back(plan, str(reason))
        return await self._end("completed", None)

    @workflow.signal(name=EVENT)
    async def steer(self, envelope: EventEnvelope) -> None:
        """Takes ``pause``, ``resume``, ``abort`` or ``cancel`` from the release, and answers whether it was taken."""
        refused = self._take(envelope)
        if envelope.answer_to is not None:
            await self._signal(envelope.answer_to.ticket, ANSWER, Answer(envelope.answer_to.id, refused))

    @workflow.query(name=PROGRESS)
    def progress(self) -> Progress:
        """The progress so far."""
        paused = self._paused and self._progress.phase in ("waiting", "deploying", "checking", "baking")
        return self._progress.model_copy(update={"phase": "paused"} if paused else {})

    def _take(self, envelope: EventEnvelope) -> str | None:
        name = envelope.body.get("name")
        actor = envelope.body.get("actor")
        of_engine = envelope.kind == "send" and isinstance(actor, dict) and actor.get("id") == ENGINE.id
        if not of_engine or envelope.body.get("sender") != self._given.parent.key:
            return "not_permitted: a rollout is steered through its release"
        if self._progress.phase in ENDS:
            return "ended: the rollout is over"
        if self._progress.phase == "rolling_back" or self._aborted:
            return "guard_failed: the rollout is being rolled back"
        match name:
            case "pause" | "resume":
                self._paused = name == "pause"
            case "abort" | "cancel":
                self._aborted = f"the release has sent {name}"
            case _:
                return f"unknown_event: a rollout takes pause, resume, abort and cancel, not {name!r}"
        return None

    async def _roll_out(self, plan: Plan, wave: Wave) -> None:
        """One wave. Raises NotHealthyError."""
        for target in wave.targets:
            await self._clear_to_go_on()
            self._say(phase="deploying", wave=wave.name)
            # Listed before its deployment: a half-deployed target must be rolled back as well.
            self._say(deployed=(*self._progress.deployed, target))
            await self._act(plan, plan.deploy, f"{target}:deploy", target=target)
        await self._check(plan, wave, "deployed")
        await self._bake(plan)
        await self._check(plan, wave, "baked")
        await self._report(plan, wave)

    async def _clear_to_go_on(self) -> None:
        """Waits while the rollout is paused. Raises NotHealthyError once it is aborted."""
        await workflow.wait_condition(lambda: not self._paused or self._aborted is not None)
        if self._aborted:
            raise NotHealthyError(self._aborted)

    async def _check(self, plan: Plan, wave: Wave, when: str) -> None:
        await self._clear_to_go_on()
        self._say(phase="checking")
        verdict = await self._act(plan, plan.health, f"{wave.name}:health:{when}", targets=list(wave.targets))
        if not isinstance(verdict, dict) or verdict.get("healthy") is not True:
            reason = verdict.get("reason") if isinstance(verdict, dict) else None
            raise NotHealthyError(f"wave {wave.name} is not healthy: {reason or 'no reason was given'}")

    async def _bake(self, plan: Plan) -> None:
        seconds = parse_duration(plan.bake).nominal_seconds
        if seconds == 0:
            return
        self._say(phase="baking")
        try:
            await workflow.wait_condition(lambda: self._aborted is not None, timeout=timedelta(seconds=seconds))
        except TimeoutError:
            return

    async def _act(self, plan: Plan, action: str, step: str, **inputs: Json) -> Json:
        """The result of an action. Raises NotHealthyError where all its attempts have failed, or on an abort."""
        doing = self._attempt(plan, action, step, plan.retry + 1, inputs)
        # The running attempt ends first, so that no target is rolled back while it is being deployed.
        await workflow.wait_condition(lambda: doing.done() or self._aborted is not None)
        if not doing.done():
            doing.cancel()
        try:
            answer = await doing
        except ActivityError as failure:
            raise NotHealthyError(self._aborted or f"{action} failed: {_cause(failure)}") from failure
        return answer.value

    def _attempt(
        self, plan: Plan, action: str, step: str, attempts: int, inputs: dict[str, Json]
    ) -> workflow.ActivityHandle[AutomateResult]:
        seconds = parse_duration(plan.timeout).nominal_seconds
        told = {"version": plan.version, "service": plan.service, "build": plan.build, **inputs}
        request = AutomateRequest(f"{self._given.key}:{step}", CallAction(action, told), seconds, self._given.key, NAME)
        return workflow.start_activity(
            AUTOMATE,
            request,
            result_type=AutomateResult,
            start_to_close_timeout=timedelta(seconds=seconds),
            retry_policy=RetryPolicy(maximum_attempts=attempts, maximum_interval=timedelta(minutes=1)),
            cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        )

    async def _go_back(self, plan: Plan, reason: str) -> Progress:
        """Rolls every target back, the last target first; a target that fails does not stop the others."""
        self._say(phase="rolling_back", reason=reason)
        for target in reversed(self._progress.deployed):
            try:
                await self._attempt(plan, plan.roll_back, f"{target}:roll_back", ROLL_BACK_ATTEMPTS, {"target": target})
            except ActivityError as failure:
                reason += f"; {target} could not be rolled back: {_cause(failure)}"
                self._say(stuck=(*self._progress.stuck, target), reason=reason)
            else:
                self._say(rolled_back=(*self._progress.rolled_back, target))
        return await self._end("not_rolled_back" if self._progress.stuck else "rolled_back", reason)

    async def _report(self, plan: Plan, wave: Wave) -> None:
        if plan.report is None:
            return
        done = f"{len(self._progress.deployed)} of {sum(len(one.targets) for one in plan.waves)} targets"
        fields: dict[str, Json] = {"comment": f"Wave {wave.name} is healthy: {done} are on {plan.version}"}
        event = Send(plan.report, ENGINE, fields, sender=self._given.key)
        key = f"engine:{self._given.key}:{wave.name}:report"
        await self._signal(self._given.parent.key, EVENT, EventEnvelope.of(event, key=key))

    async def _end(self, phase: str, reason: str | None) -> Progress:
        self._say(phase=phase, reason=reason)
        parent = self._given.parent
        if parent.place is not None:
            ended = ChildEnded(parent.place, self._given.key, phase, failed=phase != "completed", reason=reason)
            await self._signal(parent.key, CHILD_ENDED, ended)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._progress

    async def _signal(self, ticket: str, name: str, message: object) -> None:
        """Signals a ticket; a ticket that has ended needs no signal."""
        try:
            await workflow.get_external_workflow_handle(workflow_id(ticket)).signal(name, message)
        except FailureError:
            workflow.logger.info("the release has ended: it does not get the signal %s", name)

    def _say(self, **changes: object) -> None:
        self._progress = self._progress.model_copy(update=changes)


def _repeated(names: list[str]) -> set[str]:
    return {name for name, times in Counter(names).items() if times > 1}


def _problems_in(error: ValidationError) -> str:
    return "; ".join(_lines(error))


def _lines(error: ValidationError) -> Iterator[str]:
    for one in error.errors(include_input=False):
        yield ": ".join(filter(None, (".".join(map(str, one["loc"])), reason(one))))


def _cause(failure: ActivityError) -> str:
    cause = failure.cause
    return str(getattr(cause, "message", None) or cause or failure.message)
