"""Correlations: one open ticket for one key, whatever happens concurrently."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from activities.records.counters import Allocation, TicketStart
from activities.records.shapes import TicketQuery
from activities.records.store import Records
from definitions.schema.model import Json
from tests.servers.worlds import NOW, batch, ticket


def fire(records: Records, event: str, *, key: str | None = "disk full", process: str = "incident") -> Allocation:
    return records.allocate(
        TicketStart(
            scope="source:monitoring",
            start_key=event,
            body_hash="",
            process=process,
            prefix={"incident": "INC", "problem": "PRB"}[process],
            at=NOW,
            correlation=key,
        )
    )


def end(records: Records, key: str) -> None:
    """The ticket's end is recorded."""
    records.record(batch(ticket(key, 2, process="incident", ended_at=NOW), process="incident"), {})


def test_the_same_key_joins_the_open_ticket(records: Records) -> None:
    """A second event of the same key opens nothing, and is answered with the open ticket."""
    assert fire(records, "e1") == Allocation("INC-1", "new")
    assert fire(records, "e2") == Allocation("INC-1", "existing", joined=True, since=NOW)
    assert fire(records, "e3", key="other").key == "INC-2"
    assert records.holder("incident", "disk full") == "INC-1"


def test_a_repeated_event_is_answered_the_same(records: Records) -> None:
    """A repeated event gets its first answer, whether it opened the ticket or joined it."""
    fire(records, "e1")
    fire(records, "e2")
    assert fire(records, "e1") == Allocation("INC-1", "existing")
    end(records, "INC-1")
    assert fire(records, "e2") == Allocation("INC-1", "existing", joined=True)
    assert records.holder("incident", "disk full") is None


def test_a_thousand_events_at_once_open_one_ticket(records: Records) -> None:
    """However many events of one key arrive at the same time, exactly one opens a ticket."""
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda number: fire(records, f"e{number}"), range(1000)))
    assert {answer.key for answer in answers} == {"INC-1"}
    assert Counter((answer.status, answer.joined) for answer in answers) == {("new", False): 1, ("existing", True): 999}
    assert fire(records, "another", key=None).key == "INC-2"


def test_the_end_of_the_ticket_frees_its_key(records: Records) -> None:
    """The key is free from the transaction that records the ticket's end, and not before."""
    fire(records, "e1")
    records.record(batch(ticket("INC-1", 1, process="incident"), process="incident"), {})
    assert fire(records, "e2").joined
    end(records, "INC-1")
    assert fire(records, "e3") == Allocation("INC-2", "new")


def test_an_end_that_is_recorded_again_frees_nothing_of_others(records: Records) -> None:
    """The record of an end may be repeated: the key may belong to another ticket by then."""
    fire(records, "e1")
    end(records, "INC-1")
    fire(records, "e2")
    end(records, "INC-1")
    assert records.holder("incident", "disk full") == "INC-2"


def test_a_ticket_that_never_came_to_be_gives_its_key_back(records: Records) -> None:
    """A number whose ticket could not be started does not hold its key forever."""
    fire(records, "e1")
    records.free_correlation("INC-1")
    assert fire(records, "e2") == Allocation("INC-2", "new")


def test_processes_have_keys_of_their_own(records: Records) -> None:
    """The same key in two processes is two tickets."""
    assert [fire(records, "e1").key, fire(records, "e1b", process="problem").key] == ["INC-1", "PRB-1"]


def test_keys_come_and_go_at_once(records: Records) -> None:
    """While tickets end and events arrive, every event is answered with a ticket, and each number is assigned once."""

    def live(number: int) -> Allocation:
        answer = fire(records, f"e{number}")
        if answer.status == "new":
            end(records, answer.key)
        return answer

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(live, range(80)))
    opened = [answer.key for answer in answers if answer.status == "new"]
    assert len(set(opened)) == len(opened)
    assert {answer.key for answer in answers} == set(opened)


def test_matching_finds_open_tickets_by_their_values(records: Records) -> None:
    """All values must be equal, whatever their type; null is an unset field; ended tickets are not found."""
    held = {
        "INC-1": {"service": "email", "size": 3, "urgent": True, "tags": ["a", "b"]},
        "INC-2": {"service": "email", "size": 3.5},
        "INC-3": {"service": "web"},
        "INC-4": {"service": "email"},
    }
    for number, (key, fields) in enumerate(held.items()):
        ended = NOW if key == "INC-4" else None
        snapshot = ticket(key, fields=fields, opened_at=NOW + number, process="incident", ended_at=ended)
        records.record(batch(snapshot, process="incident"), {})
    records.record(batch(ticket("CHG-9", fields={"service": "email"})), {})
    assert records.open_with("incident", {}) == ("INC-1", "INC-2", "INC-3")
    assert records.open_with("incident", {"service": "email"}) == ("INC-1", "INC-2")
    assert records.open_with("incident", {"service": "email", "size": 3.5}) == ("INC-2",)
    assert records.open_with("incident", {"tags": ["a", "b"], "urgent": True}) == ("INC-1",)
    assert records.open_with("incident", {"urgent": None, "service": "web"}) == ("INC-3",)
    assert records.open_with("incident", {"service": 'it\'s "quoted" é'}) == ()


def test_an_empty_list_is_found_as_no_value(records: Records) -> None:
    """Null finds a field without a value and a list without elements, for triggers and for the action ``tickets``."""
    held: dict[str, dict[str, Json]] = {"INC-1": {"tags": []}, "INC-2": {}, "INC-3": {"tags": ["a"]}}
    for number, (key, fields) in enumerate(held.items()):
        snapshot = ticket(key, fields=fields, opened_at=NOW + number, process="incident")
        records.record(batch(snapshot, process="incident"), {})
    assert records.open_with("incident", {"tags": None}) == ("INC-1", "INC-2")
    found = records.matching(TicketQuery(process="incident", fields={"tags": None}))
    assert sorted(one.key for one in found) == ["INC-1", "INC-2"]


def test_an_event_keeps_its_first_plan(records: Records) -> None:
    """The first decision on an event stands, however often and in whatever form the event is repeated."""
    assert records.occurrence("source:monitoring", "e1") is None
    assert records.keep_occurrence("source:monitoring", "e1", [{"start": 1}], NOW) == [{"start": 1}]
    assert records.keep_occurrence("source:monitoring", "e1", [], NOW) == [{"start": 1}]
    assert records.keep_occurrence("source:other", "e1", [], NOW) == []
    assert records.occurrence("source:monitoring", "e1") == [{"start": 1}]
