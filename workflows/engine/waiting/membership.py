"""Who holds the requests of a stage once its group has changed: pure rules, nobody votes and no number moves.

Each of those who were asked has a place. A place is taken by a request that counts, or it is vacant; taken and vacant
places together stay as many as were counted when it was asked, whoever leaves and joins.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from workflows.engine.model.approval import Request
from workflows.engine.model.availability import GroupNow
from workflows.engine.waiting.quorum import Delegation, delegate, held_by


@dataclass(frozen=True, slots=True)
class Regrouped:
    """The requests after a look at the group, and what was done to them, in order."""

    requests: tuple[Request, ...]
    vetoers: tuple[str, ...]
    vacant: int
    moved: tuple[tuple[str, str], ...] = ()
    """From whom to whom."""
    withdrawn: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    """New holders, of places that were vacant or of a veto that nobody held any more."""


def reachable(requests: Collection[Request], out: Collection[str] = ()) -> int:
    """How many can have approved in the end, without those that are ``out``."""
    counted = [one for one in requests if not one.veto_only]
    return sum(one.vote == "approve" or (one.vote is None and one.person not in out) for one in counted)


def regroup(
    requests: tuple[Request, ...], vetoers: tuple[str, ...], vacant: int, required: int, group: GroupNow
) -> Regrouped:
    """Moves and withdraws open requests by how the group is now; votes that were given stand.

    - Who has left the group, or stands in for one who has, loses the request: the place is vacant. A veto stays where
      it is still theirs.
    - Who is away is stood in for: one step, and only by one who can hold the request. Else it stays.
    - A stand-in who is gone or excluded gives it back to whom it was meant for, or to the one who stands in now.
    - Who joins takes a vacant place, in the order of the group, where else fewer than ``required`` could approve.
    - A veto whose holders have all left is held by those whose it is now.
    """
    standing = _Standing(requests, vetoers, vacant, group)
    for request in requests:
        if request.vote is None:
            standing.look_at(request)
    standing.fill(required)
    standing.pass_veto_on(before=vetoers)
    return standing.result()


class _Standing:
    """The requests while they are looked through."""

    def __init__(self, requests: tuple[Request, ...], vetoers: tuple[str, ...], vacant: int, group: GroupNow) -> None:
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

    def look_at(self, before: Request) -> None:
        """One request that was open; a merge with another one may have changed it or taken it away since."""
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
        """Asks who has joined, where too few are left."""
        if reachable(self._requests) >= required:
            return
        for person, holder in self._members.items():
            if self._vacant and not self._has_a_place(person):
                self._vacant -= any(self._take_place(person, to) for to in dict.fromkeys((holder, person)))

    def pass_veto_on(self, before: tuple[str, ...]) -> None:
        """Takes the veto from those whose it is not any more; where nobody is left, those whose it is now get it."""
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
                self._ask(Request(holder, person if person != holder else None, veto_only=True, why="joined"))

    def _leave(self, request: Request) -> None:
        self._requests = tuple(one for one in self._requests if one is not request)
        self._vetoers = tuple(one for one in self._vetoers if one != request.person)
        self._vacant += not request.veto_only
        self._withdrawn.append(request.person)

    def _keep_the_veto_alone(self, request: Request) -> None:
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
        """Whether ``holder`` takes a place for ``person``; who is asked for their veto alone counts from now on."""
        own = held_by(self._requests, holder)
        if holder in self._barred or (own and not (own.veto_only and own.vote is None)):
            return False
        asked_for = person if person != holder else None
        if own is None:
            self._ask(Request(holder, asked_for, why="joined"))
        else:
            counts = replace(own, veto_only=False, why="joined")
            self._requests = tuple(counts if one is own else one for one in self._requests)
            self._asked.append(holder)
        return True

    def _ask(self, request: Request) -> None:
        self._requests += (request,)
        self._asked.append(request.person)
