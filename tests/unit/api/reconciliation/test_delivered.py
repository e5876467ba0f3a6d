"""The status of notifications that are written again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from activities.records.outbox import Notification
from api.reconciliation.reconciling import UNKNOWN_DELIVERY, delivered
from api.reconciliation.replayed import Delivery

PENDING = Notification(
    id="CHG-1:1#bob", ticket="CHG-1", revision=1, position=0, effect="CHG-1:1", person="bob", address="bob@example.com",
    reason="approval", template=None, channel="mail", subject="", body="", created_at=1, status="pending",
)  # fmt: skip


@pytest.mark.parametrize(
    ("delivery", "wanted"),
    [
        (None, replace(PENDING, status="outbox")),
        (Delivery(), PENDING),
        (Delivery(over=True, sent_at=7), replace(PENDING, status="sent", delivered_at=7)),
        (Delivery(over=True), replace(PENDING, status="failed", error=UNKNOWN_DELIVERY)),
    ],
)
def test_a_status_is_that_of_the_history(delivery: Delivery | None, wanted: Notification) -> None:
    """A notification stays pending only while its ticket is still delivering it."""
    assert delivered(PENDING, delivery) == wanted


def test_the_outbox_alone_needs_no_delivery() -> None:
    """Without a channel a notification has the status ``outbox``, whatever the history says."""
    own = replace(PENDING, status="outbox", channel=None)
    assert delivered(own, Delivery(over=True, sent_at=7)) == own
