"""A path of a proof, played on the real core with people and values of the organization, becomes a scenario."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from definitions.schema.model import Json
from definitions.schema.scenario import Scenario
from definitions.times import to_text
from workflows.engine.deadlines import next_deadline
from workflows.engine.proofs.domains import ASSIGNEE, is_finite
from workflows.engine.proofs.paths import ANYTHING, Told
from workflows.engine.scenarios import ScenarioResult, Setting, run_scenario

DAY = 86_400
MOST_TRIES = 40
"""Votes, or deadlines, until what a path says comes about."""
_REASON = "As the counterexample has it"
Written = dict[str, Json]


@dataclass(slots=True)
class Rehearsal:
    """A scenario that grows; only what the core takes is kept."""

    setting: Setting
    title: str
    opener: str
    people: tuple[str, ...]
    fields: Written
    steps: list[Written] = field(default_factory=list)
    values_made: int = 1
    """Each value that is made up differs from the last one; the first ones are those of the opening."""

    def data(self, *more: Written) -> Written:
        given = {"now": to_text(self.setting.now), "as": self.opener, "fields": self.fields}
        process = self.setting.process.process
        return {"scenario": self.title, "process": process, "given": given, "steps": [*self.steps, *more]}

    def play(self, *more: Written) -> ScenarioResult:
        return run_scenario(Scenario.model_validate(self.data(*more)), self.setting)

    def leads_to(self, active: Sequence[str], *more: Written) -> bool:
        """Whether these steps are taken, and the ticket is then where the path says; they are kept if so."""
        leaves = [state for state in active if state in self.setting.compiled.chart.leaves]
        here: Written = {"expect": {"state": leaves[0] if len(leaves) == 1 else leaves}}
        if self.play(*more, here).failures:
            return False
        self.steps += more
        return True

    def do(self, one: Told) -> bool:
        """Plays what the path says; False where the core does not come to the same."""
        move = one.move
        match move.kind:
            case "open":
                return self.leads_to(one.active)
            case "event":
                return self._by_anybody(one, [{"send": move.name} | form for form in self._forms(one)])
            case "edit":
                return self._by_anybody(one, [{"edit": self._values(one)}])
            case "ending" if move.name in ("approved", "rejected"):
                return self._vote(one)
            case "ending" if move.name in ("done", "failed") and self._tasks(move.state):
                return self._end_tasks(one)
            case "ending" if move.name in ("done", "failed"):
                ended: Written = {"done": {}} if move.name == "done" else {"failed": _REASON}
                return self._by_anybody(one, [{"complete_run": {"state": move.state} | ended}])
            case "ending" | "timer" | "clock":
                return self._wait(one)
            case "task":
                done = {"task": {"id": move.name, "done": True}, "with": self._values(one)}
                return self._by_anybody(one, [done])
            case "stage":
                return self._vote(one)
            case _:
                return True

    def _by_anybody(self, one: Told, steps: Sequence[Written]) -> bool:
        return any(self.leads_to(one.active, step | {"as": person}) for person in self.people for step in steps)

    def _vote(self, one: Told) -> bool:
        decision = "reject" if one.move.name == "rejected" else "approve"
        for _ in range(MOST_TRIES):
            steps = [{decision: {"as": person, "comment": _REASON}} for person in self.people]
            if any(self.leads_to(one.active, step) for step in steps):
                return True
            taken = next((step for step in steps if not self.play(step).failures), None)
            if taken is None:
                return False
            self.steps.append(taken)
        return False

    def _tasks(self, state: str) -> tuple[str, ...]:
        return tuple(task.id for task in self.setting.compiled.states[state].tasks or ())

    def _end_tasks(self, one: Told) -> bool:
        result: Written = {"done": True} if one.move.name == "done" else {"failed": _REASON}
        for _ in range(MOST_TRIES):
            steps: list[Written] = [
                {"task": {"id": task} | result, "as": person}
                for task in self._tasks(one.move.state)
                for person in self.people
            ]
            if any(self.leads_to(one.active, step) for step in steps):
                return True
            taken = next((step for step in steps if not self.play(step).failures), None)
            if taken is None:
                return False
            self.steps.append(taken)
        return False

    def _wait(self, one: Told) -> bool:
        for _ in range(MOST_TRIES):
            snapshot = self.play().snapshot
            due = next_deadline(snapshot) if snapshot else None
            if due is None:
                return False
            until: Written = {"until": to_text(due)}
            if self.leads_to(one.active, until):
                return True
            if self.steps and "until" in self.steps[-1]:
                self.steps.pop()
            self.steps.append(until)
        return False

    def _forms(self, one: Told) -> Iterator[Written]:
        """The form with what the path needs, then also with all that it may carry."""
        needed = self._values(one)
        yield {"with": needed} if needed else {}
        form = dict.fromkeys(name for name in self._form_of(one.move.name) if name not in needed)
        yield {"with": needed | {name: value for name in form if (value := self._sample(name)) is not None}}

    def _form_of(self, event: str) -> Iterator[str]:
        for rule in self.setting.compiled.rules:
            if rule.event == event:
                yield from (*rule.transition.form, *(n for n in rule.transition.requires if n == "comment"))

    def _values(self, one: Told) -> Written:
        return {name: self._sample(name) if value is ANYTHING else value for name, value in one.fields.items()}

    def _sample(self, name: str) -> Json:
        self.values_made += 1
        return sample(self.setting, name, self.opener, self.values_made)


def opening_fields(setting: Setting, opener: str, told: Told) -> Written:
    """What the path needs, and a value for every other field that takes one, so that nothing required is missing."""
    fields: Written = {}
    for name, spec in setting.process.fields.items():
        if name in told.fields:
            fields[name] = told.fields[name]
        elif spec.value is None and spec.default is None and (spec.required or not is_finite(spec)):
            fields[name] = sample(setting, name, opener, 1)
    return {name: value for name, value in fields.items() if value is not ANYTHING}


def sample(setting: Setting, name: str, opener: str, number: int) -> Json:
    """A value for a field, another one for another ``number``; None where the organization has none."""
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
