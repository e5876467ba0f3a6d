"""Who is who in an organization, and who is asked for an approval."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from definitions.people.directory import Actor, AskedPerson, Asking, Directory, ServiceFacts
from definitions.people.principals import PrincipalError
from definitions.schema.organization import Organization


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def away(delegate: str | None = None, start: str = "2026-08-03", to: str = "2026-08-17") -> list[dict[str, str]]:
    entry = {"from": start, "to": to}
    return [entry | {"delegate": delegate} if delegate else entry]


DURING = at("2026-08-10T12:00:00Z")
EXAMPLE = {
    "organization": {"name": "Example", "time_zone": "Europe/Berlin", "calendar": "office"},
    "people": {
        "alice": {"name": "Alice Ng", "manager": "carol"},
        "bob": {"name": "Bob Ruiz", "out_of_office": away("dora")},
        "carol": {"name": "Carol Weiss", "manager": "dora"},
        "dora": {"name": "Dora Lind"},
        "erin": {"name": "Erin Obi", "manager": "carol"},
        "hal": {"name": "Hal Moe", "manager": "gone", "time_zone": "Pacific/Auckland", "out_of_office": away()},
    },
    "teams": {
        "cab": {"members": ["bob", "dora", "erin", "gone"]},
        "desk": {"members": ["alice", "erin", "alice"]},
        "empty": {},
    },
    "roles": {"manager": ["carol"], "chair": ["dora"], "security": ["bob"], "former": ["gone"]},
    "services": {
        "email": {"title": "E-mail", "owner": "carol", "team": "desk", "calendar": "office"},
        "phone": {"title": "Telephony", "owner": "gone", "team": "closed"},
        "orphan": {"title": "Orphan"},
    },
}
ORGANIZATION = Organization.model_validate(EXAMPLE)
DIRECTORY = Directory(ORGANIZATION)


def of_people(people: dict[str, list[dict[str, str]]]) -> Directory:
    named = {person: {"name": person, "out_of_office": entries} for person, entries in people.items()}
    return Directory(Organization.model_validate({"people": named}))


@pytest.mark.parametrize(
    ("bound", "people"),
    [
        ("person:alice", ("alice",)),
        ("team:cab", ("bob", "dora", "erin")),
        ("team:desk", ("alice", "erin")),
        ("role:chair", ("dora",)),
        ("owner:email", ("carol",)),
        ("team_of:email", ("alice", "erin")),
        ("manager_of(person:alice)", ("carol",)),
        ("manager_of(team:desk)", ("carol",)),
        ("manager_of(manager_of(team:desk))", ("dora",)),
        ("manager_of(owner:email)", ("dora",)),
        ("manager_of(everyone)", ("carol", "dora")),
        ("everyone", ("alice", "bob", "carol", "dora", "erin", "hal")),
    ],
)
def test_a_bound_principal_stands_for_its_people_each_once(bound: str, people: tuple[str, ...]) -> None:
    """People come in the order of the organization; those who are gone are left out."""
    assert DIRECTORY.people(bound) == people


@pytest.mark.parametrize(
    "bound",
    [
        "person:gone",
        "team:gone",
        "team:empty",
        "role:gone",
        "role:former",
        "owner:gone",
        "owner:phone",
        "owner:orphan",
        "team_of:gone",
        "team_of:phone",
        "team_of:orphan",
        "manager_of(person:dora)",
        "manager_of(person:hal)",
    ],
)
def test_who_or_what_is_gone_is_nobody(bound: str) -> None:
    """A name that leads nowhere is an empty answer, not an error."""
    assert DIRECTORY.people(bound) == ()


def test_a_text_that_is_no_bound_principal_is_an_error() -> None:
    """Nobody is silently left out of an exclusion because of a slip in its text."""
    with pytest.raises(PrincipalError):
        DIRECTORY.ask(["team:cab"], ["requester"], [], DURING)


def test_a_standing_says_when_absences_begin() -> None:
    """The announced absences of an actor are the first instants of their days, in the person's zone."""
    assert DIRECTORY.actor("bob").absences == (at("2026-08-03T00:00:00+02:00"),)
    assert DIRECTORY.actor("hal").absences == (at("2026-08-03T00:00:00+12:00"),)


