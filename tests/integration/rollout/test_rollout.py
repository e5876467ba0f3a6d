"""Rollouts on the real server: in waves, gated by health, and back in reverse order."""

from __future__ import annotations

import asyncio

from definitions.people.directory import ENGINE
from tests.integration.rollout.conftest import end_of, progress, rollout_of, until_held, until_progress
from tests.servers.deploying import FLEET
from tests.servers.families import Household
from tests.servers.tickets import ALICE
from workflows.engine.model.events import Send
from workflows.ticket.messages import AnswerTo, EventEnvelope
from workflows.ticket.names import EVENT

FORWARD = ["deploy a", "check a", "check a", "deploy b", "deploy c", "check b c", "check b c"]


async def test_a_rollout_goes_wave_by_wave(home: Household) -> None:
    """Each wave is deployed, checked, watched and checked again before the next wave begins."""
    ticket = await home.start("launch", bake="1s")
    await ticket.send("go")
    assert (await ticket.ended()).states == ("live",)
    assert FLEET.deeds == FORWARD
    done = await progress(await rollout_of(home, ticket))
    assert (done.phase, done.deployed, done.rolled_back) == ("completed", ("a", "b", "c"), ())


async def test_a_wave_that_is_not_healthy_takes_everything_back(home: Household) -> None:
    """The last target is rolled back first, and the release shows why."""
    FLEET.sick.add("b")
    ticket = await home.start("launch")
    await ticket.send("go")
    snapshot = await home.until_in(ticket, "back")
    assert FLEET.deeds == [*FORWARD[:-1], "roll back c", "roll back b", "roll back a"]
    (child,) = snapshot.families["rolling"].children
    assert (child.state, child.failed) == ("rolled_back", True)
    assert [problem.text for problem in snapshot.problems] == [
        f"{child.key}: wave two is not healthy: b is sick",
    ]


async def test_a_deployment_that_keeps_failing_is_taken_back(home: Household) -> None:
    """After its retries the target counts as half done: it goes back with the others, and no other target begins."""
    FLEET.broken.add("b")
    ticket = await home.start("launch")
    await ticket.send("go")
    snapshot = await home.until_in(ticket, "back")
    assert FLEET.attempts["deploy b"] == 2
    assert FLEET.deeds == [*FORWARD[:4], "roll back b", "roll back a"]
    assert snapshot.problems[0].text.endswith("deploy failed: b does not answer")


async def test_what_can_not_be_taken_back_is_told(home: Household) -> None:
    """A target that can't be rolled back stops none of the others, and a person reads which target it is."""
    FLEET.sick.add("c")
    FLEET.stuck.add("b")
    ticket = await home.start("launch")
    await ticket.send("go")
    snapshot = await home.until_in(ticket, "back")
    assert FLEET.deeds[-3:] == ["roll back c", "roll back b", "roll back a"]
    (child,) = snapshot.families["rolling"].children
    assert child.state == "not_rolled_back"
    assert snapshot.problems[0].text.endswith("b could not be rolled back: b has no version before")
    assert (await progress(home.ticket(str(child.key)))).stuck == ("b",)


async def test_a_paused_rollout_begins_nothing(home: Household) -> None:
    """A running action is finished after a pause; the next target waits until the rollout is resumed."""
    FLEET.held.add("deploy b")
    ticket = await home.start("launch")
    await ticket.send("go")
    rollout = await rollout_of(home, ticket)
    await until_held()
    await ticket.send("pause")
    await until_progress(rollout, lambda now: now.phase == "paused")
    FLEET.let_go.set()
    completed = 0
    async with asyncio.timeout(60):
        async for event in rollout.workflow.fetch_history_events(wait_new_event=True):
            completed += event.HasField("activity_task_completed_event_attributes")
            if completed == 4:
                break
    now = await progress(rollout)
    assert (now.phase, now.deployed) == ("paused", ("a", "b"))
    await ticket.send("resume")
    assert (await ticket.ended()).states == ("live",)
    assert FLEET.deeds == FORWARD


async def test_an_aborted_rollout_goes_back(home: Household) -> None:
    """Abort waits for the running attempt, rolls back what was deployed, and checks no health any more."""
    FLEET.held.add("deploy b")
    ticket = await home.start("launch")
    await ticket.send("go")
    rollout = await rollout_of(home, ticket)
    await until_held()
    await ticket.send("abort")
    async with asyncio.timeout(60):
        async for event in rollout.workflow.fetch_history_events(wait_new_event=True):
            if event.HasField("activity_task_cancel_requested_event_attributes"):
                break
    assert "roll back b" not in FLEET.deeds
    FLEET.let_go.set()
    snapshot = await home.until_in(ticket, "back")
    assert FLEET.deeds == [*FORWARD[:4], "roll back b", "roll back a"]
    assert snapshot.problems[0].text == f"{rollout.key}: the release has sent abort"


async def test_an_abort_ends_retries(home: Household) -> None:
    """A deployment that is being retried is not retried after the rollout is aborted."""
    FLEET.broken.add("b")
    ticket = await home.start("launch", retry=100)
    await ticket.send("go")
    rollout = await rollout_of(home, ticket)
    await until_progress(rollout, lambda now: "b" in now.deployed)
    await ticket.send("abort")
    await home.until_in(ticket, "back")
    assert FLEET.attempts["deploy b"] < 10
    assert FLEET.deeds[-2:] == ["roll back b", "roll back a"]


