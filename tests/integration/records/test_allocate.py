"""Ticket numbers and idempotent starts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, insert

from activities.records.counters import Allocation, TicketStart, TooManyStartsError
from activities.records.store import Records
from activities.records.tables import starts
from tests.servers.worlds import NOW
from workflows.engine.model.bounds import MOST_STARTS_OF_A_CHAIN


def start(records: Records, key: str, *, scope: str = "alice", body: str = "b1", process: str = "change") -> Allocation:
    prefix = {"change": "CHG", "incident": "INC"}[process]
    return records.allocate(
        TicketStart(scope=scope, start_key=key, body_hash=body, process=process, prefix=prefix, at=NOW)
    )


def test_the_same_start_gets_the_same_ticket(records: Records) -> None:
    """A repeated start is answered with the ticket that the first start made."""
    assert start(records, "k") == Allocation("CHG-1", "new")
    assert start(records, "k") == Allocation("CHG-1", "existing")


def test_a_start_keeps_its_answer(records: Records) -> None:
    """The first answer to a start is kept, whatever a repeated start would get; a new start has none."""
    assert records.allocated("alice", "k", "b1") is None
    for revision in (1, 2):
        records.allocate(
            TicketStart(
                scope="alice",
                start_key="k",
                body_hash="b1",
                process="change",
                prefix="CHG",
                at=NOW,
                answer={"revision": revision},
            )
        )
    assert records.allocated("alice", "k", "b1") == Allocation("CHG-1", "existing", answer={"revision": 1})
    conflict = records.allocated("alice", "k", "b2")
    assert conflict is not None
    assert conflict.status == "conflict"
    start(records, "other")
    assert records.allocated("alice", "other", "b1") == Allocation("CHG-2", "existing")


def of_chain(records: Records, key: str, chain: str = "CHG-7:4", correlation: str | None = None) -> Allocation:
    return records.allocate(
        TicketStart("ticket:CHG-7", key, "", "change", "CHG", NOW, correlation=correlation, chain=chain)
    )


def test_a_chain_opens_tickets_up_to_its_bound(records: Records, url: str) -> None:
    """One more start is refused and keeps nothing; repeated starts, joined ones and other chains are answered."""
    assert of_chain(records, "first", correlation="disk") == Allocation("CHG-1", "new")
    row = {"scope": "ticket:CHG-8", "ticket": "CHG-1", "body_hash": "", "process": "change", "created_at": NOW}
    engine = create_engine(url)
    with engine.begin() as connection:
        more = range(MOST_STARTS_OF_A_CHAIN - 2)
        connection.execute(insert(starts), [{**row, "start_key": str(one), "chain": "CHG-7:4"} for one in more])
    engine.dispose()
    assert of_chain(records, "last").status == "new"
    for _ in range(2):
        with pytest.raises(TooManyStartsError, match=r"began at CHG-7:4 .*10,000"):
            of_chain(records, "beyond")
    assert records.allocated("ticket:CHG-7", "beyond", "") is None
    assert of_chain(records, "last").status == "existing"
    assert of_chain(records, "joins", correlation="disk").joined
    assert of_chain(records, "beyond", chain="CHG-7:5") == Allocation("CHG-3", "new")


def test_a_key_with_another_body_is_a_conflict(records: Records) -> None:
    """The same key with another body or for another process is refused, and the refusal names the key's ticket."""
    start(records, "k")
    assert start(records, "k", body="b2") == Allocation("CHG-1", "conflict")
    assert start(records, "k", process="incident") == Allocation("CHG-1", "conflict")


def test_keys_of_different_senders_are_apart(records: Records) -> None:
    """Two senders that chose the same key get a ticket each."""
    assert start(records, "k").key != start(records, "k", scope="bob").key


def test_prefixes_count_apart(records: Records) -> None:
    """Each process numbers its own tickets from 1."""
    assert [start(records, "a").key, start(records, "b", process="incident").key] == ["CHG-1", "INC-1"]


def test_ten_starts_at_once_make_one_ticket(records: Records) -> None:
    """However many callers send one key at the same time, one makes the ticket and all get its key."""
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: start(records, "k"), range(10)))
    assert {answer.key for answer in answers} == {"CHG-1"}
    assert sorted(answer.status for answer in answers) == ["existing"] * 9 + ["new"]


def test_different_starts_at_once_get_different_numbers(records: Records) -> None:
    """No number is ever assigned twice."""
    with ThreadPoolExecutor(10) as pool:
        keys = list(pool.map(lambda n: start(records, f"k{n}").key, range(40)))
    assert len(set(keys)) == 40
