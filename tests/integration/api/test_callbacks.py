"""Callbacks over HTTP, on a real server: in time, repeated, too late, forged, and after the waiting process dies."""

from __future__ import annotations

import asyncio
import shutil
import stat
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
import pytest
from temporalio.client import Client

from api.cli import main
from api.local.callback_key import NAME
from api.local.child_processes import ChildProcess
from api.local.installation import Installation
from definitions.loading.folders import SHIPPED
from tests.servers.calling_back import OtherSide, other_side, serving
from tests.servers.installations import Person, installed, kill, problem, revive, until
from tests.unit.engine.deployments import PROCESS_TEXT
from tests.unit.project.documented import example
from workflows.ticket.names import workflow_id

TRIES = 20
DONE = {"done": {"address": "https://4-1.shop.example.com"}}
ALLOWED = {
    "STANCHION_OUTBOUND_HOSTS": "localhost:*",
    "STANCHION_OUTBOUND_PLAIN_HTTP": "true",
    "STANCHION_OUTBOUND_NETWORKS": "127.0.0.0/8 ::1/128",
    "STANCHION_SECRETS": '{"DEPLOY": "env:DEPLOY_TOKEN", "LOST": "env:NOWHERE"}',
    "DEPLOY_TOKEN": "token-of-deployments",
}


@pytest.fixture(scope="module")
def other() -> Iterator[OtherSide]:
    """The deployment system."""
    with other_side() as side:
        yield side


@pytest.fixture(scope="module")
def deployments(tmp_path_factory: pytest.TempPathFactory, other: OtherSide) -> Iterator[Installation]:
    """An installation with the documented process: as it is, in a hurry, and one that can be left."""
    folder = tmp_path_factory.mktemp("definitions")
    (folder / "processes").mkdir()
    text = PROCESS_TEXT.replace("https://deploy.example.com", other.url)
    hasty = text.replace("process: deployment", "process: hasty").replace("DEP", "HAS").replace("2h", "1s")
    left = text.replace("process: deployment", "process: left").replace("DEP", "LFT")
    left = left.replace("may: {", "may: {see: everyone, ")
    left = left.replace("failed: broken\n", "failed: broken\n      stop: {to: broken, by: everyone}\n")
    for name, process in {"deployment": text, "hasty": hasty, "left": left}.items():
        (folder / "processes" / f"{name}.yaml").write_text(process)
    shutil.copytree(SHIPPED / "organization", folder / "organization")
    given: dict[str, Any] = {"definitions": folder, "standalone": True, "request_seconds": 3.0}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ALLOWED.items():
            patch.setenv(name, value)
        with installed(tmp_path_factory.mktemp("installation"), **given) as running:
            yield running


@pytest.fixture
def alice(deployments: Installation) -> Iterator[Person]:
    person = Person(deployments.url, "alice")
    yield person
    person.http.close()


def call_back(address: str, body: Any = DONE, method: str = "POST") -> httpx.Response:
    """Calls back as the other side does: without an identity, with nothing but the address."""
    return httpx.request(method, address, json=body, trust_env=False, timeout=60)


def call_back_until_taken(address: str) -> None:
    """Calls back as the other side does when the answer is to try again later."""
    for _ in range(TRIES):
        answer = call_back(address)
        if answer.status_code != 503:
            assert answer.is_success, answer.text
            return
        assert int(answer.headers["Retry-After"]) > 0
    pytest.fail("it was never taken")


def begin(alice: Person, other: OtherSide, process: str = "deployment") -> tuple[str, str]:
    """A ticket whose request has been answered, and its callback address."""
    ticket = alice.start(process, version="4-1")["key"]
    address = other.address()
    read_until(alice, ticket, lambda seen: not seen["callbacks"] or seen["callbacks"][0]["answered"])
    return ticket, address


