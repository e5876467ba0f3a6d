"""What a ticket waits for, over HTTP: tasks, automation completed by hand, service levels."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.local.installation import Installation
from tests.servers.installations import Person, Run, created, idempotent, installed, problem

PROCESS = """\
process: workshop
title: Workshop
practice: service_request_management
prefix: WRK
fields:
  summary: {type: text, required: true}
  place: {type: text, editable: []}
may: {complete: person:alice}
initial: prepare
on: {call_off: {to: called_off}}
states:
  prepare:
    tasks:
      - {id: room, title: Find a room, assign: role:change_manager, due: 1d, form: [place], checklist: [booked, paid]}
      - {id: agenda, title: Write the agenda, assign: person:alice, after: [room]}
    on: {done: order, failed: called_off}
  order:
    run:
      - {http: {url: "http://127.0.0.1:9/"}, save: seen, retry: 50}
    on: {done: held, failed: called_off}
  held:
    approval: {from: [person:bob, person:dora, team:cab], need: 2, exclude: [person:erin]}
    on: {approved: over, rejected: called_off}
  over: {final: true}
  called_off: {final: failed}
service_levels:
  prompt: {title: Prepare at once, target: 8h, during: [prepare], at: {50%: [{comment: half}]}}
  rare: {target: 8h, during: [order], pause: [order]}
