"""Delivery: every notification is sent once, or its row holds the reason why not.

A row is claimed before it is sent, so that two attempts at the same moment send it once. A worker can die between the
mail server's acceptance and the row's ``sent``: the notification is then sent again under the same Message-ID.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from activities.notifications.routes import MAIL, PERSON, SHARED
from activities.notifications.sending import NotSentError, send_by_apprise, send_mail
from activities.records.outbox import Notification
from activities.records.store import Records
from activities.settings import Settings
from definitions.times import Instant
from workflows.contracts import DeliverRequest, DeliverResult

MARGIN = 5
"""Seconds by which a claim outlasts its attempt."""


class StillPendingError(Exception):
    """Some notifications are not sent yet, and another attempt may succeed."""


def deliver(
    records: Records, settings: Settings, request: DeliverRequest, clock: Callable[[], Instant]
) -> DeliverResult:
    """One attempt for each pending notification. Raises StillPendingError while another attempt may succeed."""
    before = records.notifications_by_id(request.ids)
    out = {row.id for row in before if row.status == "sent"}
    for group in _groups(before):
        out.update(_attempt(records, settings, group, clock))
    if all(row.id in out for row in before):
        return DeliverResult(sent=tuple(row.id for row in before))
    after = records.notifications_by_id(request.ids)
    if waiting := [row for row in after if row.status == "pending"]:
        reasons = dict.fromkeys(row.error or "another attempt is under way" for row in waiting)
        raise StillPendingError(f"{len(waiting)} of {len(after)} notifications are not sent yet: {'; '.join(reasons)}")
    return DeliverResult(
        sent=tuple(row.id for row in after if row.status == "sent"),
        failures=tuple(_failure(row) for row in after if row.status == "failed"),
    )


def _failure(row: Notification) -> str:
    return f"{row.person or 'nobody'} was not notified ({row.reason}, {row.channel}): {row.error}"


def _groups(rows: Sequence[Notification]) -> Iterator[list[Notification]]:
    """Rows that go out as one message: a shared channel gets a text once, not once for each reader."""
    pending = [row for row in rows if row.status == "pending"]
    for _, group in groupby(pending, lambda row: (row.effect, row.channel) if _is_shared(row) else row.id):
        yield list(group)


def _is_shared(row: Notification) -> bool:
    return row.channel is not None and row.channel.startswith(SHARED)


def _attempt(
    records: Records, settings: Settings, group: list[Notification], clock: Callable[[], Instant]
) -> Sequence[str]:
    """The ids of the rows that are sent now."""
    now = clock()
    ids = records.claim([row.id for row in group], now, now + settings.delivery_timeout + MARGIN)
    if not ids:
        return ()
    try:
        _send(settings, group[0])
    except NotSentError as error:
        attempts = group[0].attempts + 1
        final = error.permanent or attempts >= settings.delivery_attempts
        records.not_sent(ids, error.text, final=final)
        return ()
    records.sent(ids, clock())
    return ids


def _send(settings: Settings, row: Notification) -> None:
    channel = row.channel or ""
    if channel == MAIL:
        if not settings.smtp_host:
            raise NotSentError("mail is no longer configured", permanent=True)
        send_mail(settings, row)
        return
    if channel == PERSON:
        references = settings.apprise_people.get(row.person or "", ())
    else:
        references = settings.apprise_channels.get(channel.removeprefix(SHARED), ())
    if not references:
        raise NotSentError(f"channel '{channel}' is no longer configured", permanent=True)
    send_by_apprise(settings, references, row)
