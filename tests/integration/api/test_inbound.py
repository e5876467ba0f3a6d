"""Events from outside over HTTP, on a real server: they open and move tickets, and nothing happens twice."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, insert
from temporalio.client import Client

from activities.records.counters import TicketStart
from activities.records.store import Records
from activities.records.tables import starts
from api.cli import main
from api.local.installation import Installation
from definitions.loading.folders import SHIPPED
from tests.servers.installations import Person, installed, problem
from workflows.engine.model.bounds import MOST_STARTS_OF_A_CHAIN
from workflows.ticket.names import workflow_id

PROCESS = """\
process: alarm
title: Alarm
practice: monitoring_and_event_management
prefix: ALM
initial: new
fields:
  summary: {type: text, required: true}
  caller: {type: person}
  service: {type: service}
  impact: {type: choice, options: [high, low], default: low}
may: {open: [person:carol]}
on:
  close: {to: closed, by: everyone}
states:
  new:
    on:
      recovered: {to: closed, by: engine, form: [comment]}
      moved: {by: engine, form: [service]}
      escalate: {to: urgent, by: person:carol}
  urgent:
    on:
      calm: {to: new, by: everyone}
  closed: {final: true}
triggers:
  - on: alertmanager.firing
    when: "event.data.labels.severity == 'critical'"
    key: =event.data.fingerprint
    start: {summary: =event.data.annotations.summary, impact: high}
  - {on: alertmanager.resolved, key: =event.data.fingerprint, send: recovered, with: {comment: ="by " + actor.id}}
  - {on: service.moved, match: {service: =event.data.from}, send: moved, with: {service: =event.data.to}}
  - {on: alarm.raised, start: {summary: =event.data.text, service: =event.data.service}}
  - {on: alarm.seen, key: =event.data.id, start: {summary: =event.data.id}}
  - {on: alarm.seen, key: =event.data.id, send: recovered, with: {comment: again}}
""".replace('="by " + actor.id', "\"='by ' + actor.id\"")
STRUCTURED = "application/cloudevents+json"
_numbers = count(1)


@pytest.fixture(scope="module")
def alarms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with a process that has triggers."""
    definitions = tmp_path_factory.mktemp("definitions")
    (definitions / "processes").mkdir()
    (definitions / "processes" / "alarm.yaml").write_text(PROCESS)
    # Alone: the shipped processes have triggers for these events as well.
    shutil.copytree(SHIPPED / "organization", definitions / "organization")
    with installed(tmp_path_factory.mktemp("installation"), definitions=definitions, standalone=True) as running:
        yield running


@pytest.fixture
def monitoring(alarms: Installation) -> Iterator[Machine]:
    """The monitoring machine."""
    with httpx.Client(base_url=alarms.url, trust_env=False, timeout=60) as http:
        yield Machine(http)


@pytest.fixture
def carol(alarms: Installation) -> Iterator[Person]:
    """A person who may see alarms."""
    person = Person(alarms.url, "carol")
    yield person
    person.http.close()