def read_until(alice: Person, ticket: str, true: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """The ticket as soon as the condition holds."""
    return until(lambda: seen if true(seen := alice.read(ticket)) else {})


def in_state(alice: Person, ticket: str, state: str) -> dict[str, Any]:
    return read_until(alice, ticket, lambda seen: seen["state"] == [state])


def test_the_documented_example(alice: Person, other: OtherSide, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other side of the documents answers at once and calls back later; the ticket continues with its result."""
    space: dict[str, Any] = {}
    exec(compile(example("automation.md", "import json\n"), "automation.md", "exec"), space)
    deployer: type[BaseHTTPRequestHandler] = space["Deployer"]
    ticket = alice.start("deployment", version="4-1")["key"]
    asked = other.jobs.get(timeout=60)
    assert asked["version"] == "4-1"
    space["LATER"] = 0
    monkeypatch.setattr(deployer, "log_message", lambda *_: None)
    with serving(deployer) as url:
        assert httpx.post(url, json=asked, trust_env=False).status_code == 202
        assert in_state(alice, ticket, "live")["fields"]["address"] == "https://4-1.shop.example.com"


def test_the_same_again_is_answered_the_same(alice: Person, other: OtherSide) -> None:
    """The same call moves the ticket once, however often it comes; another call to its address is answered 409."""
    ticket, address = begin(alice, other)
    answers = [call_back(address) for _ in range(3)]
    told = {"ticket": ticket, "state": "deploy", "outcome": "done"}
    assert [(one.status_code, one.json()) for one in answers] == [(200, told)] * 3
    revision = in_state(alice, ticket, "live")["revision"]
    for body in ({"done": {"address": "elsewhere"}}, {"done": None}, {"failed": "after all"}):
        problem(call_back(address, body), 409, "key_reused")
    assert alice.read(ticket)["revision"] == revision
    assert [one["data"] for one in alice.timeline(ticket) if one["data"].get("called_back")] == [
        {"state": "deploy", "step": 0, "called_back": True}
    ]


def test_a_callback_that_repeats_a_secret_is_kept_without_it(alice: Person, other: OtherSide) -> None:
    """A secret in the result or the reason of a callback is masked before the ticket gets it, as in an answer."""
    ticket, address = begin(alice, other)
    done = {"done": {"address": "https://shop.example.com/?t=token-of-deployments"}}
    assert [call_back(address, done).status_code for _ in range(2)] == [200, 200]
    assert in_state(alice, ticket, "live")["fields"]["address"] == "https://shop.example.com/?t=•••"
    other_ticket, address = begin(alice, other)
    assert call_back(address, {"failed": "401 for token-of-deployments"}).json()["outcome"] == "failed"
    in_state(alice, other_ticket, "broken")
    for key in (ticket, other_ticket):
        assert "token-of-deployments" not in alice.http.get(f"/v1/tickets/{key}/timeline").text + str(alice.read(key))


def test_the_other_side_may_have_failed(alice: Person, other: OtherSide) -> None:
    """The reason of a failed callback is visible on the ticket, and the next visit has its own address."""
    ticket, address = begin(alice, other)
    assert call_back(address, {"failed": "the disk is full"}).json()["outcome"] == "failed"
    (seen,) = in_state(alice, ticket, "broken")["problems"]
    assert seen["text"] == f"POST {other.url}/jobs: the disk is full"
    assert alice.send(ticket, "again").is_success
    assert (again := other.address()) != address
    problem(call_back(address), 409, "key_reused")
    assert call_back(address, {"failed": "the disk is full"}).is_success
    assert alice.read(ticket)["state"] == ["deploy"]
    assert call_back(again).is_success
    in_state(alice, ticket, "live")


def test_too_late(alice: Person, other: OtherSide) -> None:
    """After the timeout the run has already failed; a later callback is answered with that and changes nothing."""
    ticket, address = begin(alice, other, "hasty")
    seen = in_state(alice, ticket, "broken")
    assert seen["problems"][0]["text"] == f"POST {other.url}/jobs: nobody has called back within 1s"
    told = problem(call_back(address), 410, "callback_expired")
    assert "allowed" not in told
    assert alice.read(ticket)["revision"] == seen["revision"]


def test_a_state_that_was_left_waits_no_more(alice: Person, other: OtherSide) -> None:
    """Before its timeout the address conflicts with the ticket's state, and the answer reveals no more than that."""
    ticket, address = begin(alice, other, "left")
    assert alice.send(ticket, "stop").is_success
    told = problem(call_back(address), 409, "not_open")
    assert told["detail"] == "nothing in 'deploy' waits for this callback any more"
    assert set(told) == {"type", "title", "status", "code", "detail"}
    assert alice.read(ticket)["state"] == ["broken"]


def test_a_run_that_somebody_has_completed(alice: Person, other: OtherSide) -> None:
    """A callback after a manual completion finds the ticket ended, which is another conflict."""
    ticket, address = begin(alice, other, "left")
    body = {"saved": {"deployed": {"address": "by hand"}}}
    assert alice.http.post(f"/v1/tickets/{ticket}/runs/deploy", json=body).is_success
    assert set(problem(call_back(address), 409, "ended")) == {"type", "title", "status", "code", "detail"}
    assert alice.read(ticket)["fields"]["address"] == "by hand"


def test_a_forged_address(alice: Person, other: OtherSide) -> None:
    """Every forged address gets the same answer, word for word, and the ticket does not change."""
    ticket, address = begin(alice, other)
    revision = alice.read(ticket)["revision"]
    base, _, token = address.rpartition("/")
    content, _, signature = token.partition(".")
    last = "A" if signature[-5] != "A" else "B"
    forged = [
        f"{content}.{signature[:-5]}{last}{signature[-4:]}",
        f"{content[:-2]}AA.{signature}",
        f"{content}.",
        content,
        f".{signature}",
        "x" * 5_000,
        "%00",
        "null",
    ]
    told = [problem(call_back(f"{base}/{one}"), 401, "unauthenticated") for one in forged]
    assert all(one == told[0] for one in told)
    assert alice.read(ticket)["revision"] == revision
    assert call_back(address).is_success


def test_looking_at_an_address_does_nothing(alice: Person, other: OtherSide) -> None:
    """Only a POST calls back: following the address as a link changes nothing."""
    ticket, address = begin(alice, other)
    revision = alice.read(ticket)["revision"]
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        problem(call_back(address, method=method), 405, "method_not_allowed")
    assert httpx.head(address, trust_env=False).status_code == 405
    assert alice.read(ticket)["revision"] == revision


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"failed": None},
        {"failed": ""},
        {"failed": "x" * 2_001},
        {"done": 1, "failed": "no"},
        {"dne": 1},
        [],
        "done",
    ],
)
def test_a_body_of_another_form_is_refused(body: Any, alice: Person, other: OtherSide) -> None:
    """Neither a typo nor silence counts as success: the body states either done or failed, and nothing else."""
    _, address = begin(alice, other)
    problem(call_back(address, body), 422, "invalid_request")
    assert call_back(address, {"done": None}).is_success


