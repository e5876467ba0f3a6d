"""One story of a service on a real server: from an alert to the improvement, through tickets linked to each other."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from activities.records.store import Records
from api.clock import now
from api.local.installation import Installation
from api.records import location
from api.seeding.habits import Act, Story
from api.seeding.planting import play_month, write
from definitions.loading.folders import SHIPPED
from definitions.loading.loader import load
from definitions.times import to_text
from tests.paths import ROOT
from tests.servers.deployer import Deployer, deployer
from tests.servers.installations import Person, created, installed, until

SERVICE = "web_shop"
SLOW = Story(
    "incident",
    20,
    "everyone",
    {"impact": ("medium",), "urgency": ("high",)},
    ({"service": SERVICE, "summary": "The cart forgets what is in it"},),
    {
        "new": (Act("start", "service.team", hours=(20, 24)),),
        "in_progress": (
            Act("resolve", hours=(1, 2), fields={"resolution_code": ("workaround",), "resolution": ("Log in again.",)}),
        ),
        "resolved": (Act("close", "caller", hours=(0.2, 0.5)),),
    },
)
"""What the service was like before the story: everybody was answered, and nobody in time."""
EYES = {"REL": "jonas", "SLR": "anton"} | dict.fromkeys(("EVT", "INC", "MIN", "PRB", "CHG", "IMP"), "elif")
"""Somebody who may see the tickets of each process in the end."""
__all__ = ["deployer"]


@pytest.fixture
def shop(tmp_path: Path, deployer: Deployer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    """A server with a past, on the shipped definitions, that deploys as docs/rollout.md shows."""
    page = (ROOT / "docs" / "rollout.md").read_text()
    example = re.search(r'^```python\n("""deployments\.py.*?)^```', page, re.DOTALL | re.MULTILINE)
    assert example
    (tmp_path / "actions").mkdir()
    (tmp_path / "actions" / "deployments.py").write_text(example[1])
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{tmp_path / 'actions'}")
    monkeypatch.setenv("STANCHION_ACTIONS", "deployments")
    monkeypatch.setenv("DEPLOYER", deployer.url)
    with installed(tmp_path / "state") as running:
        yield running


def give_a_past(installation: Installation) -> None:
    """Incidents of the month before, as an import creates them: played on the core, written into the records."""
    with closing(Records(location(installation.settings))) as records:
        played = play_month(load((SHIPPED,)), records, now(), stories=[SLOW])
        write(records, [one for one in played if one.given is None])


class Shop:
    """Everybody who works with the web shop, and what they see."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._people: dict[str, Person] = {}

    def __getitem__(self, who: str) -> Person:
        return self._people.setdefault(who, Person(self._url, who))

    def close(self) -> None:
        for person in self._people.values():
            person.http.close()

    def send(self, who: str, ticket: str, event: str, **fields: Any) -> None:
        created(self[who].send(ticket, event, **fields))

    def task(self, who: str, ticket: str, task: str, **body: Any) -> None:
        created(self[who].http.post(f"/v1/tickets/{ticket}/tasks/{task}", json={"result": "done"} | body))

    def until(self, who: str, ticket: str, holds: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """Waits until the condition holds; returns the ticket."""
        return until(
            lambda: found if holds(found := self[who].read(ticket)) else {},
            lambda: {name: self[who].read(ticket)[name] for name in ("key", "state", "fields", "problems")},
        )

    def in_state(self, who: str, ticket: str, state: str) -> dict[str, Any]:
        return self.until(who, ticket, lambda one: state in one["states"])

    def link(self, who: str, ticket: str, field: str) -> str:
        """Waits until a field points to a ticket; returns the key of that ticket."""
        found = self.until(who, ticket, lambda one: one["fields"].get(field))["fields"][field]
        return str(found[0] if isinstance(found, list) else found)

    def tells_of(self, who: str, ticket: str, other: str) -> list[dict[str, Any]]:
        """What the timeline of one ticket states about another."""
        entries = self[who].timeline(ticket)
        assert [one["seq"] for one in entries] == list(range(1, len(entries) + 1)), "the timeline has no gap"
        return [one for one in entries if re.search(rf"\b{other}\b", json.dumps(one))]


@pytest.fixture
def people(shop: Installation) -> Iterator[Shop]:
    give_a_past(shop)
    everybody = Shop(shop.url)
    yield everybody
    everybody.close()


def alert(kind: str) -> dict[str, Any]:
    """An alert of monitoring, as a CloudEvent."""
    return {
        "specversion": "1.0",
        "id": f"checkout {kind}",
        "source": "/monitoring/berlin",
        "type": f"alertmanager.{kind}",
        "data": {
            "fingerprint": "c0ffee",
            "labels": {"severity": "critical", "service": SERVICE, "impact": "high"},
            "annotations": {"summary": "The checkout answers nobody"},
        },
    }


def monitoring_says(people: Shop, kind: str) -> dict[str, Any]:
    answer = people["source:alertmanager"].http.post(
        "/v1/inbound/alertmanager",
        content=json.dumps(alert(kind)),
        headers={"Content-Type": "application/cloudevents+json"},
    )
    (item,) = created(answer)["items"]
    return {one["result"]: one.get("ticket") for one in item["triggers"]}


def outage(people: Shop) -> tuple[str, str, str, str]:
    """An alert becomes an incident, and the incident a major incident; it ends, and its cause becomes a problem."""
    event = monitoring_says(people, "firing")["started"]
    incident = people.link("elif", event, "incident")
    people.send("elif", incident, "start")
    people.send("elif", incident, "propose_major")
    major = people.link("elif", incident, "major_incident")
    people.send("frida", major, "promote", severity="sev1", channel="Bridge 7", technical_lead="elif")
    people.until("elif", incident, lambda one: people.tells_of("elif", incident, major)[1:])
    people.send("kira", major, "inform", status_text="We know, and we work on it.")
    people.send("elif", major, "mitigate", comment="Restarted; it will come back.")
    assert monitoring_says(people, "resolved")["sent"] == event
    people.send("frida", major, "resolve", resolution="Restarted the checkout.")
    people.in_state("elif", incident, "resolved")
    return event, incident, major, people.link("frida", major, "problem")


def emergency(people: Shop, problem: str) -> str:
    """The cause is found; an emergency change, approved by another person, is to remove it."""
    people.send("viktor", problem, "accept", assignee="person:elif")
    people.send("elif", problem, "publish_workaround", workaround="Restart the checkout.")
    people.send("elif", problem, "cause_found", root_cause="Connections are never given back.")
    people.send("elif", problem, "remedy", remedy_model="emergency")
    change = people.link("elif", problem, "remedy")
    plan = {"planned_start": to_text(now()), "backout_plan": "Put 4.1 back."}
    created(people["elif"].http.patch(f"/v1/tickets/{change}/fields", json=plan))
    people.send("elif", change, "submit")
    assert people["elif"].decide(change, "approve").status_code == 403
    people.until("anton", change, lambda one: any(asked["open"] for asked in one["approvals"]))
    created(people["anton"].decide(change, "approve"))
    people.in_state("carol", change, "implement")
    return change


def release(people: Shop, change: str) -> str:
    """The change goes live with a release; its second wave is not healthy."""
    fields = {"summary": "Checkout 4.2", "service": SERVICE, "version": "4.2.0", "kind": "emergency", "bake": "1s"}
    released: str = people["jonas"].start("release", **fields, changes=[change])["key"]
    times = {"planned_start": to_text(now()), "planned_end": to_text(now() + 7200)}
    people.send("jonas", released, "planned", **times, backout_plan="Put 4.1 back.")
    people.send("felix", released, "built", build="shop-4.2.0")
    people.task("anton", released, "acceptance", fields={"test_report": "A hundred orders went through."})
    people.task("felix", released, "regression")
    people.until("anton", released, lambda one: any(asked["open"] for asked in one["approvals"]))
    created(people["anton"].decide(released, "approve"))
    people.in_state("jonas", released, "review")
    people.send("jonas", released, "close", lessons="Berlin runs an older database.")
    return released


def back_out(people: Shop, change: str, problem: str) -> None:
    """The change is notified, is reviewed, and leaves the problem a known error."""
    reviewed = people.in_state("carol", change, "review")
    assert reviewed["fields"]["outcome"] == "backed_out"
    people.send("carol", change, "complete", paperwork="The checkout stood still.", lessons="Test with Berlin's data.")
    ended = people["carol"].read(change)
    assert (ended["state"], ended["failed"]) == (["backed_out"], True)
    assert "resolution" not in people.in_state("viktor", problem, "known_error")["fields"]


def learn(people: Shop, major: str) -> None:
    """The major incident is reviewed and closed."""
    people.send("frida", major, "begin_review")
    people.task("dora", major, "facts", fields={"timeline": "09:00 down, 09:20 up."})
    checked = ["Detection", "Response", "Communication", "Cause", "Actions"]
    people.task("frida", major, "meeting", checked=checked, fields={"lessons": "The alert came in time."})
    people.task("viktor", major, "actions")
    ended = people.in_state("frida", major, "closed")["ended_at"]
    people.until("frida", major, lambda _: to_text(now()) > ended)  # figures count up to the second before their own


def review(people: Shop) -> tuple[str, str]:
    """The service level manager reviews the month; it is below target, and an improvement is raised."""
    about = {"summary": "Web shop, these thirty days", "service": SERVICE, "period": "30d"}
    reviewed: str = people["anton"].start("service_level_review", **about)["key"]
    found = people.in_state("anton", reviewed, "below_target")["fields"]
    assert {name: found[name] for name in ("ended", "breaches")} == figures(people)
    improvement = people.link("anton", reviewed, "improvement")
    people.send("anton", reviewed, "complete", cause="Nobody looks at the queue.", minutes="A rota from Monday on.")
    assert people["anton"].read(reviewed)["state"] == ["closed"]
    return reviewed, improvement


def improve(people: Shop, improvement: str) -> None:
    """A person who neither owns nor raised the improvement approves it; it is made, measured and closed."""
    people.send("bianca", improvement, "assess", owner="elif")
    people.send("elif", improvement, "propose", due="2099-12-31")
    assert people["elif"].decide(improvement, "approve").status_code == 403
    people.until("bianca", improvement, lambda one: any(asked["open"] for asked in one["approvals"]))
    created(people["bianca"].decide(improvement, "approve"))
    people.in_state("elif", improvement, "baseline")
    people.send("elif", improvement, "measured_before", baseline=0.0)
    people.send("elif", improvement, "implemented")
    people.send("elif", improvement, "measured_after", measured=99.0)
    people.send("bianca", improvement, "close", outcome="achieved")
    assert people["elif"].read(improvement)["fields"]["gain"] == 99.0


def figures(people: Shop) -> dict[str, int]:
    """The figures that the review must have found, counted from data that anybody can read."""
    page = created(people["anton"].http.get("/v1/tickets?process=incident&open=false&limit=200"))
    ended = [people["anton"].read(one["key"]) for one in page["items"]]
    levels = [level for one in ended for level in one["service_levels"].values()]
    return {"ended": len(ended), "breaches": sum(level["breached_at"] is not None for level in levels)}


def test_from_an_alert_to_an_improvement(people: Shop, deployer: Deployer) -> None:
    """Every ticket of the story leads to the next and to the previous ticket, by its links and by both timelines."""
    event, incident, major, problem = outage(people)
    change = emergency(people, problem)
    released = release(people, change)
    assert deployer.deeds == [
        "PUT /targets/canary", "POST /error-rates", "POST /error-rates",
        "PUT /targets/site_berlin", "POST /error-rates",
        "POST /targets/site_berlin/previous", "POST /targets/canary/previous",
    ]  # fmt: skip
    back_out(people, change, problem)
    links = (
        (event, "incident", incident), (incident, "major_incident", major), (major, "incidents", incident),
        (major, "problem", problem), (problem, "incidents", incident), (incident, "problem", problem),
        (problem, "remedy", change), (released, "changes", change), (change, "release", released),
    )  # fmt: skip
    for ticket, field, other in links:
        assert people.link(EYES[ticket[:3]], ticket, field) == other
    people.send("anton", incident, "close", satisfaction=4)
    learn(people, major)
    reviewed, improvement = review(people)
    improve(people, improvement)
    for ticket, _, other in (*links, (reviewed, "improvement", improvement)):
        assert people.tells_of(EYES[ticket[:3]], ticket, other), f"{ticket} tells nothing of {other}"
        assert people.tells_of(EYES[other[:3]], other, ticket), f"{other} tells nothing of {ticket}"
