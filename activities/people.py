"""Who is asked and who owns what, by the organization of this moment."""

from __future__ import annotations

from activities.world import World
from workflows.engine.effects import AskApprovers, LookUpServices
from workflows.engine.events import Asked, AskedPerson, Known
from workflows.engine.snapshot import Instant, ServiceFacts


def ask_approvers(world: World, request: AskApprovers, at: Instant) -> Asked:
    """Who is asked at ``at``, absences and exclusions applied. Raises PrincipalError for what is no bound principal."""
    asking = world.directory.ask(request.from_, request.exclude, request.veto, at)
    return Asked(
        state=request.state,
        visit=request.visit,
        round=request.round,
        stage=request.stage,
        people=tuple(AskedPerson(one.person, one.asked_for, one.veto_only) for one in asking.people),
        vetoers=asking.vetoers,
        excluded=asking.excluded,
    )


def look_up_services(world: World, request: LookUpServices) -> Known:
    """Facts of services; one that the organization does not have is absent."""
    found = {service: world.directory.service_facts(service) for service in request.services}
    return Known(
        {
            service: ServiceFacts(title=facts.title, owner=facts.owner, team=facts.team, calendar=facts.calendar)
            for service, facts in found.items()
            if facts is not None
        }
    )
