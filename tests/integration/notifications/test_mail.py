"""Delivery by mail."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email.message import EmailMessage
from threading import Event
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities import temporal
from activities.notifications.sending import mail
from activities.records.outbox import Notification
from activities.records.store import Records
from activities.settings import Settings
from activities.temporal import Activities
from activities.world import CurrentWorld
from tests.servers.mail import Mailbox
from tests.servers.postgresql import free_port
from tests.servers.worlds import NOW, batch, notice, ticket, world
from workflows.contracts import DeliverRequest, DeliverResult, RecordedStep

Make = Callable[..., Activities]
WHAT = "CHG-1:authorize:1:1.1"


def tell(activities: Activities, *to: str, **changes: Any) -> tuple[str, ...]:
    """Records a notification and returns the ids still to be delivered."""
    step = RecordedStep(1, (), (notice(*to, **changes),))
    return activities.record(batch(steps=[step])).to_deliver


def text_of(message: EmailMessage) -> str:
    """The text, with line ends as people write them."""
    return str(message.get_content()).replace("\r\n", "\n")


def row(records: Records) -> Notification:
    (found,) = records.outbox(ticket="CHG-1").items
    return found


def test_a_notification_arrives(by_mail: Make, mailbox: Mailbox, records: Records) -> None:
    """A mail has sender, recipient, subject and text, an id of its own, and states that a machine wrote it."""
    activities = by_mail()
    ids = tell(activities, "person:bob", message="Grüße {{ x }}")
    assert activities.deliver(DeliverRequest(ids)) == DeliverResult(sent=(f"{WHAT}#bob",))
    (arrived,) = mailbox.mails
    assert (arrived["From"], arrived["To"]) == ("Stanchion <desk@example.com>", "bob@example.com")
    assert (arrived["Subject"], text_of(arrived)) == ("CHG-1: Swap core switch", "Grüße {{ x }}\n")
    assert (arrived["Auto-Submitted"], arrived["Date"]) == ("auto-generated", "Mon, 02 Mar 2026 08:00:00 +0000")
    assert arrived["Message-ID"].endswith("@example.com>")
    sent = row(records)
    assert (sent.status, sent.attempts, sent.delivered_at, sent.error) == ("sent", 1, NOW, None)


def test_a_notification_is_delivered_once(by_mail: Make, mailbox: Mailbox) -> None:
    """Delivering again, and ten times at once, sends one mail."""
    activities = by_mail()
    request = DeliverRequest(tell(activities, "person:bob"))

    def attempt(_: int) -> None:
        try:
            activities.deliver(request)
        except ApplicationError as error:
            assert "another attempt is under way" in str(error)

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(attempt, range(10)))
    assert activities.deliver(request).sent == request.ids
    assert len(mailbox.mails) == 1


def test_a_claim_of_a_dead_worker_runs_out(by_mail: Make, mailbox: Mailbox, records: Records) -> None:
    """A mail that a worker claimed before it died is sent by another worker after the claim's time, and not before."""
    now = [NOW]
    activities = by_mail(clock=lambda: now[0], delivery_timeout=20)
    request = DeliverRequest(tell(activities, "person:bob"))
    assert records.claim(request.ids, NOW, NOW + 30) == list(request.ids)
    now[0] = NOW + 29
    with pytest.raises(ApplicationError, match="another attempt is under way"):
        activities.deliver(request)
    now[0] = NOW + 30
    assert activities.deliver(request).sent == request.ids
    assert len(mailbox.mails) == 1


