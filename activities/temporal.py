"""The activities as Temporal runs them: thin, synchronous (for the worker's thread pool), idempotent.

Their timeouts and retry policies stand with the callers, in ``workflows.ticket.options``.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from threading import Event, Thread
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.actions.registry import load_actions
from activities.automation import HopelessError, automate
from activities.calendars import extend_calendars
from activities.callbacks import Addresses
from activities.notifications.delivery import StillPendingError, deliver
from activities.notifications.routes import Routes
from activities.notifications.writing import notifications_of
from activities.opening import KeyCheck, open_ticket, open_workflow, with_own_key
from activities.outbound import ForbiddenError, Outbound, RequestError
from activities.people import ask_approvers, check_people, look_up_services
from activities.records.store import Records
from activities.scheduling import plan_schedule
from activities.secrets import SecretMissingError
from activities.settings import Settings
from activities.world import CurrentWorld
from workflows.contracts import (
    ASK_APPROVERS,
    AUTOMATE,
    CHECK_PEOPLE,
    DELIVER,
    EXTEND_CALENDARS,
    FIND_LINKED,
    LOOK_UP_SERVICES,
    OPEN_TICKET,
    OPEN_WORKFLOW,
    PLAN_SCHEDULE,
    RECORD,
    AskApprovers,
    Asked,
    AutomateRequest,
    AutomateResult,
    CheckPeople,
    DeliverRequest,
    DeliverResult,
    ExtendRequest,
    ExtendResult,
    Known,
    LinkedAnswer,
    LinkedRequest,
    LookUpServices,
    OpenAnswer,
    OpenRequest,
    OpenWorkflowRequest,
    PeopleChecked,
    RecordBatch,
    RecordResult,
    SchedulePlan,
    ScheduleRequest,
)

BEAT_SECONDS = 5.0
"""The pause between two heartbeats of a delivery; ``workflows.ticket.options`` has the timeout."""


@contextmanager
def _beating() -> Iterator[None]:
    """Sends heartbeats from a thread beside the activity, which waits for other systems."""
    if not activity.in_activity():  # called as a function
        yield
        return
    done = Event()

    def beat() -> None:
        while not done.wait(BEAT_SECONDS):
            activity.heartbeat()

    beside = Thread(target=copy_context().run, args=(beat,), name="heartbeat", daemon=True)
    beside.start()
    try:
        yield
    finally:
        done.set()
        beside.join()


def wall_clock() -> int:
    """UTC seconds since the epoch."""
    return int(time.time())


class Activities:
    """All activities of tickets, over one records store and the current organization."""

    def __init__(
        self,
        records: Records,
        world: CurrentWorld,
        settings: Settings,
        clock: Callable[[], int] = wall_clock,
        *,
        workflows: Collection[str] = (),
        key_use: KeyCheck | None = None,
    ) -> None:
        """``workflows`` are the types of workflows written in Python that the same worker runs.

        ``key_use`` asks Temporal for the key of a new ticket; None if the records can't be older than Temporal.

        Raises ActionsError where the actions that the settings name can't be loaded.
        """
        self._records = records
        self._world = world
        self._settings = settings
        self._routes = Routes(settings)
        self._clock = clock
        self._actions = load_actions(settings.actions)
        self._outbound = Outbound(settings.outbound_policy())
        self._addresses = Addresses(settings.callback_url, settings.callback_keys)
        self._workflows = frozenset(workflows)
        self._key_use = key_use

    def all(self) -> Sequence[Callable[..., Any]]:
        """Every activity that a worker registers."""
        return (
            self.record,
            self.ask_approvers,
            self.check_people,
            self.look_up_services,
            self.extend_calendars,
            self.deliver,
            self.open_ticket,
            self.plan_schedule,
            self.open_workflow,
            self.find_linked,
            self.automate,
        )

    @activity.defn(name=RECORD)
    def record(self, batch: RecordBatch) -> RecordResult:
        """Writes macrosteps to the records and their notifications to the outbox, in one transaction."""
        notifications = notifications_of(self._world.now, self._routes, batch, self._clock())
        return self._records.record(batch, notifications)

    @activity.defn(name=ASK_APPROVERS)
    def ask_approvers(self, request: AskApprovers) -> Asked:
        """Looks up approvers in the current organization. An invalid principal is not retried."""
        try:
            return ask_approvers(self._world.now, request, self._clock())
        except ValueError as error:
            raise ApplicationError(str(error), type="bad_principal", non_retryable=True) from error

    @activity.defn(name=CHECK_PEOPLE)
    def check_people(self, request: CheckPeople) -> PeopleChecked:
        """Looks up the availability of approvers and task holders. An invalid principal is not retried."""
        try:
            return check_people(self._world.now, request, self._clock())
        except ValueError as error:
            raise ApplicationError(str(error), type="bad_principal", non_retryable=True) from error

    @activity.defn(name=LOOK_UP_SERVICES)
    def look_up_services(self, request: LookUpServices) -> Known:
        """Looks up services; an unknown service is absent."""
        return look_up_services(self._world.now, request)

    @activity.defn(name=EXTEND_CALENDARS)
    def extend_calendars(self, request: ExtendRequest) -> ExtendResult:
        """Extends calendars. A calendar that the organization can no longer compile is not retried."""
        try:
            return extend_calendars(self._world.now, request)
        except ValueError as error:
            raise ApplicationError(str(error), type="bad_calendar", non_retryable=True) from error

    @activity.defn(name=DELIVER)
    def deliver(self, request: DeliverRequest) -> DeliverResult:
        """Sends pending notifications; fails, to be retried, while another attempt can help."""
        try:
            with _beating():
                return deliver(self._records, self._settings, request, self._clock)
        except StillPendingError as error:
            raise ApplicationError(str(error), type="still_pending") from None

    @activity.defn(name=OPEN_TICKET)
    async def open_ticket(self, request: OpenRequest) -> OpenAnswer:
        """Gives a new ticket its number and its pinned definition; the caller starts the workflow."""
        opened = partial(open_ticket, self._world.now, self._records, request, self._clock())
        answer = await asyncio.to_thread(opened)
        return await with_own_key(self._records, request, answer, self._key_use) if self._key_use else answer

    @activity.defn(name=PLAN_SCHEDULE)
    def plan_schedule(self, request: ScheduleRequest) -> SchedulePlan:
        """Plans the tickets that one firing of a schedule opens."""
        return plan_schedule(self._world.now, request, self._clock())

    @activity.defn(name=OPEN_WORKFLOW)
    def open_workflow(self, request: OpenWorkflowRequest) -> OpenAnswer:
        """Gives a Python workflow its key, where this worker runs a workflow of that name."""
        return open_workflow(self._workflows, request)

    @activity.defn(name=FIND_LINKED)
    def find_linked(self, request: LinkedRequest) -> LinkedAnswer:
        """Finds the open tickets that link to a ticket by a field."""
        return LinkedAnswer(self._records.pointing_to(request.ticket, request.link))

    @activity.defn(name=AUTOMATE)
    def automate(self, request: AutomateRequest) -> AutomateResult:
        """Performs one attempt of automation. A failure that another attempt would repeat is not retried."""
        try:
            return automate(
                self._world.now,
                self._records,
                self._actions,
                self._outbound,
                request,
                self._clock(),
                self._addresses,
            )
        except (HopelessError, ForbiddenError) as error:
            raise ApplicationError(str(error), type="hopeless", non_retryable=True) from None
        except RequestError as error:
            raise ApplicationError(str(error), type="request", non_retryable=error.hopeless) from None
        except SecretMissingError as error:
            raise ApplicationError(str(error), type="secret_missing") from None
