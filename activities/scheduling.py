"""The tickets that a firing of a schedule opens, by the current definitions."""

from __future__ import annotations

from activities.opening import SCHEDULE
from activities.world import World
from definitions.expressions import EvaluationFailed
from definitions.schema.process import Schedule
from definitions.times import Instant
from workflows.contracts import OpenRequest, SchedulePlan, ScheduleRequest
from workflows.engine.compiled import compile_pinned
from workflows.engine.triggers import planned


def plan_schedule(world: World, request: ScheduleRequest, at: Instant) -> SchedulePlan:
    """The tickets to open; ``at`` (UTC seconds) is now, whose calendars compute the fields.

    ``gone`` for a schedule that was removed from the process while its last firing was under way.
    """
    file = world.processes.get(request.process)
    schedule = Schedule.model_validate(dict(request.schedule))
    if file is None or schedule not in file.process.schedules:
        return SchedulePlan(gone=True)
    compiled = compile_pinned(world.pinned(request.process, at))
    try:
        found = planned(compiled, schedule, tuple(world.organization.services), request.at)
    except EvaluationFailed as failure:
        return SchedulePlan(problem=str(failure))
    return SchedulePlan(
        tuple(
            OpenRequest(f"{request.id}:{request.at}:{one.each or ''}", request.process, one.fields, SCHEDULE)
            for one in found
        )
    )
