"""Dangling references: names in a scenario of people, services, teams, states, fields and files that do not exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import assert_never

from definitions.people.bound import MACHINES, BoundManagerOf, OwnerOf, TeamOf, bound_text, read_bound
from definitions.people.directory import ENGINE
from definitions.people.principals import Everyone, PersonPrincipal, RolePrincipal, TeamPrincipal
from definitions.schema.expectations import Expect
from definitions.schema.model import Json
from definitions.schema.scenario import ChildEnd, Firing, OutsideEvent, Scenario, ScenarioStep
from definitions.schema.states import State
from definitions.text.breadcrumb import crumb
from definitions.text.problems import Path, Problem
from definitions.text.source import Source
from definitions.text.suggestions import closest
from workflows.engine.scenarios.reorganization import reorganized
from workflows.engine.scenarios.setting import Setting
from workflows.engine.statechart.events import Matcher


@dataclass(frozen=True, slots=True)
class Dangling:
    """A reference to a name that does not exist, at its path in the file."""

    path: Path
    text: str


def dangling(scenario: Scenario, setting: Setting) -> tuple[Dangling, ...]:
    """All dangling references of a scenario, in the order of the file."""
    return tuple(_dangling(scenario, setting))


def written_path(path: Path, scenario: Scenario, source: Source) -> Path:
    """The path of a value as the file has it; ``as`` may be part of the step's action."""
    if path[0] == "steps" and path[-1] == "as" and path not in source.values:
        return (*path[:2], scenario.steps[int(path[1])].action, "as")
    return path


def reference_problems(scenario: Scenario, setting: Setting, source: Source) -> tuple[Problem, ...]:
    """The dangling references of a scenario as problems of its file."""
    found = []
    for one in dangling(scenario, setting):
        path = written_path(one.path, scenario, source)
        mark = source.at(path)
        message, _, hint = one.text.partition("; ")
        found.append(Problem(source.file, mark.line, mark.column, "unknown-name", message, crumb(path), hint))
    return tuple(found)


def _dangling(scenario: Scenario, setting: Setting) -> Iterator[Dangling]:
    given = scenario.given
    if given.trigger is not None:
        yield from _trigger(("given", "trigger"), given.trigger, setting)
    if given.schedule is not None:
        yield from _firing(("given", "schedule"), given.schedule, setting)
    elif given.as_ is None and given.trigger is None:
        yield Dangling(("given",), "nobody opens the ticket: 'as' is missing")
    elif given.as_ is not None:
        yield from _actor(("given", "as"), given.as_, setting)
    if given.refused is None:
        yield from _fields(("given", "fields"), given.fields, setting)
    if not _is_the_test(given.refused):
        yield from _values(("given", "fields"), given.fields, setting)
    done = {"open"}
    for index, step in enumerate(scenario.steps):
        changed = reorganized(setting, step)
        yield from _of_change(("steps", index), step, setting, changed or setting)
        setting = changed or setting
        yield from _of_step(("steps", index), step, setting)
        if not _is_the_test(step.refused):
            yield from _of_values(("steps", index), step, step.as_ or given.as_, setting)
        if step.refused is None:
            yield from _of_waiting(("steps", index), step, setting)
            yield from _of_form(("steps", index), step, step.as_ or given.as_, setting)
        if step.correct is not None:
            yield from _corrected(("steps", index, "correct", "step"), step.correct.step, done)
        done.add(step.send or step.action)


def _is_the_test(refused: object) -> bool:
    """Whether a step must be refused for its fields, which may then be dangling references."""
    return getattr(refused, "code", None) == "invalid_fields"


