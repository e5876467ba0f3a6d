"""The holders of a stage's requests after a change of its group: pure rules without votes and without new numbers.

Each approver has a place. A counted request takes a place, or the place is vacant. The number of taken and vacant
places stays as it was counted at the request, whoever leaves and joins.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from workflows.engine.model.approval import ApprovalRequest
from workflows.engine.model.availability import GroupNow
from workflows.engine.waiting.quorum import Delegation, delegate, held_by


@dataclass(frozen=True, slots=True)
class Regrouped:
    """The requests after a check of the group, and the changes made to them, in order."""

    requests: tuple[ApprovalRequest, ...]
    vetoers: tuple[str, ...]
    vacant: int
    moved: tuple[tuple[str, str], ...] = ()
    """The old and the new holder of each moved request."""
    withdrawn: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    """New holders of vacant places, or of a veto that nobody held any more."""


def reachable(requests: Collection[ApprovalRequest], out: Collection[str] = ()) -> int:
    """The number of approvals that are still possible without the people in ``out``."""
    counted = [one for one in requests if not one.veto_only]
    return sum(one.vote == "approve" or (one.vote is None and one.person not in out) for one in counted)


def regroup(
    requests: tuple[ApprovalRequest, ...], vetoers: tuple[str, ...], vacant: int, required: int, group: GroupNow
) -> Regrouped:
    """Moves and withdraws open requests to match the present group; votes that were given stand.

    - A holder who has left the group, or stands in for a person who has left, loses the request. The place becomes
      vacant. A holder who still has a veto keeps it.
    - The delegate of an absent holder gets the request, if the delegate can hold it. Otherwise the request stays.
      Delegates of delegates don't count.
    - A stand-in who is gone or excluded gives the request to the present stand-in, or back to the person it was meant
      for.
    - People who join take vacant places, in the order of the group, while fewer than ``required`` could approve.
    - When all holders of a veto have left, the people who have the veto now hold it.
    """
    standing = _Standing(requests, vetoers, vacant, group)
    for request in requests:
        if request.vote is None:
            standing.look_at(request)
    standing.fill(required)
    standing.pass_veto_on(before=vetoers)
    return standing.result()


class _Standing:
    """The requests during ``regroup``."""

    def __init__(
        self, requests: tuple[ApprovalRequest, ...], vetoers: tuple[str, ...], vacant: int, group: GroupNow
    ) -> None:
        self._requests = requests
        self._vetoers = vetoers
        self._vacant = vacant
        self._members = {one.person: one.holder for one in group.members}
        self._vetoes = {one.person: one.holder for one in group.vetoers}
        self._barred = frozenset((*group.excluded, *group.gone))
        self._moved: list[tuple[str, str]] = []
        self._withdrawn: list[str] = []
        self._asked: list[str] = []

    def result(self) -> Regrouped:
        return Regrouped(
            self._requests,
            self._vetoers,
            self._vacant,
            tuple(self._moved),
            tuple(self._withdrawn),
            tuple(self._asked),
        )

    def look_at(self, before: ApprovalRequest) -> None:
        """Re-evaluates a request that was open. A merge with another request may have changed or removed it since."""
        request = held_by(self._requests, before.person)
        if request is None or request.vote is not None:
            return
        meant_for = request.asked_for or request.person
        group = self._vetoes if request.veto_only else self._members
        if meant_for not in group:
            if request.person in self._vetoers and meant_for in self._vetoes and request.person not in self._barred:
                self._keep_the_veto_alone(request)
            else:
                self._leave(request)
        elif request.person in self._barred:
            if not any(self._move(request.person, to) for to in dict.fromkeys((group[meant_for], meant_for))):
                self._leave(request)
        elif request.asked_for is None and group[meant_for] != meant_for:
            self._move(request.person, group[meant_for])

    def fill(self, required: int) -> None:
        """Gives vacant places to people who have joined, where too few approvers are left."""
        if reachable(self._requests) >= required:
            return
        for person, holder in self._members.items():
            if self._vacant and not self._has_a_place(person):
                self._vacant -= any(self._take_place(person, to) for to in dict.fromkeys((holder, person)))

    def pass_veto_on(self, before: tuple[str, ...]) -> None:
        """Removes people who have lost the veto. If nobody is left, the people who have the veto now hold it."""
        stand_ins = set(self._vetoes.values())
        theirs = {one.person: one.asked_for for one in self._requests}
        self._vetoers = tuple(
            one for one in self._vetoers if one in self._vetoes or one in stand_ins or theirs.get(one) in self._vetoes
        )
        if self._vetoers or not before:
            return
        for person, holder in self._vetoes.items():
            own = held_by(self._requests, holder)
            if holder in self._barred or holder in self._vetoers or (own and own.vote is not None):
                continue
            self._vetoers += (holder,)
            if own is None:
                self._ask(ApprovalRequest(holder, person if person != holder else None, veto_only=True, why="joined"))

    def _leave(self, request: ApprovalRequest) -> None:
        self._requests = tuple(one for one in self._requests if one is not request)
        self._vetoers = tuple(one for one in self._vetoers if one != request.person)
        self._vacant += not request.veto_only
        self._withdrawn.append(request.person)

    def _keep_the_veto_alone(self, request: ApprovalRequest) -> None:
        self._requests = tuple(replace(one, veto_only=True) if one is request else one for one in self._requests)
        self._vacant += 1

    def _move(self, person: str, to: str) -> bool:
        moved = delegate(self._requests, self._vetoers, person, to, self._barred, why="out_of_office")
        if not isinstance(moved, Delegation):
            return False
        self._requests, self._vetoers = moved.requests, moved.vetoers
        self._moved.append((person, to))
        return True

    def _has_a_place(self, person: str) -> bool:
        counted = [one for one in self._requests if not one.veto_only]
        return any(person in (one.person, one.asked_for) for one in counted)

    def _take_place(self, person: str, holder: str) -> bool:
        """Whether ``holder`` takes a place for ``person``. A holder of only a veto becomes a counted approver.

        A veto that is not a member's stays a veto alone: one request can't carry one person's veto and another's place.
        """
        own = held_by(self._requests, holder)
        if holder in self._barred or (own and not (own.veto_only and own.vote is None)):
            return False
        if own and (own.asked_for or own.person) not in self._members:
            return False
        asked_for = person if person != holder else None
        if own is None:
            self._ask(ApprovalRequest(holder, asked_for, why="joined"))
        else:
            counts = replace(own, veto_only=False, why="joined")
            self._requests = tuple(counts if one is own else one for one in self._requests)
            self._asked.append(holder)
        return True

    def _ask(self, request: ApprovalRequest) -> None:
        self._requests += (request,)
        self._asked.append(request.person)