def test_the_homes_of_a_person_are_their_teams_and_their_manager() -> None:
    """The teams come first, and a manager who has left is none."""
    assert DIRECTORY.homes("erin") == ("team:cab", "team:desk", "person:carol")
    assert (DIRECTORY.homes("hal"), DIRECTORY.homes("gone")) == ((), ())


def test_a_standing_says_all_that_a_person_is() -> None:
    """Teams, roles, services owned and served, reports, and the groups with a member who reports to them."""
    assert DIRECTORY.actor("carol") == Actor(
        "carol",
        roles=("manager",),
        owns=("email",),
        reports=("alice", "erin"),
        manages=("team:cab", "team:desk"),
        manager="dora",
    )
    assert DIRECTORY.actor("erin") == Actor("erin", teams=("cab", "desk"), serves=("email",), manager="carol")
    assert DIRECTORY.actor("dora") == Actor(
        "dora", teams=("cab",), roles=("chair",), reports=("carol",), manages=("role:manager",)
    )


@pytest.mark.parametrize("actor", ["gone", "engine", "source:mail", "ticket:CHG-1"])
def test_who_is_not_in_the_organization_has_no_standing(actor: str) -> None:
    """Who has left holds nothing any more, whatever still names them."""
    assert DIRECTORY.actor(actor) == Actor(actor)


def test_the_standings_of_everyone_are_those_of_each() -> None:
    """All people, in the order of the organization."""
    assert DIRECTORY.actors() == tuple(DIRECTORY.actor(person) for person in ORGANIZATION.people)


def test_the_facts_of_a_service_are_what_is_written() -> None:
    """A service that is gone has no facts, and one that says little has few."""
    assert DIRECTORY.service_facts("email") == ServiceFacts("E-mail", "carol", "desk", "office")
    assert DIRECTORY.service_facts("orphan") == ServiceFacts("Orphan", None, None, None)
    assert DIRECTORY.service_facts("gone") is None


@pytest.mark.parametrize(
    ("person", "instant", "is_away"),
    [
        ("bob", "2026-08-02T23:59:59+02:00", False),
        ("bob", "2026-08-03T00:00:00+02:00", True),
        ("bob", "2026-08-17T23:59:59+02:00", True),
        ("bob", "2026-08-18T00:00:00+02:00", False),
        ("hal", "2026-08-02T23:59:59+12:00", False),
        ("hal", "2026-08-03T00:00:00+12:00", True),
        ("hal", "2026-08-18T00:00:00+12:00", False),
        ("alice", "2026-08-10T12:00:00Z", False),
        ("gone", "2026-08-10T12:00:00Z", False),
    ],
)
def test_an_absence_is_whole_days_in_the_zone_of_the_person(person: str, instant: str, is_away: bool) -> None:
    """From the first instant of the first day to the last of the last; without a zone, the organization's counts."""
    assert (DIRECTORY.absence(person, at(instant)) is not None) == is_away


def test_of_overlapping_absences_the_first_with_a_delegate_counts() -> None:
    """A short hand-over within a long leave is not lost."""
    directory = of_people({"ann": away() + away("ben", "2026-08-10", "2026-08-10") + away("cleo"), "ben": []})
    entry = directory.absence("ann", DURING)
    assert entry is not None
    assert entry.delegate == "ben"


def test_people_are_asked_in_order_and_each_once() -> None:
    """Somebody in several groups holds one request."""
    asking = DIRECTORY.ask(["role:chair", "team:cab", "person:dora"], [], [], at("2026-09-01T12:00:00Z"))
    assert asking == Asking((AskedPerson("dora"), AskedPerson("bob"), AskedPerson("erin")), (), ())


def test_an_absent_approver_is_replaced_by_the_delegate() -> None:
    """The request says for whom, and without a delegate it stays with the absent one."""
    asking = DIRECTORY.ask(["person:bob", "person:hal"], [], [], DURING)
    assert asking.people == (AskedPerson("dora", asked_for="bob"), AskedPerson("hal"))


