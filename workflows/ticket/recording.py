"""Record batches: the steps of a ticket and its state after them, as the records store keeps them."""

from __future__ import annotations

from dataclasses import asdict

from pydantic_core import to_json

from definitions.people.references import values
from workflows.contracts import RecordBatch, RecordedAnswer, RecordedStep, hides_title
from workflows.engine.access.viewers import viewers
from workflows.engine.model.effects import Notify
from workflows.engine.model.result import Step
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.service_levels.recorded_runs import RecordedRun, recorded_runs
from workflows.ticket.state import RecordedLevels, TicketState

BATCH_BYTES = 1_000_000
"""The approximate size of one batch; Temporal takes payloads of two megabytes at most."""


def batch_of(state: TicketState) -> tuple[tuple[Step, ...], RecordBatch]:
    """The oldest unrecorded steps, as many as fit, with their batch; without any, the ticket as it is."""
    steps = _that_fit(tuple(state.unrecorded))
    snapshot = steps[-1].snapshot if steps else state.snapshot
    if not steps:
        state.recorded_levels = RecordedLevels()  # the records may have runs that never were: they get all again
    batch = RecordBatch(
        process=snapshot.process,
        digest=state.pinned_at(snapshot.revision).digest,
        snapshot=snapshot,
        state=state.leaves(snapshot),
        see=viewers(state.compiled_at(snapshot.revision), snapshot),
        steps=tuple(_recorded(step) for step in steps),
        tasks=_tasks(state, snapshot),
        links=_links(state, snapshot),
        runs=_runs(state, snapshot),
        calendars=_calendars(state),
        definition=_definition(state, snapshot),
        title=_title(state, snapshot),
        answers=_answers(state, snapshot),
    )
    return steps, batch


def _answers(state: TicketState, snapshot: Snapshot) -> tuple[RecordedAnswer, ...]:
    """The answers to the events of the batch, by their idempotency keys."""
    found = (each for each in state.unrecorded_answers if each.result.revision <= snapshot.revision)
    return tuple(
        RecordedAnswer(each.key, each.result.revision, each.result.request_hash, asdict(each.result)) for each in found
    )


def _runs(state: TicketState, snapshot: Snapshot) -> tuple[RecordedRun, ...]:
    """The runs of service levels that have changed since the last batch of this workflow run."""
    recorded, found, compiled = state.recorded_levels, [], state.compiled_at(snapshot.revision)
    for name, clock in snapshot.clocks.items():
        if recorded.clocks.get(name) is not clock:
            recorded.clocks[name] = clock
            found += [run for run in recorded_runs(compiled, name, clock) if recorded.is_new(run)]
    return tuple(found)


def _calendars(state: TicketState) -> str | None:
    """The calendars by which the service levels are judged, now and by later readers; None where they are on record."""
    calendars = state.pinned.calendars
    if not state.compiled.process.service_levels or calendars == state.recorded_levels.calendars:
        return None
    state.recorded_levels.calendars = calendars
    return calendars


def _definition(state: TicketState, snapshot: Snapshot) -> str | None:
    """The definition whose rules say what readers see of the ticket; None where it is on record."""
    pinned = state.pinned_at(snapshot.revision)
    if pinned.digest in state.recorded_levels.definitions:
        return None
    state.recorded_levels.definitions.add(pinned.digest)
    return pinned.definition


def _title(state: TicketState, snapshot: Snapshot) -> str | None:
    """The key in place of a title that not everybody who sees the ticket may see."""
    return snapshot.key if hides_title(state.compiled_at(snapshot.revision).process) else None


def _links(state: TicketState, snapshot: Snapshot) -> tuple[tuple[str, str], ...]:
    fields = state.compiled_at(snapshot.revision).process.fields
    links = (name for name, spec in fields.items() if spec.type == "ticket")
    return tuple((name, key) for name in links for key in values(snapshot.fields.get(name)))


def _tasks(state: TicketState, snapshot: Snapshot) -> tuple[tuple[str, str, str], ...]:
    states = state.compiled_at(snapshot.revision).states
    written = ((of, states[of].tasks or ()) for of in snapshot.tasks)
    return tuple((of, task.id, task.title) for of, tasks in written for task in tasks)


def _that_fit(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    if len(steps) == 1:
        return steps
    size = 0
    for count, step in enumerate(steps):
        size += len(to_json((step.audit, step.effects)))
        if size > BATCH_BYTES:
            return steps[: max(1, count)]
    return steps


def _recorded(step: Step) -> RecordedStep:
    notices = tuple(effect for effect in step.effects if isinstance(effect, Notify))
    return RecordedStep(step.snapshot.revision, step.audit, notices)
