"""Principals, as a process owner writes them and as effects carry them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from definitions.people.bound import Bound, BoundManagerOf, OwnerOf, TeamOf, format_bound, parse_bound
from definitions.people.principals import (
    Assignee,
    EnginePrincipal,
    Everyone,
    ExpressionPrincipal,
    FieldPrincipal,
    ManagerOf,
    Opener,
    PersonPrincipal,
    Principal,
    PrincipalError,
    RolePrincipal,
    ServiceOwner,
    ServiceTeam,
    TeamPrincipal,
    Watchers,
    parse_principal,
)
from definitions.schema.process import FieldSpec

FIELDS = {
    "summary": FieldSpec(type="text"),
    "requester": FieldSpec(type="person"),
    "reviewers": FieldSpec(type="person", list=True),
    "crew": FieldSpec(type="team"),
    "service": FieldSpec(type="service"),
    "engine": FieldSpec(type="person"),
}
FORMS = (
    "a principal is person:x, team:x, role:x, a person or team field, opener, assignee, watchers, "
    "<service field>.owner, <service field>.team, manager_of(…), everyone, engine or =<expression>"
)


@pytest.mark.parametrize(
    ("text", "principal"),
    [
        ("person:alice", PersonPrincipal("alice")),
        ("person:alice.ng@example.com", PersonPrincipal("alice.ng@example.com")),
        ("team:cab", TeamPrincipal("cab")),
        ("role:change_manager", RolePrincipal("change_manager")),
        ("requester", FieldPrincipal("requester")),
        ("reviewers", FieldPrincipal("reviewers")),
        ("crew", FieldPrincipal("crew")),
        ("opener", Opener()),
        ("assignee", Assignee()),
        ("watchers", Watchers()),
        ("everyone", Everyone()),
        ("engine", EnginePrincipal()),
        ("service.owner", ServiceOwner("service")),
        ("service.team", ServiceTeam("service")),
        ("manager_of(role:cab_chair)", ManagerOf(RolePrincipal("cab_chair"))),
        ("manager_of( requester )", ManagerOf(FieldPrincipal("requester"))),
        ("manager_of(manager_of(service.owner))", ManagerOf(ManagerOf(ServiceOwner("service")))),
        ("=ticket.reviewers", ExpressionPrincipal("ticket.reviewers")),
        ("=manager_of(x)", ExpressionPrincipal("manager_of(x)")),
        ("manager_of(= ticket.requester)", ManagerOf(ExpressionPrincipal(" ticket.requester"))),
    ],
)
def test_every_form_of_a_principal_is_read(text: str, principal: Principal) -> None:
    """What LANGUAGE names is read, and a word of the language wins over a field of the same name."""
    assert parse_principal(text, FIELDS) == principal


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("reqester", "unknown principal 'reqester'", "did you mean 'requester'?"),
        ("asignee", "unknown principal 'asignee'", "did you mean 'assignee'?"),
        ("servic.owner", "there is no field 'servic'", "did you mean 'service.owner'?"),
        ("service_owner", "unknown principal 'service_owner'", "did you mean 'service.owner'?"),
        ("teem:cab", "unknown principal 'teem:cab'", "did you mean 'team:cab'?"),
        ("owner:email", "unknown principal 'owner:email'", FORMS),
        ("team:", "'team:' names no team", "write team:<id>"),
        ("role: chair", "'role: chair' has a space too many", "write role:chair"),
        ("managers_of(team:cab)", "unknown principal 'managers_of(team:cab)'", "did you mean 'manager_of(team:cab)'?"),
        ("xyzzy", "unknown principal 'xyzzy'", FORMS),
        ("", "unknown principal ''", FORMS),
        ("summary", "field 'summary' is of type text: only a person or team field is a principal", FORMS),
        ("summary.owner", "field 'summary' is of type text: only a service has an owner and a team", FORMS),
        ("service", "field 'service' holds a service, not people", "write service.owner or service.team"),
        (
            "service.ownr",
            "a service has an owner and a team, but no 'ownr'",
            "write service.owner or service.team",
        ),
        (
            "service.title",
            "a service has an owner and a team, but no 'title'",
            "write service.owner or service.team",
        ),
        ("requester.manager", "unknown principal 'requester.manager'", "write manager_of(requester)"),
        ("= ", "an expression is missing after '='", ""),
        ("manager_of(reqester)", "unknown principal 'reqester'", "did you mean 'requester'?"),
        (
            "manager_of(engine)",
            "the engine has no manager",
            "name people: manager_of(assignee), manager_of(team:x) …",
        ),
        ("manager_of(" * 11 + "opener" + ")" * 11, "manager_of is nested more than 10 times", ""),
    ],
)
def test_what_is_no_principal_says_why_and_shows_the_way_out(text: str, message: str, hint: str) -> None:
    """An error names what is wrong with the text, and suggests what was probably meant."""
    with pytest.raises(PrincipalError) as caught:
        parse_principal(text, FIELDS)
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_a_field_hint_only_names_fields_that_hold_people() -> None:
    """A field that is no principal is not suggested in place of a word that is wrong."""
    with pytest.raises(PrincipalError) as caught:
        parse_principal("sumary", FIELDS)
    assert caught.value.hint == FORMS


IDS = st.text(min_size=1)
BOUND: st.SearchStrategy[Bound] = st.one_of(
    st.builds(PersonPrincipal, IDS),
    st.builds(TeamPrincipal, IDS),
    st.builds(RolePrincipal, IDS),
    st.builds(OwnerOf, IDS),
    st.builds(TeamOf, IDS),
    st.just(Everyone()),
)


@given(BOUND, st.integers(0, 10))
def test_a_bound_principal_survives_its_text(bound: Bound, depth: int) -> None:
    """Whatever characters an id holds, reading what was written gives the same principal."""
    for _ in range(depth):
        bound = BoundManagerOf(bound)
    assert parse_bound(format_bound(bound)) == bound


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alice",
        "person:",
        "opener",
        "engine",
        "=x",
        "manager_of()",
        "manager_of(person:a",
        "Everyone",
        "link:x",
        "manager_of(" * 11 + "everyone" + ")" * 11,
    ],
)
def test_a_text_that_is_not_bound_is_refused(text: str) -> None:
    """What still needs a ticket, or is nothing at all, never stands for anybody."""
    with pytest.raises(PrincipalError, match="is not a bound principal"):
        parse_bound(text)
