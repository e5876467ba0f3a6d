"""The events that the steps of a scenario send to its ticket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from definitions.people.directory import ENGINE, Actor
from definitions.people.references import there_is_no, values
from definitions.schema.model import Json
from definitions.schema.scenario import ScenarioStep, TaskResult, VoteStep
from definitions.times import Instant
from workflows.engine.model.automation import Place
from workflows.engine.model.events import (
    CalledBack,
    ChildEnded,
    Claim,
    ClaimTask,
    Comment,
    CompleteRun,
    Correct,
    Delegate,
    Edit,
    Send,
    UpdateTask,
    Vote,
)
from workflows.engine.model.result import Refusal
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.scenarios.desk import Sent
from workflows.engine.scenarios.setting import Setting
from workflows.engine.step import refused_before_values
from workflows.engine.waiting.callbacks import awaited

NO_STEP = -1
"""The revision of a step that has not been performed."""


def event_of(step: ScenarioStep, actor: Actor, setting: Setting, taken: Mapping[str, int]) -> Sent:
    """The event of a step. ``actor`` performs it, unless the step names another actor.

    ``taken`` has the revisions of earlier steps by name: a correction may name one of them.
    """
    match step:
        case ScenarioStep(send=str(name)):
            return _sent(name, actor, step, setting)
        case ScenarioStep(edit=dict(fields)):
            return Edit(actor, fields, setting.facts(fields))
        case ScenarioStep(comment=remark) if remark is not None:
            return Comment(actor, remark.text, remark.internal)
        case ScenarioStep(approve=vote) if vote is not None:
            return _vote(actor, "approve", vote)
        case ScenarioStep(reject=vote) if vote is not None:
            return _vote(actor, "reject", vote)
        case ScenarioStep(delegate=delegation) if delegation is not None:
            return Delegate(actor, delegation.to, delegation.state)
        case ScenarioStep(correct=correction) if correction is not None:
            named = correction.step
            meant = named if isinstance(named, int) else taken.get(named, NO_STEP)
            return Correct(actor, meant, correction.at, correction.comment)
        case ScenarioStep(claim=claim) if claim is not None:
            return Claim(actor) if claim.task is None else ClaimTask(actor, claim.task)
        case ScenarioStep(task=task) if task is not None:
            said = task.failed if isinstance(task.failed, str) else task.comment
            facts = setting.facts(step.with_)
            return UpdateTask(actor, task.id, _result(task), task.checked, step.with_, said, facts)
        case ScenarioStep(complete_run=run) if run is not None:
            by = setting.actor(step.as_ or ENGINE.id)  # in place of the automation
            return CompleteRun(by, run.state, run.done or {}, run.failed)
        case _:
            raise AssertionError(f"step {step.action!r} sends no event")


def _vote(actor: Actor, decision: Literal["approve", "reject"], vote: VoteStep) -> Vote:
    return Vote(actor, decision, vote.comment, vote.state, vote.visit, vote.round, vote.stage)


def _result(task: TaskResult) -> Literal["done", "failed"] | None:
    if task.done:
        return "done"
    return None if task.failed is None else "failed"


def refused_for_names(event: Sent, setting: Setting, snapshot: Snapshot, now: Instant) -> Refusal | None:
    """The refusal of the edge where people name somebody, or a team or service, that the organization does not have.

    As at the edge, a refusal that no values could avert comes first, and what machines send is not looked up.
    """
    match event:
        case Delegate(to=to):
            nobody = not setting.directory.knows(to)
            return Refusal("invalid_fields", there_is_no("person", [to]), ("to",)) if nobody else None
        case Send() | Edit() | UpdateTask() if setting.directory.knows(event.actor.id):
            wrong = setting.unknown(event.fields)
            if not wrong:
                return None
            first = refused_before_values(setting.compiled, snapshot, event, now)
            return first or Refusal("invalid_fields", "; ".join(wrong.values()), tuple(wrong))
        case _:
            return None


def called_back(step: ScenarioStep, snapshot: Snapshot) -> CalledBack | Refusal:
    """The callback to the first request that waits for one; a refusal if none does."""
    told = step.callback
    assert told is not None, "a step without a callback"  # noqa: S101  (the caller looked)
    if snapshot.ended_at is not None:
        return Refusal("ended", f"{snapshot.key} has ended")
    place = next((place for place, _ in awaited(snapshot.runs) if place.state == told.state), None)
    if place is None:
        return Refusal("not_open", f"nothing in {told.state!r} waits for a callback")
    return CalledBack(place, told.done, told.failed)


def _sent(name: str, actor: Actor, step: ScenarioStep, setting: Setting) -> Send:
    """An event of the engine is sent by another ticket: ``ticket`` and ``state``, which are not fields, name it."""
    fields = dict(step.with_)
    sender, state = (fields.pop(key, None) if actor == ENGINE else None for key in ("ticket", "state"))
    facts = setting.facts(fields)
    return Send(name, actor, fields, step.data, facts, sender=_text(sender), sender_state=_text(state))


def _text(value: Json) -> str | None:
    return None if value is None else str(value)


def end_of_child(step: ScenarioStep, snapshot: Snapshot, setting: Setting) -> ChildEnded | Refusal:
    """The end of the first open child of the state that the step names; a refusal if none is open."""
    end = step.child
    assert end is not None, "a step without a child"  # noqa: S101  (the caller looked)
    if snapshot.ended_at is not None:
        return Refusal("ended", f"{snapshot.key} has ended")
    family = snapshot.families.get(end.state)
    still = [one for one in family.children if one.failed is None and one.key] if family else []
    if family is None or not still:
        return Refusal("not_open", f"no child of {end.state!r} is open")
    failed = end.failed if end.failed is not None else is_failure(setting, end.state, end.ended)
    return ChildEnded(Place(end.state, family.visit, still[0].index), str(still[0].key), end.ended, failed)


def end_of_links(ended: ChildEnded, snapshot: Snapshot, setting: Setting) -> tuple[Send, ...]:
    """The events ``ended.<link>`` for each of the ticket's links to the child, besides the end of the child itself."""
    links = (name for name, spec in setting.process.fields.items() if spec.type == "ticket")
    pointing = (name for name in links if ended.key in values(snapshot.fields.get(name)))
    return tuple(Send(f"ended.{name}", ENGINE, sender=ended.key, sender_state=ended.state) for name in pointing)


def is_failure(setting: Setting, state: str, ended: str) -> bool:
    """Whether a child that ends in this state has failed, by its own process; False if that process is unknown."""
    block = dict(setting.process.walk())[state].child
    child = setting.known(block.process) if block and block.process else None
    found = dict(child.walk()).get(ended) if child else None
    return found is not None and found.final == "failed"