def test_a_result_has_its_limits(alice: Person, other: OtherSide) -> None:
    """A ticket keeps 100,000 bytes of a result, and a body over 1 MB is not read; the step continues to wait."""
    ticket, address = begin(alice, other)
    problem(call_back(address, {"done": "x" * 100_000}), 413, "body_too_large")
    problem(call_back(address, {"done": "x" * 1_000_000}), 413, "body_too_large")
    answer = httpx.post(address, content=b'{"done": ', headers={"Content-Type": "application/json"}, trust_env=False)
    problem(answer, 400, "malformed_json")
    assert alice.read(ticket)["state"] == ["deploy"]
    assert call_back(address, {"done": {"address": "x" * 99_000}}).is_success


def test_the_address_is_kept_nowhere(deployments: Installation, alice: Person, other: OtherSide) -> None:
    """Neither the history nor the ticket, its timeline or a log contains the address or any form of its token."""
    ticket, address = begin(alice, other)
    token = address.rpartition("/")[2]
    assert call_back(address).is_success
    in_state(alice, ticket, "live")
    path = f"/v1/tickets/{ticket}"
    shown = [alice.http.get(f"{path}{part}").text for part in ("", "/timeline", "/explain", "/notifications")]
    logs = [log.read_text(errors="replace") for log in deployments.folder.path.glob("*.log")]
    kept = [*shown, *logs, asyncio.run(history_of(deployments, ticket))]
    signature = token.partition(".")[2]
    assert [text for text in kept if signature in text or token in text] == []
    assert "urn:stanchion:callback-url" in kept[-1]