def _of_step(path: Path, step: ScenarioStep, setting: Setting) -> Iterator[Dangling]:
    if step.migrate is not None and step.migrate.to not in setting.destinations:
        hint = closest(step.migrate.to, list(setting.destinations))
        nowhere = f"there is no file {step.migrate.to!r} with a process, beside the scenario or in the definitions"
        yield Dangling((*path, "migrate", "to"), nowhere + (f"; {hint}" if hint else ""))
    if step.as_ is not None:
        yield from _actor((*path, "as"), step.as_, setting)
    if step.trigger is not None:
        yield from _trigger((*path, "trigger"), step.trigger, setting)
    if step.schedule is not None:
        yield from _firing((*path, "schedule"), step.schedule, setting)
    if step.callback is not None:
        yield from _callback((*path, "callback", "state"), step.callback.state, setting)
    if step.child is not None:
        yield from _child((*path, "child"), step.child, setting)
    if step.expect is not None:
        yield from _of_expect((*path, "expect"), step.expect, setting)


def _firing(path: Path, firing: Firing, setting: Setting) -> Iterator[Dangling]:
    schedules = setting.process.schedules
    if firing.number > len(schedules):
        has = f"{len(schedules)} schedule{'' if len(schedules) == 1 else 's'}"
        yield Dangling((*path, "number"), f"there is no schedule {firing.number}: the process has {has}")
    elif firing.each is not None and schedules[firing.number - 1].each is None:
        yield Dangling((*path, "each"), f"schedule {firing.number} has no 'each': leave it out")
    elif firing.each is not None:
        yield from _named((*path, "each"), "service", firing.each, setting.organization.services)


def _of_values(path: Path, step: ScenarioStep, actor: str | None, setting: Setting) -> Iterator[Dangling]:
    """Whom a step names; what machines send is taken as it comes."""
    if (step.edit or step.with_) and actor is not None and not _is_machine(actor):
        yield from _values((*path, "edit"), step.edit or {}, setting)
        yield from _values((*path, "with"), step.with_, setting)
    if step.delegate is not None:
        yield from _people((*path, "delegate", "to"), [step.delegate.to], setting)


def _of_form(path: Path, step: ScenarioStep, actor: str | None, setting: Setting) -> Iterator[Dangling]:
    """The event that a step sends, and the fields that it writes; what the engine sends is no business of forms."""
    if actor == ENGINE.id:
        return
    if step.send is not None:
        yield from _event((*path, "send"), step.send, setting)
    yield from _fields((*path, "edit"), step.edit or {}, setting)
    yield from _fields((*path, "with"), step.with_, setting)


def _event(path: Path, name: str, setting: Setting) -> Iterator[Dangling]:
    """An event that no state of the process takes, by its name or by a prefix of it."""
    known = setting.event_names
    if name not in known and not Matcher.of(known).matches(name):
        hint = closest(name, known)
        yield Dangling(path, f"no state takes an event {name!r}" + (f"; {hint}" if hint else ""))


def _fields(path: Path, values: Iterable[str], setting: Setting) -> Iterator[Dangling]:
    for name in values:
        yield from _named((*path, name), "field", name, setting.written_names)


def _of_waiting(path: Path, step: ScenarioStep, setting: Setting) -> Iterator[Dangling]:
    """The tasks and the waiting states that a step names; a step that must be refused may name others."""
    if step.task is not None:
        yield from _named((*path, "task", "id"), "task", step.task.id, _tasks(setting))
    if step.claim is not None and step.claim.task is not None:
        yield from _named((*path, "claim", "task"), "task", step.claim.task, _tasks(setting))
    for action, one in (("approve", step.approve), ("reject", step.reject), ("delegate", step.delegate)):
        if one is not None and one.state is not None:
            approvals = [state_id for state_id, state in _states(setting) if state.approval]
            yield from _waiting((*path, action, "state"), one.state, approvals, "waits for an approval")
    for action, vote in (("approve", step.approve), ("reject", step.reject)):
        if vote is not None and isinstance(vote.stage, str):
            yield from _named((*path, action, "stage"), "stage", vote.stage, _stages(setting))
    if step.complete_run is not None:
        running = [state_id for state_id, state in _states(setting) if state.run]
        yield from _waiting((*path, "complete_run", "state"), step.complete_run.state, running, "runs automation")


def _states(setting: Setting) -> Iterator[tuple[str, State]]:
    return (found for process in setting.played for found in process.walk())