class Machine:
    """Sends events as ``source:monitoring``."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def post(self, event: Any, *, status: int = 200, kind: str = STRUCTURED) -> list[dict[str, Any]]:
        answer = self.http.post("/v1/inbound/monitoring", content=json.dumps(event), headers=headers(kind))
        assert answer.status_code == status, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def send(self, type_: str, data: Any, *, status: int = 200, **more: Any) -> list[dict[str, Any]]:
        (item,) = self.post(event_of(type_, data, **more), status=status)
        triggers: list[dict[str, Any]] = item["triggers"]
        return triggers


def headers(kind: str = STRUCTURED, **more: str) -> dict[str, str]:
    return {"X-Actor": "source:monitoring", "Content-Type": kind, **more}


def event_of(type_: str, data: Any, **more: Any) -> dict[str, Any]:
    own = {"specversion": "1.0", "id": f"e{next(_numbers)}", "source": "https://alerts.example.com", "type": type_}
    return own | {"data": data} | more


def alert(fingerprint: str, severity: str = "critical") -> dict[str, Any]:
    return {
        "fingerprint": fingerprint,
        "labels": {"severity": severity},
        "annotations": {"summary": f"Disk of {fingerprint} is full"},
    }


def test_an_alert_opens_one_ticket_until_it_ends(monitoring: Machine) -> None:
    """The same key joins the open ticket; ``resolved`` ends it; then the key opens a new one."""
    (opened,) = monitoring.send("alertmanager.firing", alert("db-1"))
    assert (opened["process"], opened["trigger"], opened["result"]) == ("alarm", 1, "started")
    (again,) = monitoring.send("alertmanager.firing", alert("db-1"))
    assert (again["result"], again["ticket"]) == ("already_open", opened["ticket"])
    (ended,) = monitoring.send("alertmanager.resolved", alert("db-1"))
    assert (ended["result"], ended["event"], ended["ticket"]) == ("sent", "recovered", opened["ticket"])
    (nothing,) = monitoring.send("alertmanager.resolved", alert("db-1"))
    assert nothing["result"] == "nothing_open"
    (new,) = monitoring.send("alertmanager.firing", alert("db-1"))
    assert new["result"] == "started"
    assert new["ticket"] != opened["ticket"]


def test_the_ticket_is_the_machines(monitoring: Machine, carol: Person) -> None:
    """The machine is the opener, whoever may open tickets by hand; no person takes its place."""
    (opened,) = monitoring.send("alertmanager.firing", alert("db-2"))
    found = carol.read(opened["ticket"])
    assert (found["opener"], found["title"]) == ("source:monitoring", "Disk of db-2 is full")
    assert found["fields"] == {"summary": "Disk of db-2 is full", "impact": "high"}


def test_an_event_that_comes_again_is_done_once(monitoring: Machine) -> None:
    """The same source and id is the same event, whatever has happened to its ticket since."""
    firing, resolved = event_of("alertmanager.firing", alert("db-3")), event_of("alertmanager.resolved", alert("db-3"))
    first = monitoring.post(firing)
    assert monitoring.post(firing) == first
    ended = monitoring.post(resolved)
    assert monitoring.post(firing) == first
    (new,) = monitoring.send("alertmanager.firing", alert("db-3"))
    assert monitoring.post(resolved) == ended
    (still,) = monitoring.send("alertmanager.firing", alert("db-3"))
    assert (still["result"], still["ticket"]) == ("already_open", new["ticket"])


async def test_a_thousand_firings_at_once_open_one_ticket(alarms: Installation) -> None:
    """However many events of one alert arrive at the same time, there is one ticket, and every answer names it."""
    limits = httpx.Limits(max_connections=25, max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=alarms.url, trust_env=False, timeout=120, limits=limits) as http:

        async def send(event: str) -> httpx.Response:
            """Sends as senders do: again under the same id if the connection broke, which is the same event."""
            try:
                return await http.post("/v1/inbound/monitoring", content=event, headers=headers())
            except httpx.TransportError:
                return await http.post("/v1/inbound/monitoring", content=event, headers=headers())

        async def fire(number: int) -> dict[str, Any]:
            event = event_of("alertmanager.firing", alert("storm"), id=f"storm-{number}")
            answer = await send(json.dumps(event))
            assert answer.status_code == 200, answer.text
            (item,) = answer.json()["items"]
            (done,) = item["triggers"]
            return dict(done)

        answers = await asyncio.gather(*(fire(number) for number in range(1000)))
        listed = await http.get("/v1/tickets?process=alarm&limit=200", headers={"X-Actor": "carol"})
    assert Counter(one["result"] for one in answers) == {"started": 1, "already_open": 999}
    assert len({one["ticket"] for one in answers}) == 1
    assert [one["title"] for one in listed.json()["items"]].count("Disk of storm is full") == 1


def test_an_event_does_not_go_to_the_ticket_that_it_has_just_opened(monitoring: Machine) -> None:
    """An event goes to the tickets that were open when it arrived; the next event finds the ticket that it opened."""
    name = f"seen-{next(_numbers)}"
    first = monitoring.send("alarm.seen", {"id": name})
    assert [one["result"] for one in first] == ["started", "nothing_open"]
    second = monitoring.send("alarm.seen", {"id": name})
    assert [(one["result"], one["ticket"]) for one in second] == [
        ("already_open", first[0]["ticket"]),
        ("sent", first[0]["ticket"]),
    ]


def test_match_sends_to_every_open_ticket_with_the_values(monitoring: Machine, carol: Person) -> None:
    """All open tickets of the process with these values receive the event; others do not."""
    opened = [
        monitoring.send("alarm.raised", {"text": f"Alarm {number}", "service": service})[0]["ticket"]
        for number, service in enumerate(("email", "email", "directory"))
    ]
    for ticket in opened:  # an event is answered once the ticket is on record
        assert carol.http.post(f"/v1/tickets/{ticket}/comments", json={"text": "seen"}).status_code == 200
    sent = monitoring.send("service.moved", {"from": "email", "to": "directory"})
    assert [(one["result"], one["ticket"]) for one in sent] == [("sent", opened[0]), ("sent", opened[1])]
    sent = monitoring.send("service.moved", {"from": "email", "to": "directory"})
    assert [one["result"] for one in sent] == ["nothing_open"]


def test_a_refused_send_is_told_on_the_ticket(monitoring: Machine, carol: Person) -> None:
    """An event that the ticket refuses now is answered, noted on its timeline, and not retried."""
    (opened,) = monitoring.send("alertmanager.firing", alert("db-4"))
    assert carol.send(opened["ticket"], "escalate").status_code == 200
    resolved = event_of("alertmanager.resolved", alert("db-4"))
    ((refused,),) = [item["triggers"] for item in monitoring.post(resolved)]
    assert (refused["result"], refused["code"], refused["ticket"]) == ("refused", "unknown_event", opened["ticket"])
    assert carol.send(opened["ticket"], "calm").status_code == 200
    assert monitoring.post(resolved)[0]["triggers"] == [refused]
    told = [one for one in carol.timeline(opened["ticket"]) if one["kind"] == "problem"]
    assert [(one["actor"], one["data"]["code"]) for one in told] == [("source:monitoring", "unknown_event")]
    assert carol.read(opened["ticket"])["state"] == ["new"]


def test_what_can_not_be_opened_is_said(monitoring: Machine) -> None:
    """An unknown service and a missing text refuse the opening with their code; no ticket is opened."""
    (strange,) = monitoring.send("alarm.raised", {"text": "Alarm", "service": "nowhere"})
    assert (strange["result"], strange["code"], strange["ticket"]) == ("refused", "invalid_fields", None)
    (empty,) = monitoring.send("alarm.raised", {"text": None, "service": "email"})
    assert (empty["result"], empty["code"]) == ("refused", "missing_fields")


def test_what_can_not_be_decided_is_said(monitoring: Machine) -> None:
    """A guard that fails is answered with its reason, never with an error."""
    (found,) = monitoring.send("alertmanager.firing", {"labels": {}})
    assert found["result"] == "not_decided"
    assert "severity" in found["reason"]


def test_what_no_trigger_takes_is_accepted_and_said(monitoring: Machine) -> None:
    """An unknown type, and a guard that does not hold, are answered 202, and nothing is done."""
    for event in (event_of("unheard.of", {}), event_of("alertmanager.firing", alert("db-5", "warning"))):
        (item,) = monitoring.post(event, status=202)
        assert item["triggers"] == []
        assert "nothing was done" in item["detail"]


def test_a_batch_is_taken_in_its_order(monitoring: Machine) -> None:
    """Every event of a batch is handled, one after the other."""
    events = [event_of(type_, alert("db-6")) for type_ in ("alertmanager.firing", "alertmanager.resolved", "other")]
    items = monitoring.post(events, kind="application/cloudevents-batch+json")
    assert [[one["result"] for one in item["triggers"]] for item in items] == [["started"], ["sent"], []]


def test_the_binary_mode_is_understood(monitoring: Machine) -> None:
    """The binary mode has attributes in headers, percent-encoded, with the data as the body."""
    own = {"ce-specversion": "1.0", "ce-id": "b%201", "ce-source": "/binary", "ce-type": "alertmanager.firing"}
    answer = monitoring.http.post(
        "/v1/inbound/monitoring", content=json.dumps(alert("db-7")), headers=headers("application/json", **own)
    )
    (item,) = answer.json()["items"]
    assert (item["id"], item["triggers"][0]["result"]) == ("b 1", "started")


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        ("{", "application/cloudevents+json", 400, "malformed_json"),
        ("[]", "application/cloudevents+json", 422, "invalid_request"),
        ("{}", "application/cloudevents-batch+json", 422, "invalid_request"),
        ('{"specversion": "0.3"}', "application/cloudevents+json", 422, "invalid_request"),
        ('{"specversion": "1.0", "id": "1", "source": "/a"}', "application/cloudevents+json", 422, "invalid_request"),
        ("<a/>", "application/cloudevents+xml", 422, "invalid_request"),
        ("{}", "application/json", 422, "invalid_request"),
    ],
)
def test_what_is_no_event_is_refused(monitoring: Machine, content: str, kind: str, status: int, code: str) -> None:
    """A body that is not a CloudEvents event is a problem that states what is wrong."""
    problem(monitoring.http.post("/v1/inbound/monitoring", content=content, headers=headers(kind)), status, code)


@pytest.mark.parametrize(
    ("actor", "status", "code"),
    [
        (None, 401, "unauthenticated"),
        ("alice", 401, "unauthenticated"),
        ("schedule", 401, "unauthenticated"),
        ("source:other", 403, "not_permitted"),
        ("source:", 401, "unauthenticated"),
    ],
)
def test_only_the_machine_itself_sends(monitoring: Machine, actor: str | None, status: int, code: str) -> None:
    """No person and no other machine can send events under a machine's name."""
    written = {"X-Actor": actor} if actor else {}
    body = json.dumps(event_of("alertmanager.firing", alert("db-8")))
    problem(monitoring.http.post("/v1/inbound/monitoring", content=body, headers=written), status, code)


