"""The bound principals of a person, by which the lists of the records are filtered."""

from __future__ import annotations

import pytest

from api.definition_store.people import People
from tests.unit.engine.tickets import organization

PEOPLE = People(organization())


@pytest.mark.parametrize(
    "bound",
    [
        "person:bob",
        "team:cab",
        "role:chair",
        "owner:email",
        "team_of:email",
        "manager_of(team:cab)",
        "manager_of(owner:email)",
        "manager_of(manager_of(person:alice))",
        "manager_of(everyone)",
        "everyone",
    ],
)
def test_a_person_is_each_principal_that_has_them(bound: str) -> None:
    """Exactly the people of a bound principal in the organization find its tickets in lists."""
    actors = PEOPLE.directory.actors()
    assert tuple(one.id for one in actors if bound in PEOPLE.principals(one)) == PEOPLE.directory.people(bound)
