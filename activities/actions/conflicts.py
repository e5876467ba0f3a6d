"""``conflicts``: what stands against work on a service at a time, and the booking of that time (LANGUAGE, section 4).

A window is never booked twice for services that depend on each other: whoever comes second is told who was first.
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
    """A service and a time, half open; times as the language writes them, with their offset."""

    model_config = ConfigDict(extra="forbid")

    service: str
    from_: str = Field(alias="from")
    to: str


class Freeze(BaseModel):
    """A time in which this service, or one that depends on it, is not to be changed."""

    name: str
    services: list[str]
    """Those that it holds for here."""


class Taken(BaseModel):
    """A window of another ticket that overlaps."""

    model_config = ConfigDict(populate_by_name=True)

    ticket: str
    service: str
    from_: str = Field(alias="from")
    to: str


class Conflicts(BaseModel):
    """``free`` where nothing stands against it; then, and only then, the time is booked."""

    free: bool
    freezes: list[Freeze]
    outside_maintenance: bool
    """Part of the time is not in the service's ``maintenance`` calendar."""
    bookings: list[Taken]


@action("conflicts")
def conflicts(window: Window, context: Context) -> Conflicts:
    """Gives up what this ticket has booked before; books the time until the next call, or the end of the ticket.

    Freezes are those of the organization's files, and those that were declared since.
    """
    organization = context.world.organization
    service = organization.services.get(window.service)
    if service is None:
        raise ActionError(f"there is no service {window.service!r}")
    start, end = _instant(window.from_), _instant(window.to)
    if not start < end <= start + LONGEST_DAYS * 86_400:
        raise ActionError(f"from {window.from_} to {window.to} is no time that can be booked")
    above, below = in_need_of(organization, window.service), needed_by(organization, (window.service,))
    freezes = _freezes(organization, {window.service, *above}, start, end)
    outside = service.maintenance is not None and _is_outside(organization, service.maintenance, start, end)
    booking = Booking(context.ticket, window.service, start, end)
    related = {window.service, *above, *below}
    found = context.records.book(booking, related, above, may=not (freezes or outside))
    freezes += [Freeze(name=name, services=list(services)) for name, services in found.freezes]
    taken = [
        Taken(ticket=one.ticket, service=one.service, from_=to_text(one.starts_at), to=to_text(one.ends_at))
        for one in found.bookings
    ]
    free = not (freezes or outside or taken)
    return Conflicts(free=free, freezes=freezes, outside_maintenance=outside, bookings=taken)


def _instant(text: str) -> Instant:
    try:
        return to_instant(text)
    except ValueError as error:
        raise ActionError(f"{text!r}: {error}") from error


def _freezes(organization: Organization, services: set[str], start: Instant, end: Instant) -> list[Freeze]:
    found = []
    for name, freeze in organization.freezes.items():
        hit = sorted(services & set(freeze.services)) if freeze.services else sorted(services)
        try:
            begins, ends = period(freeze.from_, freeze.to, organization.organization.time_zone)
        except ValueError as error:
            raise ActionError(f"freeze {name}: {error}") from error
        if hit and start < ends and begins < end:
            found.append(Freeze(name=name, services=hit))
    return found


def _is_outside(organization: Organization, calendar: str, start: Instant, end: Instant) -> bool:
    try:
        compiled = compile_calendar(organization, calendar, start, end)
    except ValueError as error:
        raise ActionError(str(error)) from error
    return working_seconds(compiled, start, end) < end - start
