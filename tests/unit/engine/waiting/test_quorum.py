"""The quorum of a stage of an approval."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.engine.model.approval import ApprovalRequest
from workflows.engine.waiting.quorum import (
    CommentRule,
    Decision,
    Delegation,
    VoteRefusal,
    decide,
    delegate,
    required,
    vote,
)

NAMES = ("ann", "ben", "cleo", "dan", "eve")
BEN, CLEO = ApprovalRequest("ben"), ApprovalRequest("cleo")
DAN_VETO = ApprovalRequest("dan", veto_only=True)


def moved(
    requests: tuple[ApprovalRequest, ...],
    person: str,
    to: str,
    vetoers: tuple[str, ...] = (),
    excluded: Iterable[str] = (),
) -> Delegation:
    result = delegate(requests, vetoers, person, to, tuple(excluded))
    assert isinstance(result, Delegation), result
    return result


@st.composite
def stages(draw: st.DrawFn) -> tuple[tuple[ApprovalRequest, ...], tuple[str, ...], int]:
    """Any stage of up to five people: holders of a veto alone, votes, veto holders and the number."""
    people = draw(st.lists(st.sampled_from(NAMES), unique=True))
    choices: list[Literal["approve", "reject"] | None] = [None, "approve", "reject"]
    cast = st.sampled_from(choices)
    requests = tuple(ApprovalRequest(one, veto_only=draw(st.booleans()), vote=draw(cast)) for one in people)
    ordinary = tuple(one.person for one in requests if not one.veto_only and draw(st.booleans()))
    vetoers = ordinary + tuple(one.person for one in requests if one.veto_only)
    return requests, vetoers, draw(st.integers(1, 6))


def outcome_by_enumeration(requests: tuple[ApprovalRequest, ...], vetoers: tuple[str, ...], number: int) -> str:
    """The certain outcome by brute force: let the others vote in every possible way, and count at the end of each."""
    if any(one.person in vetoers for one in requests if one.vote == "reject"):
        return "rejected"
    choices = [[one.vote] if one.vote else ["approve", "reject"] for one in requests if not one.veto_only]
    ends = {ballot.count("approve") >= number for ballot in itertools.product(*choices)}
    return "pending" if len(ends) == 2 else ("approved" if ends == {True} else "rejected")


@settings(deadline=None)
@given(stages())
def test_an_outcome_stands_exactly_when_no_way_to_go_on_could_change_it(
    stage: tuple[tuple[ApprovalRequest, ...], tuple[str, ...], int],
) -> None:
    """Decided means that the result is the same however the others vote, and pending that it is not."""
    assert decide(*stage).outcome == outcome_by_enumeration(*stage)


@settings(deadline=None)
@given(stages())
def test_what_is_withdrawn_is_what_is_open_when_it_is_decided(
    stage: tuple[tuple[ApprovalRequest, ...], tuple[str, ...], int],
) -> None:
    """A decision withdraws every request without a vote, and nothing but a decision withdraws a request."""
    decision, still_open = decide(*stage), tuple(one.person for one in stage[0] if one.vote is None)
    assert decision.withdrawn == (() if decision.outcome == "pending" else still_open)


@settings(deadline=None)
@given(stages(), st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(["approve", "reject"])), max_size=12))
def test_nobody_is_counted_twice_however_often_they_vote(
    stage: tuple[tuple[ApprovalRequest, ...], tuple[str, ...], int],
    ballots: list[tuple[str, Literal["approve", "reject"]]],
) -> None:
    """Only the first vote of each approver counts; every other vote is refused."""
    asked = tuple(replace(one, vote=None) for one in stage[0])
    requests, first = asked, {}
    for at, (person, decision) in enumerate(ballots):
        result = vote(requests, person, decision, None, at, "optional")
        if person in {one.person for one in asked} and person not in first:
            first[person] = decision
            assert not isinstance(result, VoteRefusal)
            requests = result
        else:
            assert isinstance(result, VoteRefusal)
    assert {one.person: one.vote for one in requests} == {one.person: first.get(one.person) for one in asked}


@settings(deadline=None)
@given(stages(), st.sampled_from(NAMES), st.sampled_from(NAMES), st.sets(st.sampled_from(NAMES)))
def test_a_delegation_keeps_every_vote_that_counts_and_asks_nobody_twice(
    stage: tuple[tuple[ApprovalRequest, ...], tuple[str, ...], int], person: str, to: str, excluded: set[str]
) -> None:
    """A delegation keeps the number of distinct approvers; no excluded person joins, and no veto is lost."""
    requests, vetoers, _ = stage
    result = delegate(requests, vetoers, person, to, excluded)
    if isinstance(result, VoteRefusal):
        return
    holders = [one.person for one in result.requests]
    assert len(holders) == len(set(holders))
    assert sum(not one.veto_only for one in result.requests) == sum(not one.veto_only for one in requests)
    assert to in holders
    assert person not in holders
    assert to not in excluded
    assert (to in result.vetoers) == (person in vetoers or to in vetoers)
    assert set(result.vetoers) - {to} == set(vetoers) - {person, to}


@given(st.integers(1, 100), st.integers(0, 1000))
def test_a_percentage_is_at_least_that_share_and_no_more(percent: int, approvers: int) -> None:
    """The number is the smallest, from one, that reaches the share exactly."""
    number = required(f"{percent}%", approvers)
    share = Fraction(percent * approvers, 100)
    assert number >= share
    assert number == 1 or number - 1 < share


@pytest.mark.parametrize(
    ("need", "approvers", "number"),
    [("any", 3, 1), ("any", 0, 1), ("all", 3, 3), ("all", 0, 1), (2, 3, 2), (3, 2, 3), ("51%", 4, 3), ("100%", 3, 3)],
)
def test_the_number_is_at_least_one_and_never_lowered(need: int | str, approvers: int, number: int) -> None:
    """``any`` is one, ``all`` is everybody, and a number stays the same even where it can't be reached."""
    assert required(need, approvers) == number


