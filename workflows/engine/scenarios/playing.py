"""Playing a scenario at a desk: step by step, each held against what the scenario says of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from definitions.breadcrumb import crumb
from definitions.calendars import compile_calendar
from definitions.pinned import DAY
from definitions.problems import Path
from definitions.schema.model import Json
from definitions.schema.scenario import Expect, Refused, Scenario, ScenarioStep
from definitions.source import TOP, Source
from definitions.times import to_text
from workflows.engine import business_time
from workflows.engine.events import (
    ENGINE,
    Actor,
    Claim,
    Comment,
    CompleteRun,
    Delegate,
    Edit,
    Open,
    Send,
    UpdateTask,
    Vote,
)
from workflows.engine.result import Refusal
from workflows.engine.scenarios.core_desk import CoreDesk
from workflows.engine.scenarios.desk import Desk, Sent
from workflows.engine.scenarios.differences import beside, shown
from workflows.engine.scenarios.expectations import Found, mismatches
from workflows.engine.scenarios.references import dangling
from workflows.engine.scenarios.result import Failure, ScenarioResult
from workflows.engine.scenarios.setting import Setting
from workflows.engine.snapshot import Instant

_LONG = 20 * 366 * DAY


def run_scenario(scenario: Scenario, setting: Setting, source: Source | None = None) -> ScenarioResult:
    """Plays a scenario on the pure core. Raises ValueError where a calendar of the organization can't be compiled."""
    return play(scenario, setting, CoreDesk(setting), source)


def play(scenario: Scenario, setting: Setting, desk: Desk, source: Source | None = None) -> ScenarioResult:
    """Plays a scenario at a desk; ``source`` says where its steps stand. A failed step is the last one played."""
    return _Play(scenario, setting, desk, source).result()


