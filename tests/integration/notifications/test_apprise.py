"""Delivery by Apprise."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import apprise
import pytest
from apprise.conversion import convert_between
from temporalio.exceptions import ApplicationError

from activities.notifications.sending import as_markdown
from activities.records.store import Records
from activities.temporal import Activities
from tests.servers.mail import Mailbox
from tests.servers.web import Webhook
from tests.servers.worlds import batch, notice
from workflows.contracts import DeliverRequest, RecordedStep

Make = Callable[..., Activities]


@pytest.fixture(autouse=True)
def chat(monkeypatch: pytest.MonkeyPatch, webhook: Webhook) -> None:
    """The address of the chat, with a token in it."""
    monkeypatch.setenv("CHAT_URL", f"json://bot:pw0rd99@127.0.0.1:{webhook.port}/T0KEN123")


def record(activities: Activities, *to: str, **changes: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    result = activities.record(batch(steps=[RecordedStep(1, (), (notice(*to, **changes),))]))
    return result.to_deliver, result.problems


def test_a_channel_gets_one_message_for_all_who_read_it(activities: Make, webhook: Webhook, records: Records) -> None:
    """A notification to a team in a channel is posted once, and everyone in the team counts as notified."""
    world = activities(apprise_channels={"ops": ["env:CHAT_URL"]})
    ids, problems = record(world, "team:cab", channel="ops")
    result = world.deliver(DeliverRequest(ids))
    (post,) = webhook.posts
    assert (post["title"], post["message"]) == ("CHG-1: Swap core switch", "Look at this")
    assert (len(ids), result.sent, result.failures, problems) == (3, ids, (), ())
    assert {row.status for row in records.outbox(ticket="CHG-1").items} == {"sent"}


def test_a_person_can_have_a_way_of_their_own(by_mail: Make, webhook: Webhook, mailbox: Mailbox) -> None:
    """A person with an Apprise address is notified there, and the others by mail."""
    world = by_mail(apprise_people={"bob": ["env:CHAT_URL"]})
    ids, _ = record(world, "person:bob", "person:dora")
    assert world.deliver(DeliverRequest(ids)).sent == ids
    assert (len(webhook.posts), mailbox.recipients) == (1, ["dora@example.com"])


def test_mail_can_be_asked_for(by_mail: Make, webhook: Webhook, mailbox: Mailbox) -> None:
    """The channel ``mail`` is mail, whatever other channels a person has."""
    world = by_mail(apprise_people={"bob": ["env:CHAT_URL"]})
    ids, _ = record(world, "person:bob", channel="mail")
    world.deliver(DeliverRequest(ids))
    assert (webhook.posts, mailbox.recipients) == ([], ["bob@example.com"])


def test_an_unknown_channel_is_a_problem_and_goes_the_usual_way(by_mail: Make, mailbox: Mailbox) -> None:
    """A channel that is not configured is reported, and people are notified by mail instead."""
    world = by_mail()
    ids, problems = record(world, "person:bob", channel="ops")
    assert problems == ("channel 'ops' is not configured",)
    world.deliver(DeliverRequest(ids))
    assert mailbox.recipients == ["bob@example.com"]


def test_with_nothing_configured_the_outbox_is_the_way(activities: Make, records: Records) -> None:
    """Without any channel a notification is kept for reading: no problem, nothing to deliver, nothing lost."""
    assert record(activities(), "person:bob", "person:erin", channel="ops") == ((), ())
    rows = records.outbox(ticket="CHG-1").items
    assert {(row.person, row.status, row.body) for row in rows} == {
        ("bob", "outbox", "Look at this"),
        ("erin", "outbox", "Look at this"),
    }
    assert [row.person for row in records.outbox(person="erin").items] == ["erin"]


def test_a_service_that_fails_is_tried_again(activities: Make, webhook: Webhook, records: Records) -> None:
    """A failure leaves the notification pending with Apprise's message, and the next attempt sends it."""
    webhook.answers = [500]
    world = activities(apprise_channels={"ops": ["env:CHAT_URL"]})
    ids, _ = record(world, "person:bob", channel="ops")
    with pytest.raises(ApplicationError, match=r"Apprise: .*error=500"):
        world.deliver(DeliverRequest(ids))
    assert world.deliver(DeliverRequest(ids)).sent == ids
    assert len(webhook.posts) == 1


@pytest.mark.parametrize("url", ["json://bot:pw0rd99@127.0.0.1:1/T0KEN123", "nonsense://bot:pw0rd99@x/T0KEN123"])
def test_an_address_stays_out_of_what_is_told(
    activities: Make, monkeypatch: pytest.MonkeyPatch, records: Records, url: str
) -> None:
    """Whatever fails, no secret part of an address is reported."""
    monkeypatch.setenv("CHAT_URL", url)
    world = activities(apprise_channels={"ops": ["env:CHAT_URL"]}, delivery_attempts=1)
    ids, _ = record(world, "person:bob", channel="ops")
    (failure,) = world.deliver(DeliverRequest(ids)).failures
    assert failure.startswith("bob was not notified (step, channel:ops): Apprise: ")
    told = failure + str(records.outbox(ticket="CHG-1").items)
    assert "T0KEN123" not in told
    assert "pw0rd99" not in told


EVIL = "<script>x</script> [a](javascript:x) <javascript:x> ![i](http://e/x) &lt;b&gt; **b**\n[r]: javascript:x\n- i"


@pytest.mark.parametrize(
    ("channel", "shown"),
    [
        ("text", EVIL),
        ("html", "&lt;script&gt;"),
        ("markdown", "&lt;script&gt;x&lt;/script&gt; \\[a\\]\\(javascript:x\\)"),
    ],
)
def test_what_people_write_is_text_in_every_channel(
    activities: Make, monkeypatch: pytest.MonkeyPatch, webhook: Webhook, channel: str, shown: str
) -> None:
    """No text of a person becomes a tag, a link or an image, whatever form a chat takes."""
    monkeypatch.setenv("CHAT_URL", f"json://127.0.0.1:{webhook.port}/?format={channel}")
    world = activities(apprise_channels={"ops": ["env:CHAT_URL"]})
    ids, _ = record(world, "person:bob", channel="ops", message=EVIL)
    assert world.deliver(DeliverRequest(ids)).sent == ids
    (post,) = webhook.posts
    assert shown in post["message"]
    if channel != "text":
        assert not any(text in post["message"] for text in ("<script", "<javascript", "<a ", "<img"))
    if channel == "markdown":
        assert not any(text in post["message"] for text in ("](", " **b", "\\n[r]", "\\n- i"))


@pytest.mark.parametrize("text", [EVIL, "# a", "1. a", "1) a", "+ a", "a\n===", "> q", "`c`", "_i_ \\* ~~s~~ | t |"])
def test_text_as_markdown_shows_exactly_this_text(text: str) -> None:
    """A text that is escaped as Markdown is one paragraph without any element in it."""
    convert: Any = convert_between
    html = convert(apprise.NotifyFormat.MARKDOWN, apprise.NotifyFormat.HTML, as_markdown(text))
    assert set(re.findall(r"<(/?\w+)", html)) <= {"p", "/p", "br"}
    plain = unescape(re.sub(r"<[^>]+>", "", html)).replace("\u200b", "")
    assert plain.split() == text.split()
