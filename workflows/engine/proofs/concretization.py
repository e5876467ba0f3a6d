"""Concretization: an abstract path, played on the core with people and values of the organization, as a scenario."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from definitions.schema.model import Json
from definitions.schema.scenario import Scenario
from definitions.times import to_text
from workflows.engine.deadlines import next_deadline
from workflows.engine.proofs.domains import ASSIGNEE, is_finite
from workflows.engine.proofs.paths import ANYTHING, PathStep
from workflows.engine.scenarios import ScenarioResult, Setting, run_scenario

DAY = 86_400
MOST_TRIES = 40
"""The votes, tasks or deadlines that are played before a step of the path counts as infeasible."""
_REASON = "As the counterexample has it"
StepData = dict[str, Json]


@dataclass(slots=True)
class Concretization:
    """A scenario that grows by the steps that the core accepts."""

    setting: Setting
    title: str
    opener: str
    people: tuple[str, ...]
    fields: StepData
    steps: list[StepData] = field(default_factory=list)
    samples: int = 1
    """The number of sample values so far: every sample differs from the one before."""

    def data(self, *more: StepData) -> StepData:
        given = {"now": to_text(self.setting.now), "as": self.opener, "fields": self.fields}
        process = self.setting.process.process
        return {"scenario": self.title, "process": process, "given": given, "steps": [*self.steps, *more]}

    def play(self, *more: StepData) -> ScenarioResult:
        return run_scenario(Scenario.model_validate(self.data(*more)), self.setting)

    def leads_to(self, active: Sequence[str], *more: StepData) -> bool:
        """Whether the core accepts these steps and reaches the states of the path; if so, keeps the steps."""
        leaves = [state for state in active if state in self.setting.compiled.chart.leaves]
        here: StepData = {"expect": {"state": leaves[0] if len(leaves) == 1 else leaves}}
        if self.play(*more, here).failures:
            return False
        self.steps += more
        return True

    def add(self, one: PathStep) -> bool:
        """Plays a step of the path; False if the core does not reach the same states."""
        label = one.label
        match label.kind:
            case "open":
                return self.leads_to(one.active)
            case "event":
                return self._by_some_person(one, [{"send": label.name} | form for form in self._forms(one)])
            case "edit":
                return self._by_some_person(one, [{"edit": self._values(one)}])
            case "ending" if label.name in ("approved", "rejected"):
                return self._vote(one)
            case "ending" if label.name in ("done", "failed") and self._tasks(label.state):
                return self._end_tasks(one)
            case "ending" if label.name in ("done", "failed"):
                ended: StepData = {"done": {}} if label.name == "done" else {"failed": _REASON}
                return self._by_some_person(one, [{"complete_run": {"state": label.state} | ended}])
            case "ending" | "timer" | "clock":
                return self._wait(one)
            case "task":
                done = {"task": {"id": label.name, "done": True}, "with": self._values(one)}
                return self._by_some_person(one, [done])
            case "stage":
                return self._vote(one)
            case _:
                return True

    def _by_some_person(self, one: PathStep, steps: Sequence[StepData]) -> bool:
        return any(self.leads_to(one.active, step | {"as": person}) for person in self.people for step in steps)

    def _vote(self, one: PathStep) -> bool:
        decision = "reject" if one.label.name == "rejected" else "approve"
        for _ in range(MOST_TRIES):
            steps: list[StepData] = [
                {decision: {"as": person, "comment": _REASON} | named}
                for named in ({}, self._request(one.label.state))
                for person in self.people
            ]
            if any(self.leads_to(one.active, step) for step in steps):
                return True
            taken = next((step for step in steps if not self.play(step).failures), None)
            if taken is None:
                return False
            self.steps.append(taken)
        return False

    def _request(self, state: str) -> StepData:
        """The names of an open request: a person who has several, or votes again, names the one that they decide."""
        snapshot, block = self.play().snapshot, self.setting.compiled.states[state].approval
        approval = snapshot.approvals.get(state) if snapshot else None
        staged: StepData = {"stage": approval.stage} if approval and block and block.stages else {}
        return {"state": state} | staged

    def _tasks(self, state: str) -> tuple[str, ...]:
        return tuple(task.id for task in self.setting.compiled.states[state].tasks or ())

    def _end_tasks(self, one: PathStep) -> bool:
        result: StepData = {"done": True} if one.label.name == "done" else {"failed": _REASON}
        for _ in range(MOST_TRIES):
            steps: list[StepData] = [
                {"task": {"id": task} | result, "as": person}
                for task in self._tasks(one.label.state)
                for person in self.people
            ]
            if any(self.leads_to(one.active, step) for step in steps):
                return True
            taken = next((step for step in steps if not self.play(step).failures), None)
            if taken is None:
                return False
            self.steps.append(taken)
        return False

    def _wait(self, one: PathStep) -> bool:
        for _ in range(MOST_TRIES):
            snapshot = self.play().snapshot
            due = next_deadline(snapshot) if snapshot else None
            if due is None:
                return False
            until: StepData = {"until": to_text(due)}
            if self.leads_to(one.active, until):
                return True
            if self.steps and "until" in self.steps[-1]:
                self.steps.pop()
            self.steps.append(until)
        return False

    def _forms(self, one: PathStep) -> Iterator[StepData]:
        """The form with the values that the path needs, then also with a sample for every other field."""
        needed = self._values(one)
        yield {"with": needed} if needed else {}
        form = dict.fromkeys(name for name in self._form_of(one.label.name) if name not in needed)
        yield {"with": needed | {name: value for name in form if (value := self._sample(name)) is not None}}

    def _form_of(self, event: str) -> Iterator[str]:
        for rule in self.setting.compiled.rules:
            if rule.event == event:
                yield from (*rule.transition.form, *(n for n in rule.transition.requires if n == "comment"))

    def _values(self, one: PathStep) -> StepData:
        return {name: self._sample(name) if value is ANYTHING else value for name, value in one.fields.items()}

    def _sample(self, name: str) -> Json:
        self.samples += 1
        return sample(self.setting, name, self.opener, self.samples)


def opening_fields(setting: Setting, opener: str, opening: PathStep) -> StepData:
    """The values that the path needs, and a sample for every other field that may be required."""
    fields: StepData = {}
    for name, spec in setting.process.fields.items():
        if name in opening.fields:
            fields[name] = opening.fields[name]
        elif spec.value is None and spec.default is None and (spec.required or not is_finite(spec)):
            fields[name] = sample(setting, name, opener, 1)
    return {name: value for name, value in fields.items() if value is not ANYTHING}


def sample(setting: Setting, name: str, opener: str, number: int) -> Json:
    """A value for a field, a different one for each ``number``; None if the organization has no such value."""
    if name == ASSIGNEE:
        return opener
    spec = setting.process.fields.get(name)
    if spec is None:
        return _REASON
    organization = setting.organization
    options: Sequence[Json]
    match spec.type:
        case "datetime":
            options = (to_text(setting.now + (29 + number) * DAY),)
        case "date":
            options = (to_text(setting.now + (29 + number) * DAY)[:10],)
        case "person":
            options = (opener,)
        case "service":
            options = tuple(organization.services)
        case "team":
            options = tuple(organization.teams)
        case "choice":
            options = spec.options
        case "boolean":
            options = (True, False)
        case "integer" | "number":
            options = (number if isinstance(spec.min, str | None) else spec.min + number - 1,)
        case "duration":
            options = (f"{number}h",)
        case "ticket":
            options = (f"{setting.process.prefix}-{number + 1}",)
        case _:
            options = (f"Text {number}",)
    value = options[(number - 1) % len(options)] if options else None
    return [value] if spec.list and value is not None else value
