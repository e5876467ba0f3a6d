"""Commands on tickets, against the running API."""

from __future__ import annotations

import json
from typing import Any

import pytest

from api.local.ports import any_free
from tests.servers.installations import Run


@pytest.fixture
def change(run: Run) -> str:
    """A change opened by alice."""
    code, out, _ = run("start", "change", "-f", "summary=Swap the switch", "-f", "service=email", "--json")
    assert code == 0
    return str(json.loads(out)["key"])


def test_a_change_by_commands(run: Run, change: str) -> None:
    """A change is edited, submitted, assessed, approved and shown, each with one command."""
    plan = ["-f", "planned_start=2030-03-14T20:00:00+01:00", "-f", "planned_end=2030-03-14T22:00:00+01:00"]
    assert run("edit", change, *plan, "-f", "backout_plan=Back")[:2] == (0, f"{change} is in draft, revision 2\n")
    assert run("send", change, "submit")[:2] == (0, f"{change} is in assess, revision 3\n")
    assert run("send", change, "assessed", "-f", "impact=low", "--as", "carol")[0] == 0
    decided, now = run("approve", change, "-m", "fine", "--visit", "1", "--as", "carol")[1].splitlines()
    assert decided == "approved: Authorization (authorize, visit 1, stage owner)"
    assert now.startswith(f"{change} is in scheduled")
    assert run("comment", change, "Thanks")[0] == 0
    code, out, _ = run("show", change)
    assert code == 0
    assert "carol   approves authorize: “fine”" in out
    assert "notified alice: " in out
    document = json.loads(run("show", change, "--json")[1])
    assert [one["seq"] for one in document["timeline"]] == list(range(1, len(document["timeline"]) + 1))


def test_list_and_explain(run: Run, change: str) -> None:
    """Commands list tickets, and state which events a person can send and what is missing for them."""
    run("show", change)
    assert change in run("list", "--process", "change", "--in", "draft", "--limit", "200")[1]
    out = run("explain", change)[1]
    assert ", after opening by alice" in out
    assert "you can send submit → assess; needs planned_start, planned_end, backout_plan" in out
    assert "ticket.model == 'standard'" in out
    assert " is not true, with " in out
    assert run("outbox", "--ticket", change)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("show", "CHG-999999"), 1, "There is no ticket CHG-999999."),
        (("start", "chnge"), 1, "There are: "),
        (("start", "change"), 1, "missing_fields"),
        (("start", "change", "-f", "summary"), 2, "write name=text"),
        (("start", "change", "-f", "summary:=nonsense"), 2, "is not JSON"),
        (("list", "--process", "chnge"), 1, "There is no process 'chnge'. Did you mean 'change'? There are: access_"),
        (("list", "--process", "change", "--in", "drft"), 1, "'change' has no state 'drft'. Did you mean 'draft'?"),
        (("list", "--in", "zork"), 1, "No process has a state 'zork'."),
        (("list", "--as", "zed"), 1, "Give your id with --as"),
        (("list", "--url", f"http://127.0.0.1:{any_free()}"), 3, "stanchion up"),
        (("list", "--nonsense"), 2, "nonsense"),
    ],
)
def test_errors(run: Run, arguments: tuple[str, ...], code: int, words: str) -> None:
    """An error is reported in helpful words, with its exit code."""
    ended, _, said = run(*arguments)
    assert ended == code
    assert words in said


def test_refusals(run: Run, change: str) -> None:
    """A refused event lists the events that could be sent; with --json the output is the problem itself."""
    code, _, said = run("send", change, "complete")
    assert (code, said.splitlines()[-1]) == (1, "You can send: submit, cancel")
    code, out, _ = run("send", change, "complete", "--json")
    document: dict[str, Any] = json.loads(out)
    assert (code, document["code"], document["allowed"]) == (1, "unknown_event", ["submit", "cancel"])
    assert run("edit", change, "-f", "summary=New", "--if-revision", "7")[0] == 1
    assert run("edit", change)[0] == 2


@pytest.mark.parametrize("event", ["cancel?x=1", "cancel#x", "../claim", "cancel/"])
def test_an_event_is_sent_by_its_whole_name(run: Run, change: str, event: str) -> None:
    """No character of an event's name can turn it into another event."""
    assert run("send", change, event)[0] in (1, 2)
    assert json.loads(run("show", change, "--json")[1])["revision"] == 1


def test_a_command_reaches_no_other_ticket(run: Run, change: str) -> None:
    """A ticket's key that contains a path is refused, and the ticket at that path does not change."""
    code, _, said = run("send", f"CHG-9/../{change}", "cancel")
    assert (code, said) == (2, f"The key of a ticket can't contain '/': 'CHG-9/../{change}'.\n")
    assert json.loads(run("show", change, "--json")[1])["revision"] == 1


def test_repeated_command(run: Run, change: str) -> None:
    """With one key a command takes effect once, however often it is repeated."""
    answers = [run("comment", change, "Once", "--key", f"{change}-once", "--json")[1] for _ in range(3)]
    assert len(set(answers)) == 1
    timeline = json.loads(run("show", change, "--json")[1])["timeline"]
    assert len([one for one in timeline if one["kind"] == "comment"]) == 1