def _tasks(setting: Setting) -> list[str]:
    return [task.id for _, state in _states(setting) for task in state.tasks or ()]


def _stages(setting: Setting) -> list[str]:
    approvals = (state.approval for _, state in _states(setting) if state.approval)
    return [stage.id for approval in approvals for stage in approval.stages if stage.id]


def _waiting(path: Path, state: str, waiting: list[str], does: str) -> Iterator[Dangling]:
    if state not in waiting:
        hint = closest(state, waiting)
        yield Dangling(path, f"no state {state!r} {does}" + (f"; {hint}" if hint else ""))


def _corrected(path: Path, step: int | str, done: Iterable[str]) -> Iterator[Dangling]:
    if isinstance(step, str) and step not in done:
        hint = closest(step, sorted(done))
        yield Dangling(path, f"no earlier step is called {step!r}" + (f"; {hint}" if hint else ""))


def _of_change(path: Path, step: ScenarioStep, before: Setting, after: Setting) -> Iterator[Dangling]:
    """References of a change: absences and removals refer to names before it, members and owners to names after."""
    if step.absent is not None:
        yield from _people((*path, "absent", "person"), [step.absent.person], before)
        yield from _people((*path, "absent", "delegate"), _given(step.absent.delegate), before)
    change = step.organization
    if change is None:
        return
    path = (*path, "organization")
    for section in ("people", "teams", "roles", "services"):
        known = getattr(before.organization, section)
        for name, one in getattr(change, section).items():
            if one is None and name not in known:
                yield _unknown((*path, section, name), section.rstrip("s").replace("people", "person"), name, known)
    for name, person in change.people.items():
        for index, entry in enumerate(person.out_of_office if person else ()):
            place = (*path, "people", name, "out_of_office", index, "delegate")
            yield from _people(place, _given(entry.delegate), after)
    for name, team in change.teams.items():
        yield from _people((*path, "teams", name, "members"), team.members if team else (), after)
    for name, members in change.roles.items():
        yield from _people((*path, "roles", name), members or (), after)
    for name, service in change.services.items():
        yield from _people((*path, "services", name, "owner"), _given(service.owner if service else None), after)


def _given(name: str | None) -> tuple[str, ...]:
    return () if name is None else (name,)


def _trigger(path: Path, occurrence: OutsideEvent, setting: Setting) -> Iterator[Dangling]:
    known = [one.on for process in setting.played for one in process.triggers]
    if occurrence.type not in known:
        hint = closest(occurrence.type, known)
        nobody = f"no trigger of the process takes {occurrence.type!r}"
        yield Dangling((*path, "type"), nobody + (f"; {hint}" if hint else ""))


def _callback(path: Path, name: str, setting: Setting) -> Iterator[Dangling]:
    """A state whose automation has a request that is called back."""
    states = setting.process.walk()
    waiting = [state_id for state_id, state in states if any(run.http and run.http.callback for run in state.run or ())]
    yield from _waiting(path, name, waiting, "waits for a callback")


def _child(path: Path, end: ChildEnd, setting: Setting) -> Iterator[Dangling]:
    """A state that waits for children, and a final state of theirs where their process is known."""
    played = (*setting.destinations.values(), setting.process)
    waiting = {state_id: state.child for process in played for state_id, state in process.walk() if state.child}
    block = waiting.get(end.state)
    if block is None:
        hint = closest(end.state, list(waiting))
        yield Dangling((*path, "state"), f"no state {end.state!r} waits for children" + (f"; {hint}" if hint else ""))
        return
    process = setting.known(block.process) if block.process else None
    if process is None:
        return
    finals = {state_id: state.final for state_id, state in process.states.items() if state.final}
    if end.ended not in finals:
        hint = closest(end.ended, list(finals))
        nowhere = f"a ticket of {process.process!r} does not end in {end.ended!r}"
        yield Dangling((*path, "ended"), nowhere + (f"; {hint}" if hint else ""))
    elif end.failed is not None and end.failed != (finals[end.ended] == "failed"):
        has = "has not failed" if end.failed else "has failed"
        yield Dangling((*path, "failed"), f"a ticket of {process.process!r} that ends in {end.ended!r} {has}")