@pytest.mark.parametrize("from_", [["person:bob", "person:dora"], ["person:dora", "person:bob"]])
def test_a_delegate_who_is_an_approver_is_asked_in_their_own_right(from_: list[str]) -> None:
    """One request, and not as somebody's delegate, whichever comes first."""
    assert DIRECTORY.ask(from_, [], [], DURING).people == (AskedPerson("dora"),)


def test_an_excluded_person_is_not_asked_and_neither_is_their_delegate() -> None:
    """Who is excluded has nothing to hand over."""
    assert DIRECTORY.ask(["person:bob"], ["person:bob"], [], DURING) == Asking((), (), ("bob",))


def test_a_request_is_never_handed_to_somebody_excluded() -> None:
    """It stays with the absent one."""
    assert DIRECTORY.ask(["person:bob"], ["role:chair"], [], DURING).people == (AskedPerson("bob"),)


def test_delegation_is_one_step() -> None:
    """A delegate who is away too keeps the request; what they were asked themselves goes on to their own delegate."""
    directory = of_people({"ann": away("ben"), "ben": away("cleo"), "cleo": []})
    assert directory.ask(["person:ann"], [], [], DURING).people == (AskedPerson("ben", asked_for="ann"),)
    assert directory.ask(["everyone"], [], [], DURING).people == (
        AskedPerson("ben", asked_for="ann"),
        AskedPerson("cleo"),
    )


def test_a_delegate_who_has_left_is_not_asked() -> None:
    """The request stays where somebody can see it."""
    assert of_people({"ann": away("gone")}).ask(["person:ann"], [], [], DURING).people == (AskedPerson("ann"),)


def test_a_veto_holder_outside_the_approvers_is_asked_for_the_veto_alone() -> None:
    """Inside they are asked once, as an approver who holds a veto."""
    asking = DIRECTORY.ask(["team:cab"], [], ["role:chair", "role:manager"], at("2026-09-01T12:00:00Z"))
    assert asking.people[-1] == AskedPerson("carol", veto_only=True)
    assert [one.veto_only for one in asking.people] == [False, False, False, True]
    assert asking.vetoers == ("dora", "carol")


def test_the_delegate_of_an_absent_veto_holder_holds_the_veto() -> None:
    """Asked for it alone where they are no approver, and once where they are."""
    alone = DIRECTORY.ask(["role:manager"], [], ["role:security"], DURING)
    assert alone.people == (AskedPerson("carol"), AskedPerson("dora", asked_for="bob", veto_only=True))
    assert alone.vetoers == ("dora",)
    joined = DIRECTORY.ask(["role:chair"], [], ["role:security"], DURING)
    assert joined == Asking((AskedPerson("dora"),), ("dora",), ())


def test_an_excluded_veto_holder_holds_no_veto() -> None:
    """Separation of duties holds for a no as for a yes."""
    assert DIRECTORY.ask(["role:manager"], ["role:security"], ["role:security"], DURING).vetoers == ()


NAMES = ("ann", "ben", "cleo", "dan")
CHOSEN = st.lists(st.sampled_from(NAMES), max_size=6)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), st.sampled_from(NAMES)), CHOSEN, CHOSEN, CHOSEN)
def test_nobody_is_asked_twice_and_nobody_excluded_at_all(
    delegates: dict[str, str], from_: list[str], exclude: list[str], veto: list[str]
) -> None:
    """Whoever is away for whomever: each person once, no excluded one, every veto holder asked, only those meant."""
    directory = of_people({one: away(delegates[one]) if one in delegates else [] for one in NAMES})
    bound_from, bound_exclude, bound_veto = ([f"person:{one}" for one in names] for names in (from_, exclude, veto))
    asking = directory.ask(bound_from, bound_exclude, bound_veto, DURING)
    holders = [one.person for one in asking.people]
    assert len(holders) == len(set(holders))
    assert set(holders).isdisjoint(exclude)
    assert set(asking.vetoers) <= set(holders)
    approvers = {one.person for one in asking.people if not one.veto_only}
    meant = set(from_) - set(exclude)
    handed_to = {one: delegates.get(one, one) for one in meant}
    assert approvers == {one if to in exclude else to for one, to in handed_to.items()}