"""


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with a process of tasks and automation beside the shipped ones."""
    own: Path = tmp_path_factory.mktemp("definitions")
    (own / "processes").mkdir()
    (own / "processes" / "workshop.yaml").write_text(PROCESS)
    outbound = {"HOSTS": "127.0.0.1:*", "PLAIN_HTTP": "true", "NETWORKS": "127.0.0.0/8"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in outbound.items():
            patch.setenv(f"STANCHION_OUTBOUND_{name}", value)
        with installed(tmp_path_factory.mktemp("installation"), definitions=own) as running:
            yield running


def work(person: Person, ticket: str, path: str, key: str | None = None, **body: Any) -> Any:
    return person.http.post(f"/v1/tickets/{ticket}/{path}", json=body, headers=idempotent(key))


def mine(person: Person, ticket: str) -> list[tuple[str, str | None]]:
    items = person.http.get("/v1/tasks").json()["items"]
    return [(one["task"], one["assignee"]) for one in items if one["ticket"] == ticket]


def in_order(alice: Person, carol: Person) -> str:
    """A ticket whose tasks are done and whose automation keeps retrying, because nothing listens on that port."""
    key = str(alice.start("workshop", summary="Teach")["key"])
    created(work(carol, key, "tasks/room", result="done", checked=["booked", "paid"], fields={"place": "Loft"}))
    assert created(work(alice, key, "tasks/agenda", result="done"))["states"] == ["order"]
    return key


def test_a_task_from_open_to_done(alice: Person, carol: Person) -> None:
    """A task's team finds, claims, ticks and completes it; the next one opens."""
    key = alice.start("workshop", summary="Teach")["key"]
    alice.read(key)  # lists may lag behind: reading a ticket waits for its record
    assert mine(carol, key) == [("room", "role:change_manager")]
    assert mine(alice, key) == []
    (room,) = alice.http.get(f"/v1/tickets/{key}/tasks").json()["items"]
    assert (room["id"], room["title"], room["status"], room["form"]) == ("room", "Find a room", "open", ["place"])
    assert room["checklist"] == [{"text": "booked", "checked": False}, {"text": "paid", "checked": False}]
    assert room["due"] > room["opened_at"]
    created(work(carol, key, "tasks/room/claim"))
    assert mine(carol, key) == [("room", "carol")]
    created(work(carol, key, "tasks/room", checked=["booked"]))
    problem(work(carol, key, "tasks/room", result="done"), 422, "missing_fields")
    created(work(carol, key, "tasks/room", result="done", checked=["paid"], fields={"place": "Loft"}))
    assert (mine(carol, key), mine(alice, key)) == ([], [("agenda", "alice")])
    detail = alice.read(key)
    assert [(one["id"], one["status"], one["ended_by"]) for one in detail["tasks"]] == [
        ("room", "done", "carol"),
        ("agenda", "open", None),
    ]
    assert detail["fields"]["place"] == "Loft"


def test_a_task_that_fails(alice: Person, carol: Person) -> None:
    """A task fails with a reason, and the ticket takes the resulting transition at once."""
    key = alice.start("workshop", summary="Teach")["key"]
    problem(work(carol, key, "tasks/room", result="failed"), 422, "comment_required")
    failed = created(work(carol, key, "tasks/room", result="failed", comment="All are taken"))
    assert (failed["states"], failed["failed"]) == (["called_off"], True)


def test_refused_work(alice: Person, carol: Person) -> None:
    """A task of another person, a task that is not open, an unknown item and an invalid body are refused."""
    key = alice.start("workshop", summary="Teach")["key"]
    problem(work(alice, key, "tasks/room", result="done"), 403, "not_permitted")
    problem(work(alice, key, "tasks/agenda", result="done"), 409, "not_open")
    problem(work(alice, key, "tasks/agenda/claim"), 409, "not_open")
    problem(work(carol, key, "tasks/room", checked=["slept"]), 422, "invalid_fields")
    problem(work(carol, key, "tasks/room", fields={"summary": "x"}), 422, "invalid_fields")
    problem(work(carol, key, "tasks/room", result="perhaps"), 422, "invalid_request")
    problem(work(alice, "WRK-999", "tasks/room", result="done"), 404, "unknown_ticket")
    problem(work(alice, key, "runs/order", saved={}), 409, "not_open")


def test_a_task_twice_under_one_key(alice: Person, carol: Person) -> None:
    """A repeated request gets the same answer, and another request under its key is refused."""
    key = alice.start("workshop", summary="Teach")["key"]
    first = created(work(carol, key, "tasks/room", "once", checked=["booked"]))
    assert created(work(carol, key, "tasks/room", "once", checked=["booked"])) == first
    problem(work(carol, key, "tasks/room", "once", checked=["paid"]), 409, "key_reused")


def test_a_run_completed_by_hand(alice: Person, carol: Person) -> None:
    """Automation is completed by hand with results, or with the reason for its failure."""
    done = created(work(alice, in_order(alice, carol), "runs/order", saved={"seen": [1]}))
    assert (done["states"], done["failed"]) == (["held"], False)
    failed = created(work(alice, in_order(alice, carol), "runs/order", failed="no figures"))
    assert (failed["states"], failed["failed"]) == (["called_off"], True)


def test_a_run_is_completed_by_those_whom_the_process_names(alice: Person, carol: Person) -> None:
    """Nobody else completes automation, with no other results; the timeline has the person and the results."""
    key = in_order(alice, carol)
    problem(work(carol, key, "runs/order", saved={"seen": [1]}), 403, "not_permitted")
    refused = problem(work(alice, key, "runs/order", saved={"seen": 1, "approved": True}), 422, "invalid_fields")
    assert refused["fields"] == ["approved"]
    problem(work(alice, key, "runs/order", saved={"seen": "x" * 900_000}), 422, "too_large")
    created(work(alice, key, "runs/order", saved={"seen": [1]}))
    (entry,) = (one for one in alice.timeline(key) if one["data"].get("ended"))
    assert (entry["actor"], entry["data"]["by_hand"]) == ("alice", {"seen": [1]})


def test_service_levels(alice: Person, carol: Person) -> None:
    """A ticket shows the status of its service levels, explains them, and the ledger adds up."""
    key = alice.start("workshop", summary="Teach")["key"]
    levels = alice.read(key)["service_levels"]
    prompt = levels["prompt"]
    assert (prompt["title"], prompt["status"], prompt["target"]) == ("Prepare at once", "running", "8h")
    assert prompt["elapsed"] + prompt["remaining"] == 8 * 3600
    assert (prompt["next"], prompt["cause"]) == ("50%", "open by alice")
    assert prompt["since"] < prompt["next_at"] < prompt["due"]
    assert (levels["rare"]["title"], levels["rare"]["status"], levels["rare"]["due"]) == ("Rare", "waiting", None)
    told = alice.http.get(f"/v1/tickets/{key}/explain").json()
    assert [(one["name"], one["status"], one["due"]) for one in told["clocks"]] == [
        ("prompt", "running", prompt["due"]),
        ("rare", "waiting", None),
    ]
    assert [(one["task"], one["assignee"], one["left"]) for one in told["tasks"]] == [
        ("room", "role:change_manager", ["booked", "paid"])
    ]


def test_the_ledger(alice: Person, carol: Person) -> None:
    """The ledger has every interval with its cause; a service level not started is empty, and an unknown one is 404."""
    key = in_order(alice, carol)

    def ledger(name: str) -> Any:
        return alice.http.get(f"/v1/tickets/{key}/service-levels/{name}/ledger")

    prompt, rare = created(ledger("prompt")), created(ledger("rare"))
    assert (prompt["status"], [line["kind"] for line in prompt["items"]]) == ("met", ["running"])
    assert (
        prompt["items"][0]["actual"]
        == prompt["items"][0]["working"]
        == alice.read(key)["service_levels"]["prompt"]["elapsed"]
    )
    assert (rare["status"], [line["kind"] for line in rare["items"]]) == ("paused", ["paused"])
    problem(ledger("other"), 404, "unknown_service_level")


def test_work_by_commands(run: Run) -> None:
    """Commands find, claim, tick and complete tasks; the output shows and explains what a ticket waits for."""
    key = json.loads(run("start", "workshop", "-f", "summary=Teach", "--json")[1])["key"]
    shown, told = run("show", key)[1], run("explain", key)[1]
    assert "task room: Find a room, for role:change_manager, due 20" in shown
    assert "service level prompt: running, due 20" in shown
    assert "prompt: started, 8h" in shown
    assert "waits for task room: Find a room, for role:change_manager, due 20" in told
    assert "; to tick: booked, paid\n" in told
    assert "; next: 50% at 20" in told
    assert "service level rare: waiting\n" in told
    assert f"{key}" in run("tasks", "--as", "carol")[1]
    assert f"{key}" not in run("tasks")[1]
    assert run("task", key, "room", "--claim", "--as", "carol")[:2] == (0, f"{key} is in prepare, revision 2\n")
    ticked = run("task", key, "room", "--check", "booked", "--check", "paid", "-f", "place=Loft", "--as", "carol")
    assert ticked[:2] == (0, f"{key} is in prepare, revision 3\n")
    assert run("task", key, "room", "--done", "--as", "carol")[0] == 0
    mine = json.loads(run("tasks", "--json")[1])["items"]
    assert [one["task"] for one in mine if one["ticket"] == key] == ["agenda"]
    assert run("task", key, "agenda", "--done")[0] == 0
    assert run("run", key, "prepare")[2].startswith("The task, automation or callback is not open (not_open)")
    assert run("run", key, "order", "-f", "seen=yes")[0] == 0
    assert run("approve", key, "--as", "bob")[0] == 0
    shown = run("show", key)[1]
    assert "approval held: waits for dora (2 must approve); bob approves\n" in shown
    assert "ticked booked, paid of task room" in shown
    assert "automation of order completed by hand" in shown
    assert "service level prompt: met 20" in shown


def test_a_task_that_fails_by_command(run: Run) -> None:
    """A task fails with a reason, which the timeline shows."""
    key = json.loads(run("start", "workshop", "-f", "summary=Teach", "--json")[1])["key"]
    code, out, _ = run("task", key, "room", "--failed", "-m", "All are taken", "--as", "carol")
    assert (code, out) == (0, f"{key} is in called_off (ended), revision 2\n")
    assert "task room failed: “All are taken”" in run("show", key)[1]


@pytest.mark.parametrize(
    "arguments",
    [
        ("task", "WRK-1", "room"),
        ("task", "WRK-1", "room", "--done", "--failed"),
        ("task", "WRK-1", "room", "--claim", "--done"),
        ("run", "WRK-1", "order", "--failed", "x", "-f", "a=b"),
    ],
)
def test_wrong_use(run: Run, arguments: tuple[str, ...]) -> None:
    """A command with no result, or with two at once, is a usage error."""
    assert run(*arguments)[0] == 2
