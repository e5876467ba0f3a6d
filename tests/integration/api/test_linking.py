"""Links to other tickets over HTTP: a person links only tickets that they may see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.local.installation import Installation
from tests.servers.installations import Person, created, installed, problem

PROCESS = """\
process: letter
title: Letter
practice: service_request_management
prefix: LET
fields:
  summary: {type: text, required: true}
  about: {type: ticket, list: true}
  secret: {type: ticket, see: [person:alice]}
  reader: {type: person}
  answer_to: {type: ticket, editable: []}
may: {see: [opener, reader], edit: [opener, reader]}
initial: new
on:
  name: {form: [about]}
  hello: {by: engine}
  note: {do: [{set: {answer_to: =event.data.key}}], by: opener}
  hail: {do: [{send: {event: hello, to: "=[ticket.summary]"}}], by: opener}
states:
  new:
    tasks: [{id: find, title: Find it, assign: opener, form: [about]}]
    on: {done: over, failed: over}
  over: {final: true}
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The definition file of the process ``letter``."""
    own = tmp_path_factory.mktemp("definitions") / "processes" / "letter.yaml"
    own.parent.mkdir()
    own.write_text(PROCESS)
    return own


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, file: Path) -> Iterator[Installation]:
    """An installation with a process of letters beside the shipped ones."""
    with installed(tmp_path_factory.mktemp("installation"), definitions=file.parent.parent) as running:
        yield running


def letter(person: Person, **fields: Any) -> str:
    return str(person.start("letter", **{"summary": "Dear all", **fields})["key"])


def in_vain(person: Person, hidden: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Every way of linking a ticket, for a hidden one and for one that does not exist: the refusal, and the key."""
    own = letter(person)
    base = f"/v1/tickets/{own}"
    for key in (hidden, "LET-999999"):
        opening = {"process": "letter", "fields": {"summary": "x", "about": [key]}}
        later = {"process": "letter", "fields": {"summary": "x"}, "event": {"name": "name", "fields": {"about": [key]}}}
        for body in (opening, later):
            yield problem(person.http.post("/v1/tickets", json=body), 422, "invalid_fields"), key
        yield problem(person.http.patch(f"{base}/fields", json={"about": [own, key]}), 422, "invalid_fields"), key
        yield problem(person.send(own, "name", about=[key]), 422, "invalid_fields"), key
        yield (
            problem(person.http.post(f"{base}/tasks/find", json={"fields": {"about": [key]}}), 422, "invalid_fields"),
            key,
        )
        answer = person.http.post(f"{base}/events/note", json={"data": {"key": key}})
        yield problem(answer, 422, "invalid_fields"), key
        other = letter(person, summary=key)
        yield problem(person.send(other, "hail"), 422, "invalid_fields"), key


def test_a_hidden_ticket_is_linked_as_little_as_one_that_does_not_exist(alice: Person, erin: Person) -> None:
    """Opening, editing, sending and tasks link no ticket that the person may not see; hidden reads as absent."""
    hidden = letter(alice)
    before = alice.timeline(hidden)
    refusals = [(one["detail"].replace(key, "KEY"), one["fields"]) for one, key in in_vain(erin, hidden)]
    assert refusals[: len(refusals) // 2] == refusals[len(refusals) // 2 :]
    assert {detail for detail, _ in refusals} == {
        f"{of}: there is no ticket 'KEY'" for of in ("about", "answer_to", "to")
    }
    assert alice.timeline(hidden) == before


def test_a_visible_ticket_is_linked(alice: Person) -> None:
    """A person links a ticket that they have just opened, and a link that stands may stay."""
    first = letter(alice)
    second = letter(alice, about=[first])
    assert alice.read(second)["fields"]["about"] == [first]
    created(alice.send(second, "name", about=[first, second]))
    created(alice.http.post(f"/v1/tickets/{second}/events/note", json={"data": {"key": first}}))
    assert alice.read(second)["fields"]["answer_to"] == first


def test_a_link_to_a_hidden_ticket_may_stay_where_the_person_sees_the_field(alice: Person, erin: Person) -> None:
    """An edit keeps a link that another person has set, if its author sees the field; else it is a link like any."""
    hidden = letter(alice)
    shared, own = letter(alice, about=[hidden], secret=hidden, reader="erin"), letter(erin)
    fields = f"/v1/tickets/{shared}/fields"
    created(erin.http.patch(fields, json={"about": [hidden, own]}))
    refused = problem(erin.http.patch(fields, json={"secret": hidden}), 422, "invalid_fields")
    assert refused["detail"] == f"secret: there is no ticket '{hidden}'"


@pytest.mark.parametrize("key", ["nonsense", "../../x", "LET-0"])
def test_a_malformed_key_is_refused_as_a_value(alice: Person, key: str) -> None:
    """A text that is no key of a ticket is a wrong value, in the words of the core."""
    body = {"process": "letter", "fields": {"summary": "x", "about": [key]}}
    refused = problem(alice.http.post("/v1/tickets", json=body), 422, "invalid_fields")
    assert refused["detail"] == "about takes the key of a ticket, such as INC-7"


def test_a_request_links_a_hundred_tickets_at_most(alice: Person) -> None:
    """A request that links more tickets anew is refused with the bound and the way out."""
    body = {"process": "letter", "fields": {"summary": "x", "about": [f"LET-{one}" for one in range(1, 102)]}}
    refused = problem(alice.http.post("/v1/tickets", json=body), 422, "invalid_fields")
    assert refused["detail"] == (
        "about: names 101 tickets: a request links 100 at most, more of them need more requests"
    )


def test_a_shipped_problem_writes_into_no_hidden_incident(alice: Person, erin: Person) -> None:
    """A problem that names somebody else's incident is refused, and the incident hears of nothing."""
    incident = alice.start("incident", summary="Mail is down", service="email", impact="high", urgency="high")["key"]
    problem(erin.http.get(f"/v1/tickets/{incident}"), 404, "unknown_ticket")
    fields = {"summary": "Why", "service": "email", "impact": "high", "incidents": [incident]}
    refused = problem(
        erin.http.post("/v1/tickets", json={"process": "problem", "fields": fields}), 422, "invalid_fields"
    )
    assert refused["detail"] == f"incidents: there is no ticket '{incident}'"
    assert "problem" not in alice.read(incident)["fields"]


def test_the_definition_that_a_ticket_runs_on_decides_what_it_may_link(alice: Person, erin: Person, file: Path) -> None:
    """An event of a ticket on an older definition links no hidden ticket, even if the newer one makes no links."""
    hidden, own, other = letter(erin), letter(alice), letter(alice)
    newer = "".join(line for line in PROCESS.splitlines(keepends=True) if not line.startswith(("  note:", "  hail:")))
    try:
        file.write_text(newer)
        assert created(alice.http.post("/v1/definitions/reload"))["current"]
        for key in (hidden, "LET-999999"):
            answer = alice.http.post(f"/v1/tickets/{own}/events/note", json={"data": {"key": key}})
            assert problem(answer, 422, "invalid_fields")["detail"] == f"answer_to: there is no ticket '{key}'"
        created(alice.http.post(f"/v1/tickets/{own}/events/note", json={"data": {"key": other}}))
    finally:
        file.write_text(PROCESS)
        created(alice.http.post("/v1/definitions/reload"))