def test_a_delivery_shows_that_it_is_alive(by_mail: Make, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a mail server is slow, the delivery sends heartbeats, so that only a dead worker is given up."""
    monkeypatch.setattr(temporal, "BEAT_SECONDS", 0.01)
    mailbox.gate = Event()
    activities = by_mail()
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *_: mailbox.gate.set() if mailbox.gate else None
    request = DeliverRequest(tell(activities, "person:bob"))
    assert environment.run(activities.deliver, request).sent == request.ids
    assert mailbox.gate.is_set()


def test_a_server_that_is_busy_is_tried_again(by_mail: Make, mailbox: Mailbox, records: Records) -> None:
    """A transient answer leaves the notification pending with its reason, and the next attempt sends it."""
    mailbox.answers = ["451 try later"]
    activities = by_mail()
    request = DeliverRequest(tell(activities, "person:bob"))
    with pytest.raises(ApplicationError, match="1 of 1 notifications are not sent yet: SMTP 451: try later") as failed:
        activities.deliver(request)
    assert not failed.value.non_retryable
    assert (row(records).status, row(records).attempts, row(records).error) == ("pending", 1, "SMTP 451: try later")
    assert activities.deliver(request).sent == request.ids
    assert (row(records).status, row(records).attempts, row(records).error) == ("sent", 2, None)


def test_attempts_are_bounded(by_mail: Make, mailbox: Mailbox, records: Records) -> None:
    """After the last attempt a notification has failed, and every later delivery reports that to its ticket."""
    mailbox.answers = ["451 try later"] * 9
    activities = by_mail(delivery_attempts=2)
    request = DeliverRequest(tell(activities, "person:bob"))
    with pytest.raises(ApplicationError):
        activities.deliver(request)
    told = DeliverResult(failures=("bob was not notified (step, mail): SMTP 451: try later",))
    assert activities.deliver(request) == activities.deliver(request) == told
    assert (row(records).status, row(records).attempts, len(mailbox.answers)) == ("failed", 2, 7)


@pytest.mark.parametrize("reply", ["550 no such user", "553 bad address"])
def test_a_refusal_for_good_is_not_repeated(by_mail: Make, mailbox: Mailbox, reply: str) -> None:
    """A permanent answer ends the attempts at once, and one recipient's does not delay another."""
    mailbox.refused = {"bob@example.com": reply}
    activities = by_mail()
    result = activities.deliver(DeliverRequest(tell(activities, "person:bob", "person:dora")))
    assert result.failures == (f"bob was not notified (step, mail): SMTP {reply[:3]}: {reply[4:]}",)
    assert (result.sent, mailbox.recipients) == ((f"{WHAT}#dora",), ["dora@example.com"])


def test_a_server_that_is_away_is_tried_again(by_mail: Make) -> None:
    """A missing connection is a transient failure."""
    activities = by_mail(smtp_port=free_port())
    with pytest.raises(ApplicationError, match=r"not sent yet: SMTP: .*refused"):
        activities.deliver(DeliverRequest(tell(activities, "person:bob")))


def test_no_text_can_add_a_header(by_mail: Make, mailbox: Mailbox) -> None:
    """Line ends in a person's text neither break a mail nor add to its headers."""
    activities = by_mail()
    evil = ticket(fields={"summary": "x\r\nBcc: all@example.com\r\n\r\nbody"})
    one = batch(evil, [RecordedStep(1, (), (notice("person:bob", message="a\r\n.\r\nb"),))])
    activities.deliver(DeliverRequest(activities.record(one).to_deliver))
    (arrived,) = mailbox.mails
    assert (arrived["Bcc"], arrived["Subject"]) == (None, "CHG-1: x Bcc: all@example.com body")
    assert (mailbox.recipients, text_of(arrived)) == (["bob@example.com"], "a\n.\nb\n")


def test_an_address_that_is_none_fails_for_good(records: Records, mailbox: Mailbox) -> None:
    """A person with an invalid address is not notified, and the ticket reports why; nobody else gets the mail."""
    people = {"bob": {"name": "Bob", "email": "bob@example.com\r\nRCPT TO:<all@example.com>"}}
    settings = Settings(smtp_host="127.0.0.1", smtp_port=mailbox.port, smtp_security="none")
    activities = Activities(records, CurrentWorld(world(people=people)), settings, lambda: NOW)
    (failure,) = activities.deliver(DeliverRequest(tell(activities, "person:bob"))).failures
    assert failure.startswith("bob was not notified (step, mail): mail: ")
    assert mailbox.recipients == []


def test_a_password_stays_out_of_what_is_told(by_mail: Make, monkeypatch: pytest.MonkeyPatch, records: Records) -> None:
    """A failed login states the reason without the password, on the ticket and in the row."""
    monkeypatch.setenv("MAIL_PASSWORD", "hunter2")
    activities = by_mail(smtp_user="desk", smtp_password="env:MAIL_PASSWORD")
    (failure,) = activities.deliver(DeliverRequest(tell(activities, "person:bob"))).failures
    assert "SMTP AUTH extension not supported" in failure
    assert "hunter2" not in failure + str(row(records))


def test_a_server_that_repeats_the_password_is_not_believed(
    by_mail: Make, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, records: Records
) -> None:
    """A server's answer is reported without the secrets that it repeats."""
    monkeypatch.setenv("MAIL_PASSWORD", "hunter2")
    mailbox.answers = ["550 hunter2 is not welcome (aHVudGVyMg==)"]
    activities = by_mail(smtp_password="env:MAIL_PASSWORD")
    (failure,) = activities.deliver(DeliverRequest(tell(activities, "person:bob"))).failures
    assert failure == "bob was not notified (step, mail): SMTP 550: ••• is not welcome (•••)"
    assert row(records).error == "SMTP 550: ••• is not welcome (•••)"


def test_a_subject_from_elsewhere_is_one_line_too(by_mail: Make, records: Records) -> None:
    """A mail is well formed whatever its row contains."""
    tell(by_mail(), "person:bob")
    evil = replace(row(records), subject="a\r\nBcc: all@example.com", ticket="CHG-1\nX: y")
    message = mail(Settings(mail_from="desk@example.com"), evil)
    assert (message["Subject"], message["X-Stanchion-Ticket"]) == ("a Bcc: all@example.com", "CHG-1 X: y")
    assert (message["Bcc"], message["X"], message["From"]) == (None, None, "desk@example.com")


def test_a_password_that_is_missing_is_tried_again(by_mail: Make) -> None:
    """A secret that is not available yet is a transient failure, reported by its reference."""
    activities = by_mail(smtp_user="desk", smtp_password="env:NOT_SET_ANYWHERE")
    with pytest.raises(ApplicationError, match="secret env:NOT_SET_ANYWHERE: not set, or empty"):
        activities.deliver(DeliverRequest(tell(activities, "person:bob")))


def test_mail_that_was_switched_off_meanwhile_fails_in_sight(by_mail: Make, activities: Make, records: Records) -> None:
    """A notification for a channel that was removed has failed, and the ticket is notified of it."""
    ids = tell(by_mail(), "person:bob")
    (failure,) = activities().deliver(DeliverRequest(ids)).failures
    assert failure == "bob was not notified (step, mail): mail is no longer configured"
    assert row(records).status == "failed"
