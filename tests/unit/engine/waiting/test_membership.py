"""Holders of the requests of a stage once its group has changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.engine.model.approval import ApprovalRequest
from workflows.engine.model.availability import GroupNow, Member
from workflows.engine.waiting.membership import Regrouped, reachable, regroup
from workflows.engine.waiting.quorum import decide

NAMES = ("ann", "ben", "cleo", "dan", "eve", "fay")
EXAMPLES = settings(max_examples=400, deadline=None, derandomize=True)
VOTES: list[Literal["approve", "reject"] | None] = [None, None, "approve", "reject"]


@st.composite
def stages(draw: st.DrawFn) -> tuple[tuple[ApprovalRequest, ...], tuple[str, ...], int, int]:
    """An undecided stage: requests, veto holders, vacant places, and the number of required approvals."""
    people = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=5))
    requests = tuple(
        ApprovalRequest(
            one,
            draw(st.sampled_from([None, None, *(name for name in NAMES if name != one)])),
            veto_only=draw(st.integers(0, 3)) == 0,
            vote=draw(st.sampled_from(VOTES)),
        )
        for one in people
    )
    vetoers = tuple(one.person for one in requests if one.veto_only or draw(st.integers(0, 3)) == 0)
    return requests, vetoers, draw(st.integers(0, 2)), draw(st.integers(1, 5))


@st.composite
def groups(draw: st.DrawFn, stage: tuple[tuple[ApprovalRequest, ...], tuple[str, ...], int, int]) -> GroupNow:
    """A group as the organization may report it, whatever it was before."""
    excluded = tuple(draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=2)))

    def members() -> tuple[Member, ...]:
        who = [one for one in draw(st.lists(st.sampled_from(NAMES), unique=True)) if one not in excluded]
        able = [one for one in NAMES if one not in excluded]
        return tuple(Member(one, draw(st.sampled_from([one, one, *able]))) for one in who)

    gone = tuple(one.person for one in stage[0] if one.vote is None and draw(st.integers(0, 4)) == 0)
    return GroupNow("ask", 1, 0, 0, members(), members(), excluded, gone)


def places(requests: tuple[ApprovalRequest, ...]) -> int:
    return sum(not one.veto_only for one in requests)


def looked(data: st.DataObject) -> tuple[tuple[ApprovalRequest, ...], tuple[str, ...], int, int, GroupNow, Regrouped]:
    stage = data.draw(stages().filter(lambda one: decide(one[0], one[1], one[3], one[2]).outcome == "pending"))
    requests, vetoers, vacant, required = stage
    group = data.draw(groups(stage))
    return requests, vetoers, vacant, required, group, regroup(requests, vetoers, vacant, required, group)


@EXAMPLES
@given(st.data())
def test_votes_stand_and_places_stay_as_many(data: st.DataObject) -> None:
    """However the group changes, no vote is lost or changed, and the sum of taken and vacant places stays the same."""
    requests, _, vacant, _, _, after = looked(data)
    assert [one for one in requests if one.vote] == [one for one in after.requests if one.vote]
    assert places(after.requests) + after.vacant == places(requests) + vacant
    assert after.vacant >= 0


@EXAMPLES
@given(st.data())
def test_nothing_is_decided_by_leaving_joining_or_absence(data: st.DataObject) -> None:
    """An open stage stays open: only votes approve and reject."""
    _, _, _, required, _, after = looked(data)
    assert decide(after.requests, after.vetoers, required, after.vacant).outcome == "pending"


@EXAMPLES
@given(st.data())
def test_nobody_holds_two_requests_and_nobody_excluded_or_gone_an_open_one(data: st.DataObject) -> None:
    """Each person holds one request; an excluded or departed person holds no open request, also through delegation."""
    *_, group, after = looked(data)
    people = [one.person for one in after.requests]
    assert len(set(people)) == len(people)
    assert not {one.person for one in after.requests if not one.vote} & {*group.excluded, *group.gone}


@EXAMPLES
@given(st.data())
def test_every_open_request_is_meant_for_somebody_of_the_group(data: st.DataObject) -> None:
    """The holder of an open request is a member, or stands in for a member or for a veto holder."""
    *_, group, after = looked(data)
    members, vetoes = ({one.person for one in those} for those in (group.members, group.vetoers))
    for one in after.requests:
        if one.vote is None:
            assert (one.asked_for or one.person) in (vetoes if one.veto_only else members)


@EXAMPLES
@given(st.data())
def test_who_joins_is_asked_only_where_too_few_are_left(data: st.DataObject) -> None:
    """Without a shortage no new person counts; with one, no vacant place stays empty that a person could take."""
    requests, _, _, required, group, after = looked(data)
    known = {one.person for one in requests} | {to for _, to in after.moved}
    fresh = [one for one in after.requests if not one.veto_only and one.person not in known]
    without = [one for one in after.requests if one not in fresh and one.why != "joined"]
    assert not fresh or reachable(without) < required
    if after.vacant and reachable(after.requests) < required:
        counted = [one for one in after.requests if not one.veto_only]
        idle = {one.person for one in group.members} - {name for one in counted for name in (one.person, one.asked_for)}
        held = {one.person for one in after.requests}
        barred = {*group.excluded, *group.gone}
        assert all(person in held | barred for person in idle)


@EXAMPLES
@given(st.data())
def test_the_same_group_again_changes_nothing_more(data: st.DataObject) -> None:
    """A second lookup changes nothing, except for a stand-in of a stand-in: that is one step and no more."""
    *_, required, group, after = looked(data)
    still = replace(group, gone=())
    again = regroup(after.requests, after.vetoers, after.vacant, required, still)
    assert {one.person for one in again.requests} >= {one.person for one in after.requests if one.vote}
    assert places(again.requests) + again.vacant == places(after.requests) + after.vacant
    assert not again.withdrawn
