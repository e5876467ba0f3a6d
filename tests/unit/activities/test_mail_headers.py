"""Headers of mail: what people write is text in one header, on the wire too."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from activities.notifications.sending import NotSentError, mail, send_mail
from activities.records.outbox import Notification
from activities.settings import Settings

NAMES = ["Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "X-Stanchion-Ticket"]
SETTINGS = Settings(smtp_host="127.0.0.1", smtp_port=1, mail_from="Stanchion <desk@example.com>")


def notification(subject: str, **changes: Any) -> Notification:
    values: dict[str, Any] = {
        "id": "CHG-1:x:1:1.1#bob", "ticket": "CHG-1", "revision": 1, "position": 0, "effect": "e", "person": "bob",
        "address": "bob@example.com", "reason": "step", "template": None, "channel": "mail", "subject": subject,
        "body": "Hello\n", "created_at": 0, "status": "pending",
    }  # fmt: skip
    return Notification(**(values | changes))


def wire(subject: str) -> bytes:
    return mail(SETTINGS, notification(subject)).as_bytes().partition(b"\r\n\r\n")[0]


@pytest.mark.parametrize(
    "subject",
    [
        "=?utf-8?q?hi=0D=0ABcc=3A_evil=40example.net?=",
        "=?utf-8?b?aGkNCkJjYzogZXZpbEBleGFtcGxlLm5ldA==?=",
        "a =?utf-8?q?=0D=0A=0D=0Abody?= b",
        "=?utf-8?q?unfinished",
        "plain",
        "Größe: ✓ and more",
        "x" * 200,
        "word " * 40,
        "ü" * 200,
        "=?utf-8?q?hi=0D=0ABcc=3A_evil=40example.net?= " * 4,
    ],
)
def test_what_people_write_is_text_in_one_header(subject: str) -> None:
    """Encoded words in a subject are text: no line of them becomes a header, and its reader gets it as it was."""
    lines = wire(subject).replace(b"\r\n ", b" ").split(b"\r\n")
    names = [line.partition(b":")[0].decode() for line in lines]
    assert names[: len(NAMES)] == NAMES
    assert names[len(NAMES) :] == ["Content-Type", "Content-Transfer-Encoding", "MIME-Version"]
    assert all(len(line) <= 78 for line in wire(subject).split(b"\r\n"))
    received = message_from_bytes(mail(SETTINGS, notification(subject)).as_bytes(), policy=default)
    assert str(received["Subject"]).split() == subject.split()
    assert received["Bcc"] is None


@pytest.mark.parametrize(
    "address", ["=?utf-8?q?x=0D=0ABcc=3Ae?=@example.com", "bob@example.com\r\nBcc: e@example.net", "bob", ""]
)
def test_an_address_that_can_not_be_written_fails_closed(address: str) -> None:
    """A mail whose header can't be written is not sent, and the notification has the reason."""
    with pytest.raises(NotSentError) as failed:
        send_mail(SETTINGS, notification("x", address=address))
    assert failed.value.permanent
    assert failed.value.text.startswith("mail: ")
