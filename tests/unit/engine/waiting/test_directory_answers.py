"""The recipients of a notice, as an organization answers."""

from __future__ import annotations

import pytest

from definitions.people.directory import Directory
from tests.unit.engine.tickets import ORGANIZATION, organization
from workflows.engine.model.effects import Notify
from workflows.engine.waiting.directory_answers import Recipients, recipients

DIRECTORY = Directory(organization(ORGANIZATION))


@pytest.mark.parametrize(
    ("to", "otherwise", "expected"),
    [
        (("team:desk", "person:bob"), ("person:dora",), Recipients(("alice", "bob"))),
        (
            ("person:gone",),
            ("role:process_owner", "owner:email", "person:alice"),
            Recipients(("carol",), "no recipient (person:gone): sent to carol instead", "person:gone"),
        ),
        ((), ("person:alice",), Recipients(("alice",), None, "no principal")),
        (("team:empty",), ("person:gone",), Recipients((), "no recipient (team:empty)")),
        (
            ("cab",),
            ("person:bob",),
            Recipients(("bob",), "'cab' is not a bound principal; no recipient (cab): sent to bob instead", "cab"),
        ),
    ],
    ids=["people", "the first owner with people", "no principal", "nobody at all", "no bound principal"],
)
def test_a_notice_reaches_somebody(to: tuple[str, ...], otherwise: tuple[str, ...], expected: Recipients) -> None:
    """A notice whose principals have no people goes to the first owner who is there, and says in whose place."""
    assert recipients(DIRECTORY, Notify("n1", to, otherwise=otherwise)) == expected


@pytest.mark.parametrize(
    ("to", "people", "own"),
    [(("team:cab",), ("bob", "erin"), False), (("person:dora",), (), True)],
    ids=["the others of a team", "nobody else"],
)
def test_nobody_gets_a_notice_of_their_own_doing(to: tuple[str, ...], people: tuple[str, ...], own: bool) -> None:
    """The person whose doing it is gets no notice, and no owner gets it in their place."""
    found = recipients(DIRECTORY, Notify("n1", to, otherwise=("person:alice",), not_to="dora"))
    assert found == Recipients(people, is_own_doing=own)
