"""The addresses of a ticket's requests: who has one may be able to act on the other system."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from activities.notifications.routes import Routes
from activities.notifications.writing import notifications_of
from activities.records.reading import TimelineEntry
from activities.settings import Settings
from api.cli.reading import callback_in_words
from api.definition_store.store import DefinitionStore
from api.tickets import views, work_views
from api.tickets.visibility import Sight, Visibility
from definitions.loading.folders import SHIPPED
from tests.servers.worlds import NOW, batch, notice, ticket, world
from tests.unit.engine.tickets import Ticket
from workflows.contracts import RecordedStep
from workflows.engine.explain import explain, waiting_callbacks
from workflows.engine.model.automation import Automate
from workflows.engine.model.events import Ran

ADDRESS = "hooks.example.com/T0/B0/XyZ"
REQUEST = f"POST https://{ADDRESS}"
SINCE, UNTIL = "2026-03-02T08:00:00Z", "2026-03-02T10:00:00Z"
PROCESS = f"""\
fields: {{salary: {{type: integer, default: 7, see: [person:carol, person:alice]}}}}
may: {{see: [everyone], complete: [person:alice, person:bob]}}
initial: build
states:
  build:
    run: [{{http: {{url: "https://{ADDRESS}?key=1", body: =callback.url, callback: 2h}}, save: built}}]
    on: {{done: ready, failed: broken}}
  ready: {{}}
  broken: {{}}
"""


@pytest.fixture
def visibility(tmp_path: Path) -> Visibility:
    shutil.copytree(SHIPPED / "organization", tmp_path / "organization")
    return Visibility(DefinitionStore((tmp_path,)))


def sights(visibility: Visibility, of: Ticket) -> dict[str, Sight]:
    return {one: visibility.sight(of.actor(one), of.ticket, of.compiled) for one in ("alice", "bob", "carol", "erin")}


def test_the_address_of_a_request_is_for_those_who_may_complete_it(visibility: Visibility) -> None:
    """A viewer sees the request of an awaited callback only if they may complete the run and see every field."""
    waits = Ticket(PROCESS)
    seen = sights(visibility, waits)
    shown = {name: work_views.callbacks(waiting_callbacks(waits.ticket), sight) for name, sight in seen.items()}
    assert {name: one.request for name, (one,) in shown.items()} == {
        "alice": REQUEST,
        "bob": None,
        "carol": None,
        "erin": None,
    }
    assert {(one.state, one.step, one.since, one.until, one.answered) for (one,) in shown.values()} == {
        ("build", 1, SINCE, UNTIL, False)
    }
    for name, sight in seen.items():
        told = views.explanation(explain(waits.compiled, waits.ticket, waits.actor(name), waits.now), sight)
        assert told.callbacks == shown[name]
        assert [one.what for one in told.coming] == [
            f"too late for the callback of {REQUEST if name == 'alice' else 'POST …'}"
        ]
        assert (ADDRESS in told.model_dump_json()) == (name == "alice")


@pytest.mark.parametrize(
    "after", ["the disk is full", "hooks.example.com answered 503: see https://status.example.com"]
)
@pytest.mark.parametrize("before", ["", "3rd element of each: "])
def test_failures_tell_the_address_to_those_who_may_complete_it(before: str, after: str) -> None:
    """The text of a failed request names the request to ``may.complete``, and only its method to other viewers."""
    whole, cut = f"{before}{REQUEST}: {after}", f"{before}POST …: {after}"
    problem, run = {"code": "run_failed", "text": whole}, {"state": "build", "ended": "failed", "reason": whole}
    for addresses, text in ((True, whole), (False, cut)):
        sight = Sight(frozenset(), addresses=addresses)
        assert views.timeline_entry(entry("problem", problem), sight).data == problem | {"text": text}
        assert views.timeline_entry(entry("run", run), sight).data == run | {"reason": text}


def test_a_failed_request_is_told_without_its_address(visibility: Visibility) -> None:
    """The problem of a run whose request failed names the method, and not the address, to those who can't complete."""
    failed = Ticket(PROCESS.replace("see: [person:carol, person:alice]", "").replace("default: 7, ", "default: 7"))
    (wanted,) = failed.wanted(Automate)
    assert wanted.place is not None
    assert failed.do(Ran(wanted.place, failed=f"{wanted.what.title}: no answer within 30 seconds")) is None
    texts = {}
    for name, sight in sights(visibility, failed).items():
        told = views.explanation(explain(failed.compiled, failed.ticket, failed.actor(name), failed.now), sight)
        detail = views.detail(failed.ticket, sight, digest="d", state=("broken",))
        assert [one.text for one in told.problems] == [one.text for one in detail.problems]
        texts[name] = told.problems[0].text
    short = "POST …: no answer within 30 seconds"
    whole = short.replace("POST …", REQUEST)
    assert texts == {"alice": whole, "bob": whole, "carol": short, "erin": short}


def test_notices_never_tell_the_address() -> None:
    """The notice of a failed request names its method and not its address: mail and chat reach others than tickets."""
    told = notice("person:alice", message=None, reason="problem", context={"text": f"{REQUEST}: the disk is full"})
    step = batch(ticket(), [RecordedStep(1, notices=(told,))])
    (row,) = notifications_of(world(), Routes(Settings()), step, NOW)[1]
    assert "POST …: the disk is full" in row.body
    assert ADDRESS not in f"{row.subject} {row.body}"


def test_the_command_line_tells_a_callback_without_its_request() -> None:
    """``show`` and ``explain`` name the request where it is shown, and the times in any case."""
    callback = {"state": "build", "since": SINCE, "until": UNTIL, "answered": True, "request": None}
    assert callback_in_words(callback) == f"a callback in build, since {SINCE}, until {UNTIL}"
    assert callback_in_words(callback | {"request": REQUEST, "answered": False}) == (
        f"a callback in build: from {REQUEST}, since {SINCE}, until {UNTIL}; the request is not answered yet"
    )


def entry(kind: str, data: dict[str, Any]) -> TimelineEntry:
    return TimelineEntry(1, 2, 1, 0, kind, "engine", internal=False, data=data, hash="")
