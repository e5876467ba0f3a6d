"""Approvers, availability and services, looked up in the current organization."""

from __future__ import annotations

from activities.world import World
from definitions.times import Instant
from workflows.engine.model.availability import PeopleChecked
from workflows.engine.model.effects import AskApprovers, CheckPeople, LookUpServices
from workflows.engine.model.events import Asked, Known
from workflows.engine.waiting.directory_answers import asked, known, people_checked


def ask_approvers(world: World, request: AskApprovers, at: Instant) -> Asked:
    """The approvers at ``at``, absences and exclusions applied. Raises PrincipalError for an invalid principal."""
    return asked(world.directory, request, at)


def check_people(world: World, request: CheckPeople, at: Instant) -> PeopleChecked:
    """The availability of approvers and task holders at ``at``. Raises PrincipalError for an invalid principal."""
    return people_checked(world.directory, request, at)


def look_up_services(world: World, request: LookUpServices) -> Known:
    """The facts of services; an unknown service is absent."""
    return known(world.directory, request)
