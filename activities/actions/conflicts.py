"""``conflicts``: finds what forbids work on a service at a time, and books that time (LANGUAGE, section 4).

A window is never booked twice for services that depend on each other: the second ticket gets the booking of the first.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from activities.actions.declaring import ActionError, Context, action
from activities.records.shapes import Booking
from definitions.calendars import compile_calendar
from definitions.freezes import in_need_of, needed_by, period
from definitions.schema.organization import Organization
from definitions.times import Instant, to_instant, to_text
from workflows.engine.business_time import working_seconds

LONGEST_DAYS = 366


class Window(BaseModel):
    """A service and a half-open period; times are datetimes with their offset."""

    model_config = ConfigDict(extra="forbid")

    service: str
    from_: str = Field(alias="from")
    to: str


class ConflictingFreeze(BaseModel):
    """A freeze that holds for the service or for a service that depends on it."""

    name: str
    services: list[str]
    """The services concerned."""


class ConflictingBooking(BaseModel):
    """An overlapping booking of another ticket."""

    model_config = ConfigDict(populate_by_name=True)

    ticket: str
    service: str
    from_: str = Field(alias="from")
    to: str


class Conflicts(BaseModel):
    """The result: only where the window is ``free``, it is booked."""

    free: bool
    freezes: list[ConflictingFreeze]
    outside_maintenance: bool
    """Whether a part of the window lies outside the service's ``maintenance`` calendar."""
    bookings: list[ConflictingBooking]


@action("conflicts")
def conflicts(window: Window, context: Context) -> Conflicts:
    """Drops the ticket's earlier booking and books the window, until the next call or the end of the ticket.

    Freezes come from the organization's files and from declarations.
    """
    organization = context.world.organization
    service = organization.services.get(window.service)
    if service is None:
        raise ActionError(f"there is no service {window.service!r}")
    start, end = _instant(window.from_), _instant(window.to)
    if not start < end <= start + LONGEST_DAYS * 86_400:
        span = f"from {window.from_} to {window.to}"
        raise ActionError(f"{span} can't be booked: it must end after it begins, within {LONGEST_DAYS} days")
    above, below = in_need_of(organization, window.service), needed_by(organization, (window.service,))
    freezes = _freezes(organization, {window.service, *above}, start, end)
    outside = service.maintenance is not None and _is_outside(organization, service.maintenance, start, end)
    booking = Booking(context.ticket, window.service, start, end)
    related = {window.service, *above, *below}
    found = context.records.book(booking, related, above, may=not (freezes or outside))
    freezes += [ConflictingFreeze(name=name, services=list(services)) for name, services in found.freezes]
    taken = [
        ConflictingBooking(
            ticket=one.ticket, service=one.service, from_=to_text(one.starts_at), to=to_text(one.ends_at)
        )
        for one in found.bookings
    ]
    free = not (freezes or outside or taken)
    return Conflicts(free=free, freezes=freezes, outside_maintenance=outside, bookings=taken)


def _instant(text: str) -> Instant:
    try:
        return to_instant(text)
    except ValueError as error:
        raise ActionError(f"{text!r}: {error}") from error


def _freezes(organization: Organization, services: set[str], start: Instant, end: Instant) -> list[ConflictingFreeze]:
    found = []
    for name, freeze in organization.freezes.items():
        hit = sorted(services & set(freeze.services)) if freeze.services else sorted(services)
        try:
            begins, ends = period(freeze.from_, freeze.to, organization.organization.time_zone)
        except ValueError as error:
            raise ActionError(f"freeze {name}: {error}") from error
        if hit and start < ends and begins < end:
            found.append(ConflictingFreeze(name=name, services=hit))
    return found


def _is_outside(organization: Organization, calendar: str, start: Instant, end: Instant) -> bool:
    try:
        compiled = compile_calendar(organization, calendar, start, end)
    except ValueError as error:
        raise ActionError(str(error)) from error
    return working_seconds(compiled, start, end) < end - start
