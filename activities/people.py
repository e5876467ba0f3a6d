"""Who is asked and who owns what, by the organization of this moment."""

from __future__ import annotations

from activities.world import World
from definitions.times import Instant
from workflows.engine.model.availability import PeopleChecked
from workflows.engine.model.effects import AskApprovers, CheckPeople, LookUpServices
from workflows.engine.model.events import Asked, Known
from workflows.engine.waiting.directory_answers import asked, known, people_checked


def ask_approvers(world: World, request: AskApprovers, at: Instant) -> Asked:
    """Who is asked at ``at``, absences and exclusions applied. Raises PrincipalError for what is no bound principal."""
    return asked(world.directory, request, at)


def check_people(world: World, request: CheckPeople, at: Instant) -> PeopleChecked:
    """Who is still there at ``at``. Raises PrincipalError for what is no bound principal."""
    return people_checked(world.directory, request, at)


def look_up_services(world: World, request: LookUpServices) -> Known:
    """The facts of services; one that the organization does not have is absent."""
    return known(world.directory, request)
