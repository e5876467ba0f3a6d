"""Delivery: every notification that was asked for is sent once, or its row says why not.

A row is claimed before it is sent, so that two attempts at one moment send it once. Between the server's yes and the
row's ``sent`` a worker can die: then it is sent again after the claim has run out, under the same Message-ID.
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

MARGIN = 10
"""Seconds that a claim outlasts the attempt that it is for."""


class StillPendingError(Exception):
    """Some could not be sent yet, and trying again later may help."""


def deliver(
    records: Records, settings: Settings, request: DeliverRequest, clock: Callable[[], Instant]
) -> DeliverResult:
    """One attempt for each notification that is still pending.

    Raises StillPendingError while there is hope for one of them.
    """
    before = records.notifications_by_id(request.ids)
    out = {row.id for row in before if row.status == "sent"}
    for group in _groups(before):
        out.update(_attempt(records, settings, group, clock))
    if all(row.id in out for row in before):
        return DeliverResult(sent=tuple(row.id for row in before))
    after = records.notifications_by_id(request.ids)
    if waiting := [row for row in after if row.status == "pending"]:
        reasons = dict.fromkeys(row.error or "another attempt is under way" for row in waiting)
        raise StillPendingError(f"{len(waiting)} of {len(after)} notifications not sent yet: {'; '.join(reasons)}")
    return DeliverResult(
        sent=tuple(row.id for row in after if row.status == "sent"),
        failures=tuple(_failure(row) for row in after if row.status == "failed"),
    )


def _failure(row: Notification) -> str:
    return f"{row.person or 'nobody'} was not told ({row.reason}, {row.channel}): {row.error}"


def _groups(rows: Sequence[Notification]) -> Iterator[list[Notification]]:
    """What goes out as one message: a channel that several people read gets a text once, not once a reader."""
    pending = [row for row in rows if row.status == "pending"]
    for _, group in groupby(pending, lambda row: (row.effect, row.channel) if _is_shared(row) else row.id):
        yield list(group)


def _is_shared(row: Notification) -> bool:
    return row.channel is not None and row.channel.startswith(SHARED)


def _attempt(
    records: Records, settings: Settings, group: list[Notification], clock: Callable[[], Instant]
) -> Sequence[str]:
    """The ids of those that are out now."""
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
            raise NotSentError("mail is not configured any more", permanent=True)
        send_mail(settings, row)
        return
    if channel == PERSON:
        references = settings.apprise_people.get(row.person or "", ())
    else:
        references = settings.apprise_channels.get(channel.removeprefix(SHARED), ())
    if not references:
        raise NotSentError(f"channel '{channel}' is not configured any more", permanent=True)
    send_by_apprise(settings, references, row)
