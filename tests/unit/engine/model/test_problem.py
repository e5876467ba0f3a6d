"""Problems of tickets: their codes, and tickets of other builds."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from pydantic import TypeAdapter

from tests.servers.tickets import ALICE, pinned
from workflows.engine.model.events import Open
from workflows.engine.model.problem import ProblemCode
from workflows.engine.model.problem_meanings import PROBLEMS
from workflows.engine.model.refusal_meanings import REFUSALS
from workflows.engine.model.result import RefusalCode
from workflows.engine.model.snapshot import Snapshot
from workflows.ticket.messages import TicketInput
from workflows.ticket.state import TicketState

NOW = 1_772_438_400


def test_a_code_of_another_build_is_read() -> None:
    """A ticket whose problem has a code that this build does not know is read unchanged."""
    state = TicketState(TicketInput(pinned(now=NOW), Open("REQ-1", ALICE, {"summary": "Help"})), NOW)
    state.report_problem("records_away", "no route", NOW)
    (problem,) = state.snapshot.problems
    reader = TypeAdapter(Snapshot)
    written = reader.dump_json(state.snapshot).replace(b'"records_away"', b'"long_forgotten"')
    forgotten = replace(problem, code="long_forgotten")  # type: ignore[arg-type]  # no code of this build
    assert reader.validate_json(written).problems == (forgotten,)


def test_every_code_has_a_meaning() -> None:
    """Every code of a problem or a refusal has its sentences, and no removed code has any."""
    assert set(PROBLEMS) == set(get_args(ProblemCode))
    assert set(REFUSALS) == set(get_args(RefusalCode))
