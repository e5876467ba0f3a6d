"""The envelopes in which events reach a ticket."""

from __future__ import annotations

import json

import pytest
from pydantic import TypeAdapter, ValidationError

from definitions.people.directory import Actor
from workflows.engine.model.events import UpdateTask
from workflows.ticket.messages import KINDS, EventEnvelope
from workflows.ticket.state import read_event

READER = TypeAdapter(EventEnvelope)


def test_kinds_keep_their_names() -> None:
    """Histories name events by these kinds."""
    assert list(KINDS) == [
        "send", "edit", "comment", "vote", "delegate", "claim", "task", "claim_task", "complete_run", "called_back",
        "correct", "migrate",
    ]  # fmt: skip


def test_an_event_travels_by_its_kind() -> None:
    """An event survives its envelope and the way through JSON unchanged."""
    event = UpdateTask(Actor("alice"), "do", "done")
    sent = READER.dump_json(EventEnvelope.of(event))
    assert json.loads(sent)["kind"] == "task"
    assert read_event(READER.validate_json(sent)) == event


@pytest.mark.parametrize("kind", ["updatetask", "open", "deadline", ""])
def test_another_kind_is_no_envelope(kind: str) -> None:
    """An envelope with any other kind, such as the engine's own events, is not read at all."""
    with pytest.raises(ValidationError, match="is not a kind of event"):
        READER.validate_python({"kind": kind, "body": {}})
