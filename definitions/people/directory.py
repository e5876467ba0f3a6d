"""Lookups in an organization, and the approvers of an approval (LANGUAGE, sections 4 and 7).

Pure: the instant is an argument. A person, team or service that the organization does not have (any more) stands for
nobody and is never an error; the checks of definitions report such names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import assert_never
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from definitions.digest import digest_of_people
from definitions.people.bound import Bound, BoundManagerOf, OwnerOf, TeamOf, parse_bound
from definitions.people.principals import Everyone, PersonPrincipal, RolePrincipal, TeamPrincipal
from definitions.schema.organization import Organization, OutOfOffice

MOST_ABSENCES = 50
"""The limit of absences among the facts of an actor."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Actor:
    """The sender of an event, as the edge authenticated them, with their facts in the organization at that moment.

    ``id`` is a person's id, ``engine``, ``schedule``, ``source:<name>`` or ``ticket:<key>``.
    """

    id: str
    teams: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    owns: tuple[str, ...] = ()
    """Services that this person owns."""
    serves: tuple[str, ...] = ()
    """Services whose team this person is in."""
    reports: tuple[str, ...] = ()
    """People whose manager this person is."""
    manages: tuple[str, ...] = ()
    """``team:x`` and ``role:y`` with a member whose manager this person is."""
    manager: str | None = None
    """The manager of this person."""
    absences: tuple[int, ...] = ()
    """When the announced absences of this person begin, UTC seconds."""


ENGINE = Actor("engine")


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """A service as the organization describes it; tickets keep these facts in their history."""

    title: str = ""
    owner: str | None = None
    team: str | None = None
    calendar: str | None = None


@dataclass(frozen=True, slots=True)
class AskedPerson:
    """One approver; ``asked_for`` is the person whom they stand in for."""

    person: str
    asked_for: str | None = None
    veto_only: bool = False
    """They hold a veto only: their approval does not count."""


@dataclass(frozen=True, slots=True)
class Asking:
    """The approvers, each once, in the order of the principals; and which of them hold a veto."""

    people: tuple[AskedPerson, ...]
    vetoers: tuple[str, ...]
    excluded: tuple[str, ...]
    """All people of ``exclude``: they never vote, not even as delegates."""


