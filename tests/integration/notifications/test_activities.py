"""The activities as Temporal calls them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.records.store import Records
from activities.temporal import Activities
from definitions.people.directory import AskedPerson, ServiceFacts
from tests.servers.worlds import NOW, asked, batch, entries, notice, ticket
from workflows import contracts
from workflows.contracts import (
    DeliverRequest,
    DeliverResult,
    ExtendRequest,
    ExtendResult,
    Notified,
    RecordBatch,
    RecordedStep,
    RecordResult,
)
from workflows.engine.model.approval import ApprovalRequest
from workflows.engine.model.effects import AskApprovers, LookUpServices
from workflows.engine.model.events import Asked, Known

Make = Callable[..., Activities]
FULL = batch(
    ticket(services={"email": ServiceFacts("E-mail")}, **asked(requests=(ApprovalRequest("bob"),))),
    [RecordedStep(1, entries("one"), (notice("person:bob", context={"state": "authorize"}),))],
)


@pytest.mark.parametrize(
    "value",
    [
        FULL,
        RecordResult((Notified("e", ("bob",)),), ("e#bob",), ("problem",)),
        DeliverRequest(("a",)),
        DeliverResult(("a",), ("b",)),
        ExtendRequest(NOW, "packed"),
        ExtendResult("packed"),
        AskApprovers("authorize", 1, 1, 0, ("team:cab",)),
        Asked("authorize", 1, 1, 0, (AskedPerson("bob"),), ("bob",), ("alice",)),
        LookUpServices(("email",)),
        Known({"email": ServiceFacts("E-mail")}),
    ],
)
async def test_what_is_said_arrives_as_it_was_said(value: Any) -> None:
    """Every input and result survives Temporal's payloads unchanged."""
    payloads = await pydantic_data_converter.encode([value])
    assert await pydantic_data_converter.decode(payloads, [type(value)]) == [value]


def test_activities_run_under_their_names(activities: Make, records: Records) -> None:
    """Each activity runs in Temporal's environment, with the name that workflows call it by."""
    world, environment = activities(), ActivityEnvironment()
    names = [vars(one.__func__)["__temporal_activity_definition"].name for one in world.all()]  # type: ignore[attr-defined]
    known = {getattr(contracts, name) for name in contracts.__all__ if name.isupper() and name != "TITLE_FIELDS"}
    assert set(names) == known - {contracts.BEYOND}, "all but the one that only scenarios have"
    told = environment.run(world.record, FULL)
    assert told == RecordResult((Notified("CHG-1:authorize:1:1.1", ("bob",)),))
    found = records.get("CHG-1")
    assert found is not None
    assert found.view["approvals"]["authorize"]["requests"][0]["person"] == "bob"
    answer = environment.run(world.ask_approvers, AskApprovers("authorize", 1, 1, 0, ("role:cab_chair",)))
    assert answer.people == (AskedPerson("dora"),)
    assert environment.run(world.look_up_services, LookUpServices(("gone",))) == Known({})
    assert environment.run(world.deliver, DeliverRequest(())) == DeliverResult()


def test_a_request_says_until_when_and_in_whose_place(activities: Make, records: Records) -> None:
    """An approver reads the deadline in local time, and for whom they stand in."""
    of = ticket(**asked(requests=(ApprovalRequest("dora", asked_for="bob"),)))
    step = notice("person:dora", message=None, reason="approval_requested", context={"state": "authorize"})
    activities(ticket_url="https://itsm.example.com/t/{key}").record(batch(of, [RecordedStep(1, (), (step,))]))
    (row,) = records.outbox(person="dora").items
    assert row.subject == "CHG-1 needs your approval: Swap core switch"
    assert "waits for your decision, in place of Bob Ruiz." in row.body
    assert "decide by 2026-03-04 09:00 CET" in row.body
    assert row.body.endswith("https://itsm.example.com/t/CHG-1\n")


def test_a_notice_to_nobody_goes_to_an_owner(activities: Make, records: Records) -> None:
    """The owner reads why the notice has come to them; the ticket shows that its recipients are gone."""
    step = notice("person:gone", id="n1", otherwise=("person:nobody", "person:dora"))
    result = activities().record(batch(steps=[RecordedStep(1, (), (step,))]))
    assert result.problems == ("a notice (Look at this): no recipient (person:gone): sent to dora instead",)
    (row,) = records.outbox(person="dora").items
    assert row.body.startswith("This notice comes to you because it has no other recipient (person:gone).")


def test_a_principal_that_makes_no_sense_is_never_retried(activities: Make) -> None:
    """A request that can never be answered fails for good, and names the principal."""
    with pytest.raises(ApplicationError, match="'cab' is not a bound principal") as failed:
        activities().ask_approvers(AskApprovers("authorize", 1, 1, 0, ("cab",)))
    assert failed.value.non_retryable


def test_a_principal_that_makes_no_sense_keeps_nothing_from_being_recorded(activities: Make, records: Records) -> None:
    """A notification with a bad principal is a problem of the ticket; its step is recorded, and others are notified."""
    step = RecordedStep(1, entries("one"), (notice("cab", "person:bob", id="n1"), notice("person:dora", id="n2")))
    result = activities().record(batch(steps=[step]))
    assert result.problems == ("a notice (Look at this): 'cab' is not a bound principal",)
    assert [(one.effect, one.people) for one in result.notified] == [("n1", ("bob",)), ("n2", ("dora",))]
    assert len(records.timeline("CHG-1").items) == 1


def test_a_batch_without_a_step_is_the_newest_row_alone() -> None:
    """A batch belongs to the ticket in its snapshot."""
    assert RecordBatch("change", "d", ticket("CHG-9"), ("draft",)).key == "CHG-9"
