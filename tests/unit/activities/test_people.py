"""Answers of the organization as it is at the moment."""

from __future__ import annotations

from activities.people import ask_approvers, look_up_services
from activities.world import CurrentWorld
from definitions.people.directory import AskedPerson, ServiceFacts
from definitions.times import to_instant
from tests.servers.worlds import NOW, world
from workflows.engine.model.availability import Absence
from workflows.engine.model.effects import AskApprovers, LookUpServices
from workflows.engine.model.events import Asked

AUGUST_THIRD = to_instant("2026-08-03T00:00:00+02:00")
AUGUST = NOW + 160 * 86_400
"""2026-08-09, while bob is out of office."""


def test_who_is_asked_answers_the_question_that_was_put() -> None:
    """The answer names its question, the approvers, the veto holders, the excluded people and future absences."""
    request = AskApprovers("authorize", 2, 3, 1, ("team:cab",), ("person:dora",), ("role:change_manager",))
    assert ask_approvers(world(), request, NOW) == Asked(
        state="authorize",
        visit=2,
        round=3,
        stage=1,
        people=(AskedPerson("bob"), AskedPerson("erin"), AskedPerson("carol", veto_only=True)),
        vetoers=("carol",),
        excluded=("dora",),
        absences=(Absence("bob", AUGUST_THIRD, "dora"),),
        organization=world().directory.digest,
    )


def test_absence_is_that_of_the_moment_of_asking() -> None:
    """The delegate replaces a person who is out of office at the time of the request."""
    request = AskApprovers("authorize", 1, 1, 0, ("person:bob",))
    assert ask_approvers(world(), request, NOW).people == (AskedPerson("bob"),)
    assert ask_approvers(world(), request, AUGUST).people == (AskedPerson("dora", asked_for="bob"),)


def test_facts_are_of_the_services_that_there_are() -> None:
    """A service that no longer exists is absent from the answer."""
    known = look_up_services(world(), LookUpServices(("email", "gone")))
    assert known.services == {"email": ServiceFacts("E-mail", "carol", "service_desk", "office")}


def test_a_changed_organization_answers_from_then_on() -> None:
    """After the organization is replaced, an activity answers by the new organization."""
    current = CurrentWorld(world())
    request = AskApprovers("authorize", 1, 1, 0, ("role:cab_chair",))
    assert ask_approvers(current.now, request, NOW).people == (AskedPerson("dora"),)
    current.replace(world(roles={"cab_chair": ["erin"]}))
    assert ask_approvers(current.now, request, NOW).people == (AskedPerson("erin"),)