class Directory:
    """An organization, indexed for lookups. It never changes: a changed organization gets a new directory."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization
        self._people = organization.people
        self._actors: dict[str, Actor] = {}
        self._expanded: dict[str, tuple[str, ...]] = {}
        self._absentees = {id_: one for id_, one in self._people.items() if one.out_of_office}
        self._teams = {team: self._known(one.members) for team, one in organization.teams.items()}
        self._roles = {role: self._known(members) for role, members in organization.roles.items()}
        self._reports = self._index((id_, [one.manager]) for id_, one in self._people.items())
        self._teams_of = self._index(self._teams.items())
        self._roles_of = self._index(self._roles.items())
        services = organization.services
        self._owns = self._index((id_, [one.owner]) for id_, one in services.items())
        self._serves = self._index((id_, self._teams.get(one.team or "", ())) for id_, one in services.items())
        groups = {f"team:{id_}": who for id_, who in self._teams.items()}
        groups |= {f"role:{id_}": who for id_, who in self._roles.items()}
        self._manages = self._index((group, self._managers_of(who)) for group, who in groups.items())

    def people(self, bound: str) -> tuple[str, ...]:
        """The people that a bound principal stands for, each once, in the order of the organization.

        Raises PrincipalError where ``bound`` is not a bound principal.
        """
        known = self._expanded.get(bound)
        if known is None:
            known = self._expand(parse_bound(bound))
            if known:
                self._expanded[bound] = known
        return known

    def actor(self, person: str) -> Actor:
        """A person as an actor. An unknown id (``source:x``, a person who has left) has no teams and no roles."""
        if person not in self._people:
            return Actor(person)
        known = self._actors.get(person)
        if known is None:
            known = self._actors[person] = Actor(
                id=person,
                teams=self._teams_of.get(person, ()),
                roles=self._roles_of.get(person, ()),
                owns=self._owns.get(person, ()),
                serves=self._serves.get(person, ()),
                reports=self._reports.get(person, ()),
                manages=self._manages.get(person, ()),
                manager=self._people[person].manager,
                absences=self._absences_of(person),
            )
        return known

    def actors(self) -> tuple[Actor, ...]:
        """Every person as an actor, in the order of the organization."""
        return tuple(self.actor(person) for person in self._people)

    def service_facts(self, service: str) -> ServiceFacts | None:
        """The facts of a service; None for an unknown service."""
        found = self._organization.services.get(service)
        return None if found is None else ServiceFacts(found.title, found.owner, found.team, found.calendar)

    def facts_of(self, services: Iterable[str]) -> dict[str, ServiceFacts]:
        """The facts of each of these services, by its id; an unknown service is left out."""
        found = {service: self.service_facts(service) for service in services}
        return {service: facts for service, facts in found.items() if facts is not None}

    def absence(self, person: str, at: int) -> OutOfOffice | None:
        """Why this person is out of office at ``at`` (UTC seconds), or None.

        Whole days in the person's zone, else the organization's; ``to`` is inclusive. Of entries that overlap the
        first that names a delegate counts, so that a short hand-over within a long leave is not lost. Raises
        zoneinfo.ZoneInfoNotFoundError for a zone that does not exist.
        """
        found = self._absentees.get(person)
        if found is None:
            return None
        zone = ZoneInfo(found.time_zone or self._organization.organization.time_zone)
        today = (_EPOCH + timedelta(seconds=at)).astimezone(zone).date().isoformat()
        active = [entry for entry in found.out_of_office if entry.from_ <= today <= entry.to]
        return next((entry for entry in active if entry.delegate is not None), active[0] if active else None)

    @cached_property
    def digest(self) -> str:
        """A short text that changes whenever the organization's people, teams, roles or services change."""
        return digest_of_people(self._organization)

    def knows(self, person: str) -> bool:
        """Whether the organization has this person."""
        return person in self._people

    def _absences_of(self, person: str) -> tuple[int, ...]:
        """When the last MOST_ABSENCES announced absences of a person begin, UTC seconds; none in an unknown zone."""
        found = self._people[person]
        try:
            zone = ZoneInfo(found.time_zone or self._organization.organization.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            return ()
        starts = (_first_instant(entry.from_, zone) for entry in found.out_of_office if entry.from_ <= entry.to)
        return tuple(sorted(start for start in starts if start is not None)[-MOST_ABSENCES:])

    def homes(self, person: str) -> tuple[str, ...]:
        """The teams and the manager of a person, bound: who answers for the person's work; none for an unknown id."""
        known = self._people.get(person)
        if known is None:
            return ()
        manager = (f"person:{known.manager}",) if known.manager in self._people else ()
        return (*(f"team:{team}" for team in self._teams_of.get(person, ())), *manager)

    def next_absence(self, person: str, at: int) -> tuple[int, OutOfOffice] | None:
        """When a person's next absence after ``at`` begins (UTC seconds), and its entry; None without any.

        Raises zoneinfo.ZoneInfoNotFoundError for a zone that does not exist.
        """
        found = self._absentees.get(person)
        if found is None:
            return None
        zone = ZoneInfo(found.time_zone or self._organization.organization.time_zone)
        coming = [
            (_first_instant(entry.from_, zone), entry) for entry in found.out_of_office if entry.from_ <= entry.to
        ]
        later = [(start, entry) for start, entry in coming if start is not None and start > at]
        return min(later, key=lambda one: one[0], default=None)

    def stand_ins(self, principals: Iterable[str], barred: frozenset[str], at: int) -> dict[str, str]:
        """Each person of these principals who is not barred, with the holder of their request at ``at`` (see ``ask``).

        Raises PrincipalError and zoneinfo.ZoneInfoNotFoundError.
        """
        meant = (person for person in self._all(principals) if person not in barred)
        return {person: self._stand_in(person, barred, at) for person in meant}

    def everyone_of(self, principals: Iterable[str]) -> tuple[str, ...]:
        """The people of several bound principals, each once. Raises PrincipalError."""
        return self._all(principals)

    def ask(self, from_: Iterable[str], exclude: Iterable[str], veto: Iterable[str], at: int) -> Asking:
        """The approvers of an approval at ``at`` (UTC seconds), by LANGUAGE, section 4; all principals are bound.

        A person who is an approver and a delegate as well gets one request, in their own right. A veto follows the
        rules of a request: ``exclude`` takes it away, and the delegate of a veto holder who is out of office holds it,
        even if that delegate is an approver already. Raises PrincipalError and zoneinfo.ZoneInfoNotFoundError.
        """
        excluded = self._all(exclude)
        barred = frozenset(excluded)
        approvers = self._holders(self._all(from_), barred, at)
        vetoers = self._holders(self._all(veto), barred, at)
        people = [AskedPerson(person, asked_for) for person, asked_for in approvers.items()]
        people += [AskedPerson(one, for_, veto_only=True) for one, for_ in vetoers.items() if one not in approvers]
        return Asking(tuple(people), tuple(vetoers), excluded)

    def _expand(self, bound: Bound) -> tuple[str, ...]:
        match bound:
            case PersonPrincipal(person):
                return self._known([person])
            case TeamPrincipal(team):
                return self._teams.get(team, ())
            case RolePrincipal(role):
                return self._roles.get(role, ())
            case OwnerOf(service):
                found = self._organization.services.get(service)
                return self._known([found.owner]) if found else ()
            case TeamOf(service):
                found = self._organization.services.get(service)
                return self._teams.get(found.team, ()) if found and found.team else ()
            case BoundManagerOf(inner):
                return self._managers_of(self._expand(inner))
            case Everyone():
                return tuple(self._people)
            case _:
                assert_never(bound)

    def _all(self, principals: Iterable[str]) -> tuple[str, ...]:
        """The people of several bound principals, each once."""
        return tuple(dict.fromkeys([person for bound in principals for person in self.people(bound)]))

    def _holders(self, meant: Iterable[str], excluded: frozenset[str], at: int) -> dict[str, str | None]:
        """The holders of the requests meant for these people, each with the person whom they stand in for.

        Exclusion comes first, then one step of delegation.
        """
        holders: dict[str, str | None] = {}
        for person in meant:
            if person in excluded:
                continue
            holder = self._stand_in(person, excluded, at)
            if holder == person:
                holders[person] = None
            else:
                holders.setdefault(holder, person)
        return holders

    def _stand_in(self, person: str, excluded: frozenset[str], at: int) -> str:
        """The delegate of a person who is out of office, else the person; a delegate's own absence does not count."""
        entry = self.absence(person, at)
        delegate = entry.delegate if entry else None
        return delegate if delegate in self._people and delegate not in excluded else person

    def _managers_of(self, people: Iterable[str]) -> tuple[str, ...]:
        return self._known(self._people[person].manager for person in people)

    def _known(self, people: Iterable[str | None]) -> tuple[str, ...]:
        """The people who are in the organization, each once, in the order given."""
        return tuple(dict.fromkeys(person for person in people if person is not None and person in self._people))

    @staticmethod
    def _index(holdings: Iterable[tuple[str, Iterable[str | None]]]) -> dict[str, tuple[str, ...]]:
        """Thing → people, turned round: person → things. Nobody (None) holds nothing."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for thing, people in holdings:
            for person in people:
                if person is not None:
                    found[person].append(thing)
        return {person: tuple(things) for person, things in found.items()}


def _first_instant(day: str, zone: ZoneInfo) -> int | None:
    """The first instant of a date in a zone, UTC seconds; None for a date that is none."""
    try:
        return int(datetime.combine(date.fromisoformat(day), time(), zone).timestamp())
    except ValueError:
        return None