def test_a_machine_does_nothing_else(monitoring: Machine) -> None:
    """A machine is not a member of the organization: it neither reads tickets nor opens them by hand."""
    problem(monitoring.http.get("/v1/tickets", headers=headers()), 401, "unauthenticated")


def test_alertmanagers_own_webhook_is_understood(monitoring: Machine, alarms: Installation) -> None:
    """Each alert of a notification is its own event; a repeated notification opens nothing new."""
    firing = {"startsAt": "2026-03-02T08:00:00Z", "status": "firing", **alert("db-9")}
    resolved = firing | {"status": "resolved", "endsAt": "2026-03-02T09:00:00Z"}

    def notify(*alerts: dict[str, Any]) -> list[list[tuple[str, str]]]:
        body = {"version": "4", "receiver": "stanchion", "alerts": alerts}
        own = {"X-Actor": "source:alertmanager"}
        answer = monitoring.http.post("/v1/inbound/alertmanager", json=body, headers=own)
        assert answer.status_code == 200, answer.text
        return [[(one["result"], one["ticket"]) for one in item["triggers"]] for item in answer.json()["items"]]

    first = notify(firing)
    ((_, ticket),) = first[0]
    assert first == [[("started", ticket)]]
    assert notify(firing) == first
    assert notify(firing, resolved) == [first[0], [("sent", ticket)]]