def test_too_few_to_ask_is_rejected_for_that_reason_before_any_vote() -> None:
    """A number that is unreachable from the start is reported as such, and withdraws the requests."""
    assert decide((BEN, CLEO), (), 3) == Decision("rejected", "not_enough_approvers", ("ben", "cleo"))


def test_too_many_rejections_are_another_reason_than_too_few_asked() -> None:
    """A stage that could have passed is ``rejected`` by its votes."""
    assert decide((replace(BEN, vote="reject"), CLEO), (), 2) == Decision("rejected", "rejected", ("cleo",))


def test_a_veto_says_that_it_was_one() -> None:
    """The rejection of a veto holder rejects, though the number could still be reached."""
    assert decide((replace(BEN, vote="reject"), CLEO), ("ben",), 1) == Decision("rejected", "vetoed", ("cleo",))


def test_the_approval_of_one_asked_for_a_veto_alone_does_not_count() -> None:
    """A mere veto holder neither approves nor counts in the number of approvers."""
    agreed = replace(DAN_VETO, vote="approve")
    assert decide((BEN, agreed), ("dan",), 1).outcome == "pending"
    assert decide((BEN, agreed), ("dan",), 2).reason == "not_enough_approvers"


def test_an_open_veto_is_not_waited_for() -> None:
    """Enough approvals approve while a veto holder is silent, and their request is withdrawn."""
    assert decide((replace(BEN, vote="approve"), DAN_VETO), ("dan",), 1) == Decision("approved", None, ("dan",))


def test_a_vote_is_kept_with_its_time_and_comment() -> None:
    """The request of the voter, and no other request, carries the vote."""
    assert vote((BEN, CLEO), "cleo", "approve", "fine", 7, "on_rejection") == (
        BEN,
        ApprovalRequest("cleo", vote="approve", comment="fine", voted_at=7),
    )