def _of_expect(path: Path, expect: Expect, setting: Setting) -> Iterator[Dangling]:
    played = setting.played
    states = {state for process in played for state, _ in process.walk()}
    fields = {field for process in played for field in process.fields}
    levels = {level for process in played for level in process.service_levels}
    for state in expect.state or ():
        if state not in states:
            yield _unknown((*path, "state"), "state", state, sorted(states))
    for name in expect.fields:
        if name not in fields:
            yield _unknown((*path, "fields", name), "field", name, sorted(fields))
    yield from _principal((*path, "assignee"), expect.assignee, setting)
    tags = [tag for _, state in _states(setting) for tag in state.tags]
    for index, tag in enumerate(expect.tags):
        yield from _named((*path, "tags", index), "tag", tag, tags)
    for index, event in enumerate(expect.allowed):
        yield from _event((*path, "allowed", index), event, setting)
    for index, notice in enumerate(expect.notified):
        yield from _people((*path, "notified", index, "to"), [notice.to], setting)
        if notice.template is not None:
            known = [name for process in played for name in _templates(process.model_dump())]
            yield from _named(
                (*path, "notified", index, "template"), "notification with template", notice.template, known
            )
    for index, person in enumerate(expect.open_approvals):
        yield from _people((*path, "open_approvals", index), [person], setting)
    for name in expect.service_levels:
        if name not in levels:
            yield _unknown((*path, "service_levels", name), "service level", name, sorted(levels))
    for index, one in enumerate(expect.started):
        if setting.others and one.process and setting.known(one.process) is None:
            known = [setting.process.process, *setting.others]
            yield _unknown((*path, "started", index, "process"), "process", one.process, known)


def _templates(value: object) -> Iterator[str]:
    """The templates of all notifications in a part of a process."""
    if isinstance(value, dict):
        template = value.get("template")
        yield from [template] if isinstance(template, str) else []
        yield from (name for one in value.values() for name in _templates(one))
    elif isinstance(value, list | tuple):
        yield from (name for one in value for name in _templates(one))


def _actor(path: Path, name: str, setting: Setting) -> Iterator[Dangling]:
    if not _is_machine(name):
        yield from _people(path, [name], setting)


def _is_machine(actor: str) -> bool:
    return actor in MACHINES or actor.startswith(("source:", "ticket:"))


def _people(path: Path, names: Iterable[str], setting: Setting) -> Iterator[Dangling]:
    for name in names:
        if name not in setting.organization.people:
            yield _unknown(path, "person", name, setting.organization.people)


def _principal(path: Path, text: str | None, setting: Setting) -> Iterator[Dangling]:
    """A bound principal, as people write it: whom it names, or whose manager."""
    meant = read_bound(bound_text(text)) if text else None
    while isinstance(meant, BoundManagerOf):
        meant = meant.inner
    organization = setting.organization
    match meant:
        case PersonPrincipal(name):
            yield from _named(path, "person", name, organization.people)
        case TeamPrincipal(name):
            yield from _named(path, "team", name, organization.teams)
        case RolePrincipal(name):
            yield from _named(path, "role", name, organization.roles)
        case OwnerOf(name) | TeamOf(name):
            yield from _named(path, "service", name, organization.services)
        case Everyone() | None:
            return
        case _:
            assert_never(meant)


def _named(path: Path, kind: str, name: str, known: Iterable[str]) -> Iterator[Dangling]:
    if name not in known:
        yield _unknown(path, kind, name, known)


def _values(path: Path, fields: dict[str, Json], setting: Setting) -> Iterator[Dangling]:
    for name, reason in setting.unknown(fields).items():
        yield Dangling((*path, name), reason.removeprefix(f"{name}: "))


def _unknown(path: Path, kind: str, name: str, known: Iterable[str]) -> Dangling:
    hint = closest(name, list(known))
    return Dangling(path, f"there is no {kind} {name!r}" + (f"; {hint}" if hint else ""))
