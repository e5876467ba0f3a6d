"""A month in virtual time: every ticket on the pure core, one moment after the other, as a worker would perform it.

The functions that the worker's activities call answer here too, with the time as an argument. What has no counterpart
here (requests to other systems, custom actions and workflows) is not done: it fails, and says so.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Mapping, Sequence
from random import Random
from typing import assert_never

from activities.actions.registry import SHIPPED
from activities.automation import HopelessError, automate
from activities.calendars import extend_calendars
from activities.notifications.routes import Routes
from activities.notifications.writing import notifications_of
from activities.opening import open_ticket
from activities.outbound import Outbound, Policy
from activities.people import ask_approvers, check_people, look_up_services
from activities.records.counters import TicketStart
from activities.settings import Settings
from api.seeding.habits import Story
from api.seeding.played import PlayedTicket, RehearsalRecords
from api.seeding.playing import MonthTicket
from api.seeding.timetable import TicketArrival
from api.seeding.world import MonthWorld
from definitions.calendars import compile_calendar
from definitions.people.directory import ENGINE
from definitions.pinned import DAY
from definitions.times import Instant
from workflows.contracts import AutomateRequest, ExtendRequest, OpenRequest
from workflows.engine.model.automation import CallAction, Parent
from workflows.engine.model.effects import (
    AskApprovers,
    Automate,
    CancelRun,
    CheckPeople,
    Effect,
    ExtendCalendars,
    LookUpServices,
    Notify,
    SendEvent,
    StartTicket,
    TellEnd,
)
from workflows.engine.model.events import ChildEnded, NotTaken, Ran, Send, Started
from workflows.engine.model.result import Refusal
from workflows.ticket.messages import TicketInput
from workflows.ticket.recording import batch_of
from workflows.ticket.signals import NOT_OPEN

SCOPE = "stanchion seed"
"""The scope of these starts in the table of starts."""
ACTIONS = {action.name: action for action in SHIPPED}
NOT_HERE = "it is not called for what is seeded"


class Month:
    """Plays the tickets of one organization."""

    def __init__(
        self, world: MonthWorld, records: RehearsalRecords, stories: Mapping[str, Story], random: Random, until: Instant
    ) -> None:
        self._world = world
        self._records = records
        self._stories = stories
        self._random = random
        self._until = until
        organization = world.organization
        name = organization.organization.calendar
        self._calendar = compile_calendar(organization, name, world.start - 7 * DAY, until + 90 * DAY)
        self._routes = Routes(Settings.model_construct())  # nothing is sent: notifications stay in the outbox
        self._outbound = Outbound(Policy())
        self._tickets: dict[str, MonthTicket] = {}
        self._played: dict[str, PlayedTicket] = {}
        self._queue: list[tuple[Instant, int, TicketArrival | str]] = []
        self._stirred: deque[str] = deque()
        self._number = 0

    def play(self, arrivals: Sequence[TicketArrival]) -> list[PlayedTicket]:
        """All tickets until the end of the month, in the order in which they were opened."""
        for arrival in arrivals:
            self._wait(arrival.at, arrival)
        while self._queue and self._queue[0][0] <= self._until:
            now, _, what = heapq.heappop(self._queue)
            if isinstance(what, TicketArrival):
                self._arrive(what)
            elif self._tickets[what].wake == now:
                self._tickets[what].act(now)
                self._stirred.append(what)
            self._settle(now)
        return [self._ended(key) for key in self._played]

    def _wait(self, at: Instant, what: TicketArrival | str) -> None:
        self._number += 1
        heapq.heappush(self._queue, (at, self._number, what))

    def _arrive(self, arrival: TicketArrival) -> None:
        """A person opens a ticket; a refused one is left out."""
        now, actor = arrival.at, self._world.actor(arrival.opener)
        trial = self._world.openable(arrival.process, now).try_out(actor, dict(arrival.fields), now)
        if isinstance(trial, Refusal):
            return
        key = self._records.allocate(
            TicketStart(
                scope=SCOPE,
                start_key=arrival.name,
                body_hash="",
                process=arrival.process,
                prefix=trial.process.prefix,
                at=now,
            )
        ).key
        self._begin(key, TicketInput(trial.pinned, trial.numbered(key)), now)

    def _playing(self, given: TicketInput, now: Instant) -> MonthTicket:
        process = given.opening and self._process_of(given)
        return MonthTicket(given, now, self._world, self._stories.get(process or ""), self._calendar)

    def _process_of(self, given: TicketInput) -> str | None:
        return next((name for name, one in self._world.processes.items() if one.digest == given.pinned.digest), None)

    def _begin(self, key: str, given: TicketInput, now: Instant) -> None:
        self._tickets[key] = self._playing(given, now)
        self._played[key] = PlayedTicket(self._process_of(given) or "")
        self._stirred.append(key)

    def _settle(self, now: Instant) -> None:
        """Performs the tickets' effects until none is left, puts each on record, and lets its people look at it."""
        while self._stirred:
            key = self._stirred.popleft()
            ticket = self._tickets[key]
            while ticket.state.effects:
                effects, ticket.state.effects = ticket.state.effects, []
                for effect in effects:
                    self._perform(ticket, effect, now)
            self._record(ticket, now)
            if ticket.state.effects or ticket.state.unrecorded:
                self._stirred.append(key)
                continue
            ticket.look(self._random, now)
            if ticket.wake is not None:
                self._wait(ticket.wake, key)

    def _record(self, ticket: MonthTicket, now: Instant) -> None:
        state = ticket.state
        while state.unrecorded:
            steps, batch = batch_of(state)
            del state.unrecorded[: len(steps)]
            told = notifications_of(self._world, self._routes, batch, now)
            recorded = self._records.record(batch, told)
            self._played[ticket.key].records.append((batch, told))
            for problem in recorded.problems:
                state.report_problem("not_notified", problem, now)
            for link, other in recorded.pointing:
                self._tell_linked(ticket, link, other, now)

    def _perform(self, ticket: MonthTicket, effect: Effect, now: Instant) -> None:
        state = ticket.state
        match effect:
            case Notify() | CancelRun():
                pass  # notified with the record of its step; runs here have ended by now
            case AskApprovers():
                state.apply(ask_approvers(self._world, effect, now), now)
            case CheckPeople():
                state.apply(check_people(self._world, effect, now), now)
            case LookUpServices():
                state.apply(look_up_services(self._world, effect), now)
            case ExtendCalendars(until):
                longer = extend_calendars(self._world, ExtendRequest(until, state.pinned.calendars))
                state.grow_calendars(longer.calendars, now)
            case Automate():
                self._automate(ticket, effect, now)
            case StartTicket():
                state.apply(self._start(ticket, effect, now), now)
            case SendEvent():
                self._send(ticket, effect, now)
            case TellEnd():
                self._tell_end(ticket, effect, now)
            case _:
                assert_never(effect)

    def _automate(self, ticket: MonthTicket, effect: Automate, now: Instant) -> None:
        """Runs the shipped actions on the tickets played so far."""
        request = AutomateRequest(effect.id, effect.what, effect.timeout, ticket.key, ticket.state.snapshot.process)
        if not isinstance(effect.what, CallAction) or effect.what.action not in ACTIONS:
            answer = None if effect.place is None else Ran(effect.place, failed=NOT_HERE)
        else:
            try:
                result = automate(self._world, self._records, ACTIONS, self._outbound, request, now)
                answer = None if effect.place is None else Ran(effect.place, result.value)
            except HopelessError as error:
                answer = None if effect.place is None else Ran(effect.place, failed=str(error))
        if answer is not None:
            ticket.state.apply(answer, now)

    def _start(self, ticket: MonthTicket, effect: StartTicket, now: Instant) -> Started:
        if effect.process is None:
            return Started(effect.id, None, effect.link, effect.place, NOT_HERE)
        parent = Parent(ticket.key, effect.place)
        request = OpenRequest(
            effect.id,
            effect.process,
            effect.fields,
            f"ticket:{ticket.key}",
            parent,
            hops=effect.hops,
            chain=effect.chain,
        )
        answer = open_ticket(self._world, self._records, request, now)
        if answer.key is None or answer.pinned is None:
            return Started(effect.id, None, effect.link, effect.place, answer.problem or "it can't be opened")
        if answer.key not in self._tickets:
            self._begin(answer.key, TicketInput(answer.pinned, answer.opening), now)
        return Started(effect.id, answer.key, effect.link, effect.place)

    def _send(self, ticket: MonthTicket, effect: SendEvent, now: Instant) -> None:
        linked = self._records.pointing_to(ticket.key, effect.linked) if effect.linked else ()
        for key in dict.fromkeys((*effect.to, *linked)):
            event = Send(effect.event, ENGINE, effect.fields, sender=ticket.key, hops=effect.hops, chain=effect.chain)
            refused = self._deliver(key, event, now)
            if refused is not None:
                ticket.state.apply(NotTaken(key, effect.event, refused, effect.cancel_of), now)

    def _deliver(self, key: str, event: Send | ChildEnded, now: Instant) -> str | None:
        """Delivers an event; the reason where the ticket did not take it."""
        other = self._tickets.get(key)
        if other is None or other.state.ended:
            return NOT_OPEN
        refusal = other.state.apply(event, now)
        self._stirred.append(key)
        return f"{refusal.code}: {refusal.reason}" if refusal else None

    def _tell_end(self, ticket: MonthTicket, effect: TellEnd, now: Instant) -> None:
        if effect.parent is not None and effect.parent.place is not None:
            ended = ChildEnded(effect.parent.place, ticket.key, effect.state, effect.failed)
            self._deliver(effect.parent.key, ended, now)
        for link, key in effect.links:
            self._tell_linked(ticket, link, key, now)

    def _tell_linked(self, ticket: MonthTicket, link: str, key: str, now: Instant) -> None:
        """Notifies both ends of a link once; a ticket that does not wait for it ignores it."""
        if (link, key) not in ticket.told:
            ticket.told.add((link, key))
            state = next(iter(ticket.state.snapshot.configuration), None)
            self._deliver(key, Send(f"ended.{link}", ENGINE, sender=ticket.key, sender_state=state), now)

    def _ended(self, key: str) -> PlayedTicket:
        played, state = self._played[key], self._tickets[key].state
        if not state.ended:
            played.given = TicketInput(state.pinned, carried=state.carry())
            played.booking = self._records.booked.get(key)
        return played
