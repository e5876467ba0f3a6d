"""The tree of tickets that one ticket starts comes to an end, however many tickets each of them starts."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import create_engine, insert

from activities.opening import open_ticket
from activities.records.migrate import migrate
from activities.records.store import Records
from activities.records.tables import starts
from activities.world import World
from definitions.loading.loader import load
from tests.servers.worlds import NOW, ORGANIZATION, world
from workflows.contracts import OpenRequest
from workflows.engine.compiled import compile_pinned
from workflows.engine.model.automation import Parent, StartTicket
from workflows.engine.model.bounds import MOST_STARTS_OF_A_CHAIN
from workflows.engine.model.events import Started
from workflows.engine.model.result import Step
from workflows.engine.step import step

PROCESS = """\
process: rabbit
title: Rabbit
practice: service_request_management
prefix: RAB
fields: {depth: {type: integer, default: 0}}
initial: new
states:
  new:
    entry:
      - {start: {process: rabbit, with: {depth: =ticket.depth + 1}}, when: ticket.depth < 40}
      - {start: {process: rabbit, with: {depth: =ticket.depth + 1}}, when: ticket.depth < 40}
    on: {rest: {to: over, by: everyone}}
  over: {final: true}
"""
LEFT = 9
"""The tickets that the chain may still open in this test; the records have the others."""


def test_tickets_that_start_two_of_their_kind_come_to_an_end(tmp_path: Path) -> None:
    """The chain opens tickets up to its bound, and the tickets beyond it are the problem ``too_many_hops``."""
    rabbits = loaded(tmp_path / "definitions")
    url = f"sqlite:///{tmp_path / 'records.sqlite3'}"
    migrate(url)
    fill(url, "RAB-1:1", MOST_STARTS_OF_A_CHAIN - LEFT)
    records = Records(url)
    try:
        first = OpenRequest("1", "rabbit", {}, "alice", at=NOW)
        opened, refused = play(rabbits, records, first)
    finally:
        records.close()
    assert len(opened) == 1 + LEFT
    assert [problem.code for one in refused for problem in one.snapshot.problems] == ["too_many_hops"] * len(refused)
    assert len(refused) == LEFT + 1 - LEFT // 2
    assert "RAB-1:1 has opened 10,000 tickets" in refused[0].snapshot.problems[0].text


def loaded(folder: Path) -> World:
    """The process, in the organization of the tests."""
    for name, text in (("processes/rabbit.yaml", PROCESS), ("organization/all.yaml", str(ORGANIZATION))):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(text)
    return World(world().organization, {}, load((folder,)).or_raise().processes)


def fill(url: str, chain: str, number: int) -> None:
    """Keeps starts of a chain."""
    row = {"scope": "ticket:RAB-1", "ticket": "RAB-0", "body_hash": "", "process": "rabbit", "created_at": NOW}
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(insert(starts), [{**row, "start_key": str(one), "chain": chain} for one in range(number)])
    engine.dispose()


def play(rabbits: World, records: Records, first: OpenRequest) -> tuple[list[str], Sequence[Step]]:
    """The keys of all tickets that follow from the first, and the last steps of the tickets with a refused start."""
    wanted, opened = deque([first]), list[str]()
    refused: dict[str, Step] = {}
    steps: dict[str, Step] = {}
    while wanted:
        assert len(opened) < 100
        request = wanted.popleft()
        answer = open_ticket(rabbits, records, request, NOW)
        compiled = compile_pinned(rabbits.pinned("rabbit", NOW))
        if answer.opening is None or answer.key is None:
            key = request.actor.removeprefix("ticket:")
            told = step(compiled, steps[key].snapshot, Started(request.id, None, problem=answer.problem), NOW)
            assert isinstance(told, Step)
            steps[key] = refused[key] = told
            continue
        opened.append(answer.key)
        taken = step(compiled, None, answer.opening, NOW)
        assert isinstance(taken, Step)
        steps[answer.key] = taken
        asker, parent = f"ticket:{answer.key}", Parent(answer.key)
        wanted += [
            OpenRequest(one.id, "rabbit", one.fields, asker, parent, NOW, one.hops, one.chain)
            for one in taken.effects
            if isinstance(one, StartTicket)
        ]
    return opened, list(refused.values())
