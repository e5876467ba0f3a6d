"""What a state runs, on the real server."""

from __future__ import annotations

from tests.servers.families import Household
from tests.servers.probing import PROBE


async def test_a_run_goes_step_by_step_and_its_results_are_used(home: Household) -> None:
    """Each step is performed once, in order, and its saved results can be read afterwards."""
    ticket = await home.start("errand")
    await ticket.send("go")
    assert (await ticket.ended()).states == ("finished",)
    assert (await ticket.view()).snapshot.fields["answer"] == f"{ticket.key}: answer"
    assert PROBE.attempts == {f"{ticket.key}:busy:1:0": 1, f"{ticket.key}:busy:1:1": 1}


async def test_a_step_that_falters_is_tried_again_under_the_same_key(home: Household) -> None:
    """A failed attempt is followed by another attempt with the same idempotency key."""
    ticket = await home.start("errand", how="falter")
    await ticket.send("go")
    assert (await ticket.ended()).states == ("finished",)
    assert PROBE.attempts[f"{ticket.key}:busy:1:0"] == 2


async def test_a_run_has_failed_when_its_attempts_are_used_up(home: Household) -> None:
    """After the first attempt and its retries the outcome is ``failed``, and the ticket shows why."""
    ticket = await home.start("errand", how="break")
    await ticket.send("go")
    snapshot = await home.until_in(ticket, "stuck")
    assert PROBE.attempts[f"{ticket.key}:busy:1:0"] == 3
    assert snapshot.problems[0].text == "probe: the wire is cut"


async def test_what_can_not_be_done_is_tried_once(home: Household) -> None:
    """An action that reports that it can't succeed is not retried."""
    ticket = await home.start("errand", how="fail")
    await ticket.send("go")
    snapshot = await home.until_in(ticket, "stuck")
    assert PROBE.attempts[f"{ticket.key}:busy:1:0"] == 1
    assert snapshot.problems[0].text == "probe: it can't be done"


async def test_a_step_has_its_own_timeout(home: Household) -> None:
    """A step that does not answer within its timeout has failed."""
    ticket = await home.start("errand")
    await ticket.send("hasty")
    snapshot = await home.until_in(ticket, "stuck")
    assert snapshot.problems[0].text == "probe: no answer within 1 seconds"


async def test_leaving_the_state_cancels_its_run(home: Household) -> None:
    """A run whose state was left answers nothing, and the ticket ends without waiting for it."""
    ticket = await home.start("errand", how="hang")
    await ticket.send("go")
    await ticket.send("stop")
    await ticket.send("close")
    assert (await ticket.ended()).states == ("finished",)
    assert (await ticket.view()).snapshot.runs["busy"].status == "canceled"


async def test_coming_back_runs_anew(home: Household) -> None:
    """A second visit has its own run, with its own keys."""
    ticket = await home.start("errand", how="fail")
    await ticket.send("go")
    await home.until_in(ticket, "stuck")
    await ticket.send("go")
    await home.until(ticket, lambda snapshot: snapshot.visits["stuck"].number == 2)
    assert set(PROBE.attempts) == {f"{ticket.key}:busy:1:0", f"{ticket.key}:busy:2:0"}


async def test_a_call_that_nothing_waits_for_shows_when_it_fails(home: Household) -> None:
    """Automation in a ``do`` runs beside the ticket; when it fails for good, it is a problem that people see."""
    ticket = await home.start("errand", how="fail")
    await ticket.send("loose")
    snapshot = await home.until(ticket, lambda snapshot: bool(snapshot.problems))
    assert (snapshot.problems[0].code, snapshot.configuration) == ("automation_failed", ("ready",))


async def test_events_are_taken_and_no_run_is_lost_while_a_history_grows_long(home: Household) -> None:
    """A ticket continues in a new run after its automation has answered, not before."""
    ticket = await home.start("errand", how="hang", history_bound=20)
    first = await ticket.run_id()
    await ticket.send("go")
    for _ in range(6):
        await ticket.send("tick")
    assert await ticket.run_id() == first
    PROBE.let_go.set()
    assert (await ticket.ended()).states == ("finished",)
    assert PROBE.attempts[f"{ticket.key}:busy:1:0"] == 1


async def test_a_new_worker_takes_over_what_runs(home: Household) -> None:
    """A worker that stops in the middle of a step loses nothing, and duplicates nothing on the ticket."""
    ticket = await home.start("errand", how="hang")
    await ticket.send("go")
    await home.work()
    await ticket.send("tick")
    PROBE.let_go.set()
    assert (await ticket.ended()).states == ("finished",)
    assert [entry for entry in home.told(ticket.key, "run") if entry.get("ended")] == [
        {"state": "busy", "ended": "done"}
    ]


async def test_each_element_of_a_list_is_waited_for(home: Household) -> None:
    """All elements are processed, each under its own key and with its own attempts; results are in the list's order."""
    ticket = await home.start("errand", hows=["falter", "answer"])
    await ticket.send("all")
    assert (await ticket.ended()).states == ("finished",)
    first, second = f"{ticket.key}:all:1:0:0", f"{ticket.key}:all:1:0:1"
    assert PROBE.attempts == {first: 2, second: 1}
    assert (await ticket.view()).snapshot.fields["answer"] == f"{ticket.key}: falter, {ticket.key}: answer"


async def test_one_element_that_fails_cancels_the_others(home: Household) -> None:
    """The run has failed as soon as one element has, and the ticket ends without waiting for the rest."""
    ticket = await home.start("errand", hows=["hang", "fail"])
    await ticket.send("all")
    snapshot = await home.until_in(ticket, "stuck")
    assert snapshot.problems[0].text == "2nd element of each: probe: it can't be done"
    await ticket.send("close")
    assert (await ticket.ended()).states == ("finished",)
