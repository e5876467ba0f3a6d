"""Tickets that start others and wait for them, on the real server."""

from __future__ import annotations

from tests.servers.families import Household
from tests.servers.tickets import TicketHandle
from workflows.engine.model.snapshot import Snapshot


async def children_of(home: Household, ticket: TicketHandle, state: str, number: int) -> list[TicketHandle]:
    """The children of a state, once all of them are known."""

    def known(snapshot: Snapshot) -> bool:
        family = snapshot.families.get(state)
        return family is not None and sum(child.key is not None for child in family.children) == number

    snapshot = await home.until(ticket, known)
    return [home.ticket(str(child.key)) for child in snapshot.families[state].children]


async def test_all_children_are_waited_for(home: Household) -> None:
    """``need: all`` is done when the last child has ended, and a field holds their keys."""
    ticket = await home.start("project", names=["a", "b"])
    await ticket.send("all")
    first, second = await children_of(home, ticket, "all_of_them", 2)
    await first.send("finish")
    await home.until(ticket, lambda snapshot: snapshot.families["all_of_them"].children[0].failed is False)
    assert "all_of_them" in (await ticket.view()).snapshot.configuration
    await second.send("finish")
    assert (await ticket.ended()).states == ("finished",)
    assert set((await ticket.view()).snapshot.fields["parts"]) == {first.key, second.key}


async def test_a_failed_child_fails_those_who_need_all(home: Household) -> None:
    """A child that ends in ``final: failed`` has failed, and so has ``need: all``."""
    ticket = await home.start("project", names=["a", "b"])
    await ticket.send("all")
    first, second = await children_of(home, ticket, "all_of_them", 2)
    await first.send("fail")
    await home.until_in(ticket, "sad")
    assert (await second.ended()).states == ("canceled",)


async def test_any_child_is_enough(home: Household) -> None:
    """``need: any`` is done with the first child, and the others are canceled."""
    ticket = await home.start("project", names=["a", "b"])
    await ticket.send("any")
    first, second = await children_of(home, ticket, "any_of_them", 2)
    await second.send("finish")
    assert (await ticket.ended()).states == ("finished",)
    assert (await first.ended()).states == ("canceled",)


async def test_some_children_are_enough(home: Household) -> None:
    """``need: 2`` tolerates one failure of three."""
    ticket = await home.start("project", names=["a", "b", "c"])
    await ticket.send("two")
    first, second, third = await children_of(home, ticket, "two_of_them", 3)
    await first.send("fail")
    await second.send("finish")
    await third.send("finish")
    assert (await ticket.ended()).states == ("finished",)


async def test_a_child_that_refuses_to_be_canceled_is_detached(home: Household) -> None:
    """A refused ``cancel`` is recorded on both: the child shows the refused event, the parent that it is detached."""
    ticket = await home.start("project", names=["a"], stubborn=True)
    await ticket.send("all")
    (child,) = await children_of(home, ticket, "all_of_them", 1)
    await ticket.send("leave")
    await home.until(ticket, lambda snapshot: snapshot.families["all_of_them"].children[0].detached)
    refused = [entry for entry in home.told(ticket.key, "sent") if "refused" in entry]
    assert (refused[0]["to"], refused[0]["event"]) == (child.key, "cancel")
    assert [entry["code"] for entry in home.told(child.key, "problem")] == ["guard_failed"]
    assert (await child.send("finish")).states == ("finished",)


async def test_children_that_are_let_go_live_on(home: Household) -> None:
    """``on_exit: detach`` leaves the children alone, also when their parent ends."""
    ticket = await home.start("project", names=["a"])
    await ticket.send("free")
    (child,) = await children_of(home, ticket, "let_go", 1)
    await ticket.send("leave")
    await ticket.send("last_words")
    assert (await ticket.ended()).states == ("parting",)
    await child.send("finish")
    assert (await child.ended()).states == ("finished",)


async def test_a_child_that_can_not_be_opened_has_failed(home: Household) -> None:
    """A start that is refused uses no number, fails its place, and is visible on the parent."""
    ticket = await home.start("project")
    await ticket.send("wrong")
    snapshot = await home.until_in(ticket, "sad")
    assert snapshot.problems[0].code == "not_started"
    assert snapshot.problems[0].text.startswith("missing_fields:")


async def test_a_workflow_that_nobody_runs_can_not_be_a_child(home: Household) -> None:
    """A child that names a workflow which no worker knows has failed, and the ticket reports it."""
    ticket = await home.start("project")
    await ticket.send("foreign")
    snapshot = await home.until_in(ticket, "sad")
    assert snapshot.problems[0].text == "no worker here runs a workflow 'rollout'"


async def test_a_parent_that_goes_on_in_a_new_run_still_hears_its_children(home: Household) -> None:
    """A child finds its parent by its key, in whichever run the parent is."""
    ticket = await home.start("project", names=["a"], history_bound=30)
    await ticket.send("all")
    (child,) = await children_of(home, ticket, "all_of_them", 1)
    first = await ticket.run_id()
    while await ticket.run_id() == first:
        await ticket.send("tick")
    await child.send("finish")
    await home.until_in(ticket, "finished")
    assert (await child.ended()).states == ("finished",)


async def test_a_child_that_goes_on_in_a_new_run_still_tells_its_parent(home: Household) -> None:
    """A child carries the reference to its waiting parent from run to run."""
    ticket = await home.start("project", names=["a"], history_bound=30)
    await ticket.send("all")
    (child,) = await children_of(home, ticket, "all_of_them", 1)
    first = await child.run_id()
    while await child.run_id() == first:
        await child.send("tick")
    await child.send("finish")
    await home.until_in(ticket, "finished")


async def test_a_child_that_is_terminated_has_failed(home: Household) -> None:
    """Terminating a child does not leave its parent waiting forever."""
    ticket = await home.start("project", names=["a"])
    await ticket.send("all")
    (child,) = await children_of(home, ticket, "all_of_them", 1)
    await child.workflow.terminate()
    await home.until_in(ticket, "sad")


async def test_a_parent_that_is_terminated_leaves_its_children_alone(home: Household) -> None:
    """A child outlives its parent, ends as it would otherwise, and notifies nobody."""
    ticket = await home.start("project", names=["a"])
    await ticket.send("all")
    (child,) = await children_of(home, ticket, "all_of_them", 1)
    await ticket.workflow.terminate()
    await child.send("finish")
    assert (await child.ended()).states == ("finished",)


async def test_a_worker_that_goes_away_while_children_start_starts_each_once(home: Household) -> None:
    """Every element has exactly one child, whatever happens to the worker meanwhile."""
    ticket = await home.start("project", names=["a", "b", "c"])
    await ticket.send("all")
    await home.work()
    found = await children_of(home, ticket, "all_of_them", 3)
    assert len({child.key for child in found}) == 3
    for child in found:
        await child.send("finish")
    assert (await ticket.ended()).states == ("finished",)
    assert home.records.counts().by_process == {}


async def test_a_ticket_that_is_started_on_the_way_is_not_waited_for(home: Household) -> None:
    """``start`` fills the field of its link, and the opener of the new ticket is the ticket that started it."""
    ticket = await home.start("project")
    await ticket.send("spawn")
    snapshot = await home.until(ticket, lambda snapshot: bool(snapshot.fields.get("parts")))
    (key,) = snapshot.fields["parts"]
    assert (await home.ticket(str(key)).view()).snapshot.opener == f"ticket:{ticket.key}"