class _Play:
    """One scenario on its way."""

    def __init__(self, scenario: Scenario, setting: Setting, desk: Desk, source: Source | None) -> None:
        self._scenario = scenario
        self._setting = setting
        self._desk = desk
        self._source = source
        self._now: Instant = setting.now
        self._opened = False
        self._steps = 0
        self._seen = 0
        """Notices that an ``expect`` has looked at."""

    def result(self) -> ScenarioResult:
        failures = tuple(self._failure(one.path, one.text) for one in dangling(self._scenario, self._setting))
        failures = failures or self._play()
        return ScenarioResult(
            scenario=self._scenario.scenario,
            file=self._source.file if self._source else "",
            failures=failures,
            steps=self._steps,
            snapshot=self._desk.snapshot() if self._opened else None,
            timeline=tuple(self._desk.timeline()) if self._opened else (),
            notices=tuple(self._desk.notices()) if self._opened else (),
        )

    def _play(self) -> tuple[Failure, ...]:
        given = self._scenario.given
        refusal = self._open(given.fields)
        self._opened = refusal is None
        failures = tuple(self._judged(("given",), given.refused, refusal))
        for index, step in enumerate(self._scenario.steps):
            if failures:
                break
            self._steps += 1
            path: Path = ("steps", index)
            if not self._opened:
                return (self._failure(path, "no ticket was opened, so that nothing can follow"),)
            failures = tuple(self._step(path, step))
        return failures

    def _open(self, fields: dict[str, Json]) -> Refusal | None:
        refusal = self._refused_by_the_edge(fields)
        key = f"{self._setting.process.prefix}-1"
        actor = self._actor(None)
        return refusal or self._desk.open(Open(key, actor, fields, self._setting.facts(fields)))

    def _step(self, path: Path, step: ScenarioStep) -> Iterator[Failure]:
        if step.expect is not None:
            yield from self._expect((*path, "expect"), step.expect, self._actor(step.as_))
        elif step.wait is not None:
            yield from self._advance((*path, "wait"), self._after(step.wait))
        elif step.until is not None:
            yield from self._advance((*path, "until"), step.until)
        else:
            refusal = self._refused_by_the_edge({**(step.edit or {}), **step.with_})
            refusal = refusal or self._desk.take(self._event(step))
            yield from self._judged((*path, step.action), step.refused, refusal)

    def _event(self, step: ScenarioStep) -> Sent:
        actor, facts = self._actor(step.as_), self._setting.facts
        match step:
            case ScenarioStep(send=str(name)):
                return Send(name, actor, step.with_, services=facts(step.with_))
            case ScenarioStep(edit=dict(fields)):
                return Edit(actor, fields, facts(fields))
            case ScenarioStep(comment=remark) if remark is not None:
                return Comment(actor, remark.text, remark.internal)
            case ScenarioStep(approve=vote) if vote is not None:
                return Vote(actor, "approve", vote.comment)
            case ScenarioStep(reject=vote) if vote is not None:
                return Vote(actor, "reject", vote.comment)
            case ScenarioStep(delegate=delegation) if delegation is not None:
                return Delegate(actor, delegation.to)
            case ScenarioStep(claim=claim) if claim is not None:
                return Claim(actor)
            case ScenarioStep(task=task) if task is not None:
                why = task.failed if isinstance(task.failed, str) else None
                result: Literal["done", "failed"] = "done" if task.done else "failed"
                return UpdateTask(actor, task.id, result, (), step.with_, why, facts(step.with_))
            case ScenarioStep(complete_run=run) if run is not None:
                by = self._setting.actor(step.as_ or ENGINE.id)  # it stands in for the automation
                return CompleteRun(by, run.state, run.done or {}, run.failed)
            case _:
                raise AssertionError(f"a step {step.action!r} was let in")

    def _actor(self, name: str | None) -> Actor:
        return self._setting.actor(name or self._scenario.given.as_ or "")

    def _refused_by_the_edge(self, fields: dict[str, Json]) -> Refusal | None:
        """The edge lets nobody write a person, team or service that the organization does not have."""
        wrong = self._setting.unknown(fields)
        return Refusal("invalid_fields", "; ".join(wrong.values()), tuple(wrong)) if wrong else None

    def _after(self, duration: str) -> Instant:
        """Exact time; days by the organization's wall clock."""
        try:
            return business_time.add(self._setting.compiled.zone, self._now, duration)
        except business_time.BeyondHorizon as beyond:
            until = max(beyond.needed_until, self._now) + _LONG
            always = compile_calendar(self._setting.organization, "always", self._now - DAY, until)
            return business_time.add(always, self._now, duration)

    def _advance(self, path: Path, instant: Instant) -> Iterator[Failure]:
        if instant < self._now:
            yield self._failure(path, f"{to_text(instant)} is past: it is {to_text(self._now)}")
            return
        self._desk.advance_to(instant)
        self._now = instant

    def _expect(self, path: Path, expect: Expect, actor: Actor) -> Iterator[Failure]:
        told = self._desk.notices()
        new, self._seen = told[self._seen :], len(told)
        found = Found(self._setting, self._desk.snapshot(), actor, self._now, new)
        for mismatch in mismatches(expect, found):
            yield self._failure((*path, *mismatch.path), mismatch.text)

    def _judged(self, path: Path, expected: Refused | None, refusal: Refusal | None) -> Iterator[Failure]:
        if expected is None:
            if refusal is not None:
                yield self._failure(path, f"refused: {_said(refusal)}")
            return
        where: Path = (*path[:2], "refused") if path[0] == "steps" else (*path, "refused")
        if refusal is None:
            yield self._failure(where, beside(f"refused with {expected.code}", "it was taken"))
            return
        for key in ("code", "fields", "allowed", "reason"):
            wanted, found = getattr(expected, key), getattr(refusal, key)
            if wanted is not None and wanted != found:
                text = beside(shown(wanted), _said(refusal) if key == "code" else shown(found))
                yield self._failure((*where, key), text)

    def _failure(self, path: Path, text: str) -> Failure:
        """At the value that is meant; ``as`` may stand inside the step's action."""
        source = self._source
        if source is None:
            return Failure("", TOP.line, TOP.column, crumb(path), text)
        if path[0] == "steps" and path[-1] == "as" and path not in source.values:
            index = int(path[1])
            path = (*path[:2], self._scenario.steps[index].action, "as")
        mark = source.at(path)
        return Failure(source.file, mark.line, mark.column, crumb(path), text)


def _said(refusal: Refusal) -> str:
    fields = f" [{', '.join(refusal.fields)}]" if refusal.fields else ""
    return f"{refusal.code}{fields}: {refusal.reason}"