async def history_of(installation: Installation, ticket: str) -> str:
    client = await Client.connect(installation.settings.temporal)
    history = await client.get_workflow_handle(workflow_id(ticket)).fetch_history()
    return "".join(str(event.SerializeToString()) for event in history.events)


def test_people_see_what_is_waited_for(
    deployments: Installation,
    alice: Person,
    other: OtherSide,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """``show`` and ``explain`` state which request awaits a callback, and until when."""
    ticket, address = begin(alice, other)
    (waits,) = alice.read(ticket)["callbacks"]
    assert (waits["state"], waits["step"], waits["request"]) == ("deploy", 1, f"POST {other.url}/jobs")
    assert alice.http.get(f"/v1/tickets/{ticket}/explain").json()["callbacks"] == [waits]
    monkeypatch.setenv("STANCHION_URL", deployments.url)
    monkeypatch.setenv("STANCHION_ACTOR", "alice")
    for command in ("show", "explain"):
        monkeypatch.setattr("sys.argv", ["stanchion", command, ticket])
        with pytest.raises(SystemExit):
            main()
        said = capsys.readouterr().out
        times = f"since {waits['since']}, until {waits['until']}"
        assert f"waits for a callback in deploy: from POST {other.url}/jobs, {times}" in said
    assert call_back(address).is_success
    assert in_state(alice, ticket, "live")["callbacks"] == []


def test_the_request_is_for_those_who_may_complete_it(
    deployments: Installation, alice: Person, other: OtherSide
) -> None:
    """Other viewers see that a callback is awaited, since when and until when, but not the address of its request."""
    ticket, address = begin(alice, other, "left")
    erin = Person(deployments.url, "erin")
    (whole,), (waits,) = alice.read(ticket)["callbacks"], erin.read(ticket)["callbacks"]
    assert (whole["request"], waits) == (f"POST {other.url}/jobs", whole | {"request": None})
    assert call_back(address, {"failed": "the disk is full"}).is_success
    in_state(alice, ticket, "broken")
    told = [erin.http.get(f"/v1/tickets/{ticket}{part}").text for part in ("", "/timeline", "/explain")]
    erin.http.close()
    assert [("POST …: the disk is full" in text, "/jobs" in text) for text in told] == [(True, False)] * 3


@pytest.mark.parametrize("victims", [("worker",), ("api",), ("server", "worker", "api")], ids="+".join)
def test_after_a_kill(deployments: Installation, alice: Person, other: OtherSide, victims: tuple[str, ...]) -> None:
    """A process killed between request and callback loses nothing: one request is sent, and the callback ends it."""
    ticket, address = begin(alice, other)
    doomed: list[ChildProcess] = [getattr(deployments, victim) for victim in victims]
    for child in doomed:
        kill(child)
    if victims == ("worker",):
        problem(call_back(address), 503, "worker_unavailable")
    revive(deployments, *doomed)
    call_back_until_taken(address)
    assert in_state(alice, ticket, "live")["fields"]["address"] == DONE["done"]["address"]
    assert other.jobs.empty()


def test_while_temporal_is_away(deployments: Installation, alice: Person, other: OtherSide) -> None:
    """No callback is acknowledged while Temporal is away: it is answered 503, and accepted when Temporal is back."""
    ticket, address = begin(alice, other)
    kill(deployments.server)
    problem(call_back(address), 503, "temporal_unavailable")
    revive(deployments, deployments.server)
    call_back_until_taken(address)
    in_state(alice, ticket, "live")


def test_a_key_that_is_away(deployments: Installation, alice: Person, other: OtherSide) -> None:
    """An address that can't be verified is neither accepted nor refused: 503, and the same again later."""
    ticket, address = begin(alice, other)
    key = deployments.folder.path / NAME
    hidden = key.with_suffix(".away")
    key.rename(hidden)
    problem(call_back(address), 503, "callbacks_unavailable")
    hidden.rename(key)
    assert call_back(address).is_success
    in_state(alice, ticket, "live")


def test_the_key_of_an_installation(deployments: Installation) -> None:
    """The key is made once, has 256 bits, and only its owner can read it."""
    key: Path = deployments.folder.path / NAME
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(bytes.fromhex(key.read_text().strip())) == 32