def test_a_vote_of_somebody_not_asked_is_refused() -> None:
    """Only the holder of a request votes: the person whom a delegate stands in for does not."""
    result = vote((ApprovalRequest("ben", asked_for="ann"),), "ann", "approve", None, 0, "optional")
    assert result == VoteRefusal("not_an_approver", "ann has no approval request here")


def test_a_second_vote_is_refused_even_where_it_lacks_a_comment() -> None:
    """A vote stands, and no other refusal hides that."""
    result = vote((replace(BEN, vote="approve"),), "ben", "reject", None, 1, "required")
    assert result == VoteRefusal("already_voted", "ben has voted already: a vote stands")


@pytest.mark.parametrize(
    ("rule", "decision", "comment", "taken"),
    [
        ("required", "approve", None, False),
        ("required", "approve", " \n", False),
        ("required", "reject", "no plan", True),
        ("on_rejection", "approve", None, True),
        ("on_rejection", "reject", "", False),
        ("on_rejection", "reject", "no plan", True),
        ("optional", "reject", None, True),
    ],
)
def test_a_comment_is_asked_for_as_the_rule_says(
    rule: CommentRule, decision: Literal["approve", "reject"], comment: str | None, taken: bool
) -> None:
    """Where a comment is needed, a blank comment does not count."""
    result = vote((BEN,), "ben", decision, comment, 0, rule)
    assert (result == (replace(BEN, vote=decision, comment=comment, voted_at=0),)) == taken
    assert taken or result == VoteRefusal("comment_required", f"a comment is needed to {decision} this")


def test_a_delegated_request_keeps_its_place_and_whom_it_was_meant_for() -> None:
    """However often a request moves, it names whom the holder stands in for; back with them, it is their own again."""
    once = moved((BEN, CLEO), "ben", "dan").requests
    assert once == (ApprovalRequest("dan", asked_for="ben"), CLEO)
    twice = moved(once, "dan", "eve").requests
    assert twice == (ApprovalRequest("eve", asked_for="ben"), CLEO)
    assert moved(twice, "eve", "ben").requests == (BEN, CLEO)


def test_a_veto_moves_with_its_request() -> None:
    """The delegate of a veto holder rejects with the weight of the veto, and the holder no longer does."""
    assert moved((BEN, DAN_VETO), "dan", "eve", vetoers=("dan",)) == Delegation(
        (BEN, ApprovalRequest("eve", asked_for="dan", veto_only=True)), ("eve",)
    )


def test_a_veto_handed_to_an_approver_joins_their_request() -> None:
    """An approver who also holds the veto gets one request: as an approver, with the veto."""
    assert moved((BEN, DAN_VETO), "dan", "ben", vetoers=("dan",)) == Delegation((BEN,), ("ben",))


def test_a_request_handed_to_a_veto_holder_makes_them_an_approver() -> None:
    """The request that counts is the request that stays, so that the number of approvers is unchanged."""
    assert moved((BEN, DAN_VETO), "ben", "dan", vetoers=("dan",)) == Delegation(
        (ApprovalRequest("dan", asked_for="ben"),), ("dan",)
    )


@pytest.mark.parametrize(
    ("person", "to", "excluded", "code"),
    [
        ("eve", "dan", (), "not_an_approver"),
        ("ann", "dan", (), "already_voted"),
        ("ben", "dan", ("dan",), "not_an_approver"),
        ("ben", "ann", (), "already_voted"),
        ("ben", "cleo", (), "not_permitted"),
        ("ben", "ben", (), "not_permitted"),
    ],
)
def test_a_delegation_that_would_lose_a_vote_or_break_an_exclusion_is_refused(
    person: str, to: str, excluded: tuple[str, ...], code: str
) -> None:
    """A person can move only their own open request, and only to a permitted voter who is not an approver yet."""
    requests = (replace(ApprovalRequest("ann"), vote="approve"), BEN, CLEO)
    result = delegate(requests, (), person, to, excluded)
    assert isinstance(result, VoteRefusal)
    assert result.code == code