async def test_a_release_that_is_left_takes_its_rollout_back(home: Household) -> None:
    """Leaving the state sends ``cancel``, which is equivalent to an abort."""
    FLEET.held.add("deploy b")
    ticket = await home.start("launch")
    await ticket.send("go")
    rollout = await rollout_of(home, ticket)
    await until_held()
    await ticket.send("leave")
    FLEET.let_go.set()
    ended = await end_of(home, rollout)
    assert (ended.phase, ended.reason) == ("rolled_back", "the release has sent cancel")
    # The cancel is on its way while b is let go: c may have been begun, and is then taken back as well.
    assert ended.rolled_back == tuple(reversed(ended.deployed))
    assert ended.rolled_back[-2:] == ("b", "a")


async def test_what_a_rollout_does_not_take_is_refused(home: Household) -> None:
    """An unknown event is refused, and the release's timeline records it."""
    FLEET.held.add("deploy a")
    ticket = await home.start("launch")
    await ticket.send("go")
    await until_held()
    await ticket.send("dance")
    await home.until(ticket, lambda _: any("refused" in told for told in home.told(ticket.key, "sent")))
    (refused,) = [told for told in home.told(ticket.key, "sent") if "refused" in told]
    assert refused["refused"].startswith("unknown_event")


async def test_nobody_but_the_release_steers_a_rollout(home: Household) -> None:
    """A signal of a person, or of another ticket, is answered with ``not_permitted`` and changes nothing."""
    FLEET.held.add("deploy a")
    ticket = await home.start("launch")
    await ticket.send("go")
    rollout = await rollout_of(home, ticket)
    await until_held()
    for actor, sender in ((ALICE, ticket.key), (ENGINE, "LCH-1")):
        told = EventEnvelope.of(Send("abort", actor, sender=sender), answer_to=AnswerTo(ticket.key, "by hand"))
        await rollout.workflow.signal(EVENT, told)
    answers = []
    async with asyncio.timeout(60):
        async for event in rollout.workflow.fetch_history_events(wait_new_event=True):
            if event.HasField("signal_external_workflow_execution_initiated_event_attributes"):
                attributes = event.signal_external_workflow_execution_initiated_event_attributes
                answers.append(attributes.input.payloads[0].data)
                if len(answers) == 2:
                    break
    assert all(b"not_permitted" in answer for answer in answers)
    FLEET.let_go.set()
    assert (await ticket.ended()).states == ("live",)


async def test_each_wave_is_reported(home: Household) -> None:
    """The event that ``report`` names reaches the release after each wave, with the deployed targets."""
    ticket = await home.start("launch", report="wave_done")
    await ticket.send("go")
    await ticket.ended()
    assert [told["text"] for told in home.told(ticket.key, "comment")] == [
        "Wave one is healthy: 1 of 3 targets are on 2.0",
        "Wave two is healthy: 3 of 3 targets are on 2.0",
    ]


async def test_a_release_in_its_next_run_hears_the_end(home: Household) -> None:
    """A rollout finds its release by its key, in whichever run the release is."""
    FLEET.held.add("deploy a")
    ticket = await home.start("launch", history_bound=30)
    await ticket.send("go")
    await until_held()
    first = await ticket.run_id()
    while await ticket.run_id() == first:
        await ticket.send("tick")
    FLEET.sick.add("c")
    FLEET.let_go.set()
    snapshot = await home.until_in(ticket, "back")
    assert snapshot.families["rolling"].children[0].state == "rolled_back"


async def test_a_plan_that_can_not_be_read_deploys_nothing(home: Household) -> None:
    """The rollout ends as ``invalid``, the release's outcome is ``failed``, and it states what is wrong."""
    ticket = await home.start("launch", first=["a", "b"], bake="a while")
    await ticket.send("go")
    snapshot = await home.until_in(ticket, "back")
    (child,) = snapshot.families["rolling"].children
    assert (child.state, child.failed, FLEET.deeds) == ("invalid", True, [])
    assert snapshot.problems[0].text.startswith(f"{child.key}: bake: 'a while' is not a duration")


async def test_a_release_that_is_gone_keeps_no_rollout_from_its_end(home: Household) -> None:
    """A rollout whose release was terminated continues to its end, and notifies nobody."""
    FLEET.held.add("deploy a")
    ticket = await home.start("launch")
    await ticket.send("go")
    rollout = await rollout_of(home, ticket)
    await until_held()
    await ticket.workflow.terminate()
    FLEET.let_go.set()
    assert (await end_of(home, rollout)).phase == "completed"


async def test_a_worker_that_goes_away_after_each_deed_changes_nothing(home: Household) -> None:
    """An action done but not yet reported when its worker dies is requested again by the same key, and done once."""
    expected = [*FORWARD[:-1], "roll back c", "roll back b", "roll back a"]
    FLEET.held.update(expected)
    FLEET.sick.add("c")
    ticket = await home.start("launch", retry=3)
    await ticket.send("go")
    for _ in set(expected):
        await until_held()
        await home.work()
    snapshot = await home.until_in(ticket, "back")
    assert snapshot.families["rolling"].children[0].state == "rolled_back"
    assert FLEET.deeds == expected
    assert all(FLEET.attempts[deed] >= 2 for deed in expected)
