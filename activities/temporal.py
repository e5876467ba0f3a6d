"""The activities as Temporal runs them: thin, synchronous (for the worker's thread pool), idempotent.

Recommended to callers: ``record`` and the lookups 30 s start-to-close, retried for as long as the ticket lives;
``deliver`` five minutes, with more attempts than ``Settings.delivery_attempts`` and 10 s or more between them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.calendars import extend_calendars
from activities.contracts import (
    ASK_APPROVERS,
    DELIVER,
    EXTEND_CALENDARS,
    LOOK_UP_SERVICES,
    OPEN_TICKET,
    PLAN_SCHEDULE,
    RECORD,
    AskApprovers,
    Asked,
    DeliverRequest,
    DeliverResult,
    ExtendRequest,
    ExtendResult,
    Known,
    LookUpServices,
    OpenAnswer,
    OpenRequest,
    RecordBatch,
    RecordResult,
    SchedulePlan,
    ScheduleRequest,
)
from activities.notifications.delivery import StillPendingError, deliver
from activities.notifications.routes import Routes
from activities.notifications.writing import notifications_of
from activities.opening import open_ticket
from activities.people import ask_approvers, look_up_services
from activities.records.store import Records
from activities.scheduling import plan_schedule
from activities.settings import Settings
from activities.world import CurrentWorld


def wall_clock() -> int:
    """UTC seconds since the epoch."""
    return int(time.time())


class Activities:
    """Everything that tickets ask of the world, over one records store and the newest organization."""

    def __init__(
        self, records: Records, world: CurrentWorld, settings: Settings, clock: Callable[[], int] = wall_clock
    ) -> None:
        self._records = records
        self._world = world
        self._settings = settings
        self._routes = Routes(settings)
        self._clock = clock

    def all(self) -> Sequence[Callable[..., Any]]:
        """What a worker registers."""
        return (
            self.record,
            self.ask_approvers,
            self.look_up_services,
            self.extend_calendars,
            self.deliver,
            self.open_ticket,
            self.plan_schedule,
        )

    @activity.defn(name=RECORD)
    def record(self, batch: RecordBatch) -> RecordResult:
        """Macrosteps into the records, and their notifications into the outbox, in one transaction."""
        notifications = notifications_of(self._world.now, self._routes, batch, self._clock())
        return self._records.record(batch, notifications)

    @activity.defn(name=ASK_APPROVERS)
    def ask_approvers(self, request: AskApprovers) -> Asked:
        """Who is asked, by the organization of this moment. A principal that can't be read is never retried."""
        try:
            return ask_approvers(self._world.now, request, self._clock())
        except ValueError as error:
            raise ApplicationError(str(error), type="bad_principal", non_retryable=True) from error

    @activity.defn(name=LOOK_UP_SERVICES)
    def look_up_services(self, request: LookUpServices) -> Known:
        """Facts of services; one that is gone is absent."""
        return look_up_services(self._world.now, request)

    @activity.defn(name=EXTEND_CALENDARS)
    def extend_calendars(self, request: ExtendRequest) -> ExtendResult:
        """Calendars compiled on. One that the organization can't compile any more is never retried."""
        try:
            return extend_calendars(self._world.now, request)
        except ValueError as error:
            raise ApplicationError(str(error), type="bad_calendar", non_retryable=True) from error

    @activity.defn(name=DELIVER)
    def deliver(self, request: DeliverRequest) -> DeliverResult:
        """Sends what is pending; fails, to be retried, while trying again can help."""
        try:
            return deliver(self._records, self._settings, request, self._clock)
        except StillPendingError as error:
            raise ApplicationError(str(error), type="still_pending") from None

    @activity.defn(name=OPEN_TICKET)
    def open_ticket(self, request: OpenRequest) -> OpenAnswer:
        """A number and a pinned definition for a new ticket; the caller starts it."""
        return open_ticket(self._world.now, self._records, request, self._clock())

    @activity.defn(name=PLAN_SCHEDULE)
    def plan_schedule(self, request: ScheduleRequest) -> SchedulePlan:
        """The tickets that one firing of a schedule opens."""
        return plan_schedule(self._world.now, request, self._clock())
