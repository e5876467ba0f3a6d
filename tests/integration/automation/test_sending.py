"""Events that tickets send to each other, on the real server."""

from __future__ import annotations

from tests.integration.automation.test_children import children_of
from tests.servers.families import Household


async def test_an_event_goes_along_a_link_with_its_form(home: Household) -> None:
    """``to: link:x`` reaches the tickets that the field names; ``with`` are the values of the event's form."""
    part = await home.start("part")
    ticket = await home.start("project", parts=[part.key])
    await ticket.send("praise")
    snapshot = await home.until(part, lambda snapshot: snapshot.fields.get("note") == "Well done")
    assert snapshot.problems == ()
    await home.until_recorded(part)
    assert home.told(part.key, "event") == [{"name": "praise", "ticket": ticket.key}]


async def test_an_event_goes_against_a_link(home: Household) -> None:
    """``to: linked:x`` reaches the open tickets whose ``x`` points here, and no others."""
    target, other = await home.start("part"), await home.start("part")
    pointing = await home.start("part", project=target.key)
    closed = await home.start("part", project=target.key)
    await closed.send("finish")
    await closed.ended()
    await target.send("call_out")
    await home.until(pointing, lambda snapshot: snapshot.fields.get("note") == "From afar")
    assert "note" not in (await other.view()).snapshot.fields
    assert not [entry for entry in home.told(target.key, "sent") if "refused" in entry]


async def test_an_event_goes_to_the_parent_and_the_children(home: Household) -> None:
    """A child reaches its parent, which sees the sender as ``event.ticket``; the parent reaches its children."""
    ticket = await home.start("project", names=["a", "b"])
    await ticket.send("all")
    first, _ = await children_of(home, ticket, "all_of_them", 2)
    await first.send("tell")
    await home.until(ticket, lambda snapshot: snapshot.fields.get("heard") == first.key)
    await ticket.send("rush")
    assert (await ticket.ended()).states == ("finished",)


async def test_a_refused_event_is_recorded_on_both(home: Household) -> None:
    """The receiver records what it refused and from whom, the sender that it was refused and why."""
    part = await home.start("part", stubborn=True)
    ticket = await home.start("project", parts=[part.key])
    await ticket.send("praise")
    await home.until(ticket, lambda snapshot: snapshot.revision >= 3)
    refused = [entry for entry in home.told(ticket.key, "sent") if "refused" in entry]
    assert (refused[0]["to"], refused[0]["event"]) == (part.key, "praise")
    assert refused[0]["refused"].startswith("guard_failed:")
    assert [entry["code"] for entry in home.told(part.key, "problem")] == ["guard_failed"]


async def test_a_refusal_reaches_a_sender_that_has_ended(home: Household) -> None:
    """A ticket whose last event to another ticket is refused records the refusal before it completes."""
    part = await home.start("part", stubborn=True)
    ticket = await home.start("project", parts=[part.key])
    await ticket.send("last_words")
    await ticket.ended()
    refused = [entry for entry in home.told(ticket.key, "sent") if "refused" in entry]
    assert [entry["to"] for entry in refused] == [part.key]


async def test_a_ticket_that_is_closed_or_unknown_takes_nothing(home: Household) -> None:
    """A receiver that can't be reached is recorded on the sender, and fails nothing."""
    part = await home.start("part")
    await part.send("finish")
    await part.ended()
    ticket = await home.start("project", parts=[part.key, "PRT-999999"])
    await ticket.send("praise")
    await home.until(ticket, lambda snapshot: snapshot.revision >= 4)
    await home.until_recorded(ticket)
    refused = [entry for entry in home.told(ticket.key, "sent") if "refused" in entry]
    assert [(entry["to"], entry["refused"]) for entry in refused] == [
        (part.key, "no open ticket has this key"),
        ("PRT-999999", "no open ticket has this key"),
    ]
    assert (await ticket.send("last_words")).states == ("parting",)


async def test_the_end_of_a_ticket_is_told_to_those_who_point_to_it(home: Household) -> None:
    """The other end of a link gets ``ended.<link>`` with the ticket and its last state, without naming the engine."""
    target = await home.start("project")
    part = await home.start("part", project=target.key)
    bystander = await home.start("part")
    await home.until_recorded(part)
    await target.send("last_words")
    await home.until(part, lambda snapshot: snapshot.fields.get("seen") == target.key)
    assert (await part.view()).snapshot.fields["note"] == "parting"
    assert "seen" not in (await bystander.view()).snapshot.fields


async def test_an_end_that_nobody_waits_for_is_no_problem(home: Household) -> None:
    """A ticket that does not handle ``ended.<link>`` ignores it."""
    target = await home.start("errand", how="fail")
    pointing = await home.start("project", parts=[target.key])
    await target.send("go")
    await home.until_in(target, "stuck")
    await target.send("close")
    await target.ended()
    assert (await pointing.send("tick")).revision == 2
    assert home.told(pointing.key, "problem") == []


async def test_a_worker_that_goes_away_while_events_are_sent_loses_and_doubles_none(home: Household) -> None:
    """Every event that was sent is taken once, whatever happens to the worker meanwhile."""
    parts = [await home.start("part") for _ in range(3)]
    ticket = await home.start("project", parts=[part.key for part in parts])
    await ticket.send("praise")
    await home.work()
    for part in parts:
        await home.until(part, lambda snapshot: snapshot.fields.get("note") == "Well done")
    await ticket.send("last_words")
    assert (await ticket.ended()).states == ("parting",)
    for part in parts:
        assert [entry["name"] for entry in home.told(part.key, "event")] == ["praise", "praise"]