def test_an_event_by_command(
    alarms: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``stanchion trigger`` sends an event as a machine, and prints the result in words."""
    monkeypatch.setenv("STANCHION_URL", alarms.url)

    def trigger(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["stanchion", "trigger", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out + said.err

    code, said = trigger("alertmanager.firing", "-d", json.dumps(alert("db-10")))
    ticket = said.split()[3]
    assert (code, said) == (0, f"alarm, trigger 1: {ticket} opened\n")
    again = trigger("alertmanager.firing", "-d", json.dumps(alert("db-10")), "--source", "other")
    assert again == (0, f"alarm, trigger 1: {ticket} is open already\n")
    assert trigger("alertmanager.resolved", "-d", json.dumps(alert("db-10")))[1].endswith(
        f"recovered sent to {ticket}\n"
    )
    assert "no open ticket for recovered" in trigger("alertmanager.resolved", "-d", json.dumps(alert("db-10")))[1]
    code, said = trigger("alarm.raised", "-d", '{"text": "A", "service": "x"}')
    assert (code, "opening refused: " in said) == (1, True)
    code, said = trigger("alertmanager.firing", "-d", '{"labels": {}}')
    assert (code, "can't be decided: " in said) == (1, True)
    assert trigger("alertmanager.firing", "-d", '{"labels": {}}', "--json")[0] == 1
    assert "nothing was done" in trigger("unheard.of")[1]
    assert trigger("unheard.of", "-d", "{")[0] == 2
    answer = json.loads(trigger("alarm.raised", "-d", '{"text": "A", "service": "email"}', "--json")[1])
    assert answer["items"][0]["triggers"][0]["result"] == "started"


def numbered(alarms: Installation, key: str) -> str:
    """A ticket numbered a minute ago by a server that crashed before it started the ticket."""
    records = Records(alarms.settings.records)
    allocation = records.allocate(
        TicketStart(
            scope="source:monitoring",
            start_key=f"start of {key}",
            body_hash="",
            process="alarm",
            prefix="ALM",
            at=int(time.time()) - 60,
            correlation=key,
        )
    )
    records.close()
    return allocation.key


def test_a_ticket_that_was_never_started_is_started_by_the_next_event(
    alarms: Installation, monitoring: Machine, carol: Person
) -> None:
    """A crash between number and start does not hold a key forever: the next event of the key starts that ticket."""
    ticket = numbered(alarms, "db-11")
    (found,) = monitoring.send("alertmanager.firing", alert("db-11"))
    assert (found["result"], found["ticket"]) == ("already_open", ticket)
    assert carol.send(ticket, "escalate").status_code == 200
    assert carol.read(ticket)["title"] == "Disk of db-11 is full"


async def test_a_ticket_that_can_not_be_gives_its_key_to_the_next_event(
    alarms: Installation, monitoring: Machine
) -> None:
    """If the workflow of a number is over and left no record, the key goes to a new ticket."""
    ticket = numbered(alarms, "db-12")
    client = await Client.connect(alarms.settings.temporal)
    handle = await client.start_workflow("alarm", id=workflow_id(ticket), task_queue="nobody")
    await handle.terminate()
    (found,) = await asyncio.to_thread(monitoring.send, "alertmanager.firing", alert("db-12"))
    assert found["ticket"] not in (None, ticket)
    (again,) = await asyncio.to_thread(monitoring.send, "alertmanager.firing", alert("db-12"))
    assert (again["result"], again["ticket"]) == ("already_open", found["ticket"])


def test_an_event_to_a_ticket_that_is_not_started_yet_has_to_come_again(
    alarms: Installation, monitoring: Machine
) -> None:
    """Nothing is lost between a number and its start: the answer asks the machine to send the event again."""
    numbered(alarms, "db-13")
    resolved = event_of("alertmanager.resolved", alert("db-13"))
    answer = monitoring.http.post("/v1/inbound/monitoring", content=json.dumps(resolved), headers=headers())
    problem(answer, 503, "temporal_unavailable")
    assert int(answer.headers["retry-after"]) > 0
    monitoring.send("alertmanager.firing", alert("db-13"))
    assert [one["result"] for one in monitoring.post(resolved)[0]["triggers"]] == ["sent"]


def test_a_request_of_a_ticket_continues_its_chain(alarms: Installation, monitoring: Machine) -> None:
    """A trigger opens no ticket for a chain that has opened as many as it may; the event of another chain is taken."""
    row = {"scope": "ticket:ALM-1", "ticket": "ALM-0", "body_hash": "", "process": "alarm", "created_at": 0}
    engine = create_engine(alarms.settings.records)
    with engine.begin() as connection:
        of_chain = ({**row, "start_key": str(one), "chain": "FAR-7:4"} for one in range(MOST_STARTS_OF_A_CHAIN))
        connection.execute(insert(starts), list(of_chain))
    engine.dispose()

    def raised(chain: str) -> dict[str, Any]:
        event = event_of("alarm.raised", {"text": "Smoke", "service": "email"})
        sent = headers(**{"Stanchion-Hops": "7", "Stanchion-Chain": chain})
        answer = monitoring.http.post("/v1/inbound/monitoring", content=json.dumps(event), headers=sent)
        (item,) = answer.json()["items"]
        (trigger,) = item["triggers"]
        return dict(trigger)

    refused = raised("FAR-7:4")
    assert (refused["result"], refused["code"]) == ("refused", "too_many_hops")
    assert "began at FAR-7:4" in refused["reason"]
    assert raised("FAR-7:5")["result"] == "started"
