"""``stanchion trace`` on histories in files: no server is needed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.cli.main import main
from api.local.ports import any_free
from tests.paths import HISTORIES

Said = tuple[int, str, str]
ERRAND = HISTORIES / "errand_left.v2.1.json"
WHOLE = """\
revision 1  2026-11-23T08:21:47Z  open by alice  (workflow task 3)
  data      key=ERR-1-errand_left, fields={"summary": "Go and see", "how": "break"}
  entered   ready
  timeline  alice: opened the ticket
  timeline  alice: wrote summary = Go and see, how = break
  timeline  alice: · → ready
revision 2  2026-11-23T08:21:48Z  send by alice  (workflow task 7)
  data      name=go
  took      ready → busy, on go
  exited    ready
  entered   busy
  wants     run probe
  timeline  alice: sent go
  timeline  alice: ready → busy
revision 3  2026-11-23T08:21:48Z  send by alice  (workflow task 14)
  data      name=stop
  took      busy → stuck, on stop
  exited    busy
  entered   stuck
  wants     cancel the automation of busy
  timeline  alice: sent stop
  timeline  alice: busy → stuck
revision 4  2026-11-23T08:21:49Z  send by alice  (workflow task 25)
  data      name=close
  took      stuck → finished, on close
  exited    stuck
  entered   finished
  timeline  alice: sent close
  timeline  alice: stuck → finished
  timeline  alice: ended in finished
"""


@pytest.fixture
def trace(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Runs the command; its exit code, output and errors."""

    def command(*arguments: str | Path) -> Said:
        monkeypatch.setattr(sys, "argv", ["stanchion", "trace", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return command


def test_a_ticket_from_its_opening_to_its_end(trace: Callable[..., Said]) -> None:
    """Each event is shown with the transitions, the states, the effects and the timeline that it causes."""
    assert trace("ERR-1-errand_left", "--history", ERRAND) == (0, WHOLE, "")


def test_one_revision(trace: Callable[..., Said]) -> None:
    """With --revision only that revision is shown, and a revision that does not exist is refused."""
    said = trace("--history", ERRAND, "--revision", "2")
    assert said == (0, WHOLE[WHOLE.index("revision 2") : WHOLE.index("revision 3")], "")
    assert trace("--history", ERRAND, "--revision", "9") == (
        1,
        "",
        "There is no revision 9 in this history: its revisions are 1 to 4.\n",
    )


def test_json(trace: Callable[..., Said]) -> None:
    """The JSON holds the same trace with every detail."""
    code, out, _ = trace("--history", ERRAND, "--revision", "3", "--json")
    document = json.loads(out)
    (event,) = document.pop("events")
    assert (code, document) == (0, {"ticket": "ERR-1-errand_left", "complete": True, "after_end": [], "failure": None})
    assert event["event"] == {"kind": "send", "actor": "alice", "data": {"name": "stop"}}
    assert event["transitions"] == [{"source": "busy", "targets": ["stuck"], "trigger": "on stop"}]
    assert event["effects"] == [{"effect": "cancel_run", "state": "busy", "visit": 1, "place": None}]
    assert (event["exited"], event["entered"], event["configuration"]) == (["busy"], ["stuck"], ["stuck"])
    assert [one["kind"] for one in event["timeline"]] == ["event", "moved"]
    assert "configuration" in event["changed"]


def test_an_answer_that_moves_nothing(trace: Callable[..., Said]) -> None:
    """For an event without a visible effect, the parts of the ticket that it has changed are named."""
    code, out, _ = trace("--history", HISTORIES / "request.v2.1.json", "--revision", "2")
    assert (code, out.splitlines()[1:]) == (0, ["  changed   services"])


def test_several_runs(trace: Callable[..., Said]) -> None:
    """The runs of a ticket that was continued as new are one trace, whatever the order of their files."""
    files = [("--history", HISTORIES / f"incident_in_many_runs.v2.{run}.json") for run in (3, 1, 2)]
    code, out, _ = trace(*(part for pair in files for part in pair), "--json")
    revisions = [one["revision"] for one in json.loads(out)["events"]]
    assert (code, revisions) == (0, list(range(1, len(revisions) + 1)))


def altered(folder: Path) -> Path:
    """The history of a ticket that differs from what this build does: an activity in place of a timer."""
    history = json.loads((HISTORIES / "change_rejected_and_waiting.v2.1.json").read_text())
    timer = next(one for one in history["events"] if one["eventType"] == "EVENT_TYPE_TIMER_STARTED")
    del timer["timerStartedEventAttributes"]
    timer["eventType"] = "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED"
    timer["activityTaskScheduledEventAttributes"] = {"activityId": "1", "activityType": {"name": "record"}}
    file = folder / "altered.json"
    file.write_text(json.dumps(history))
    return file


def test_a_history_of_another_build(trace: Callable[..., Said], tmp_path: Path) -> None:
    """A difference from this build is reported with its place, after everything that could be replayed."""
    code, out, err = trace("--history", altered(tmp_path))
    assert code == 1
    assert out.splitlines()[-1] == "  timeline  engine: requests approval in authorize from carol (1 must approve)"
    assert err == (
        "This build can't replay the history: it stopped after revision 5, workflow task 14.\n"
        "[TMPRL1100] Nondeterminism error: Timer machine does not handle this event: "
        "HistoryEvent(id: 19, ActivityTaskScheduled)\n"
    )
    code, out, _ = trace("--history", altered(tmp_path), "--json")
    assert (code, json.loads(out)["failure"][:11]) == (1, "[TMPRL1100]")


def changed(file: Path, folder: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """A history with a change by hand, in a file of the same name."""
    history = json.loads(file.read_text())
    change(history)
    (folder / file.name).write_text(json.dumps(history))
    return folder / file.name


def without_input(history: dict[str, Any]) -> None:
    history["events"][0]["workflowExecutionStartedEventAttributes"]["input"]["payloads"] = []


def with_other_encoding(history: dict[str, Any]) -> None:
    payloads = history["events"][0]["workflowExecutionStartedEventAttributes"]["input"]["payloads"]
    payloads[0]["metadata"]["encoding"] = "em9yaw=="


def without_events(history: dict[str, Any]) -> None:
    history["events"] = []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (without_input, "workflow 'errand' is not a ticket of a process, or its first event was changed.\n"),
        (with_other_encoding, "workflow 'errand' is not a ticket of a process, or its first event was changed.\n"),
        (without_events, "this is not the history of a workflow from its start.\n"),
    ],
)
def test_a_changed_history(
    trace: Callable[..., Said], tmp_path: Path, change: Callable[[dict[str, Any]], None], words: str
) -> None:
    """A history whose first event is missing, or has lost its content, is refused with the name of its file."""
    file = changed(ERRAND, tmp_path, change)
    assert trace("--history", file) == (2, "", f"{file}: {words}")


def test_a_server_that_has_stopped(trace: Callable[..., Said], tmp_path: Path) -> None:
    """If the server of the state folder has stopped, the message gives the reason and the command that starts it."""
    address = f"127.0.0.1:{any_free()}"
    (tmp_path / "running.json").write_text(json.dumps({"temporal": address}))
    assert trace("CHG-1", "--state", tmp_path) == (
        3,
        "",
        f"Temporal does not answer at {address}: Connection refused.\n"
        "Is it running? `stanchion up` starts everything.\n",
    )


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "Name a ticket, or a file with --history."),
        (("CHG-1", "--history", ERRAND), 2, "The history is of ERR-1-errand_left, not of CHG-1."),
        (("--history", ERRAND, "--history", ERRAND), 2, "are the same run: each run is replayed once."),
        (("--history", ERRAND, "--history", HISTORIES / "request.v2.1.json"), 2, "Histories of "),
        (
            ("--history", HISTORIES / "release_child.v2.1.json"),
            2,
            "workflow 'rollout' is not a ticket of a process, or",
        ),
        (
            ("--history", HISTORIES / "stories.py"),
            2,
            "stories.py is not a history of a workflow: expected nothing more after the value at line 1, column 3. "
            "Give a file that `temporal workflow show --output json` has written.",
        ),
        (("--history", "none.json"), 2, "none.json can't be read: No such file or directory."),
        (("CHG-1", "--state", "nowhere"), 3, "Nothing runs in nowhere. `stanchion up` starts everything."),
    ],
)
def test_errors(trace: Callable[..., Said], arguments: tuple[str | Path, ...], code: int, words: str) -> None:
    """A failure to trace is reported in helpful words, with its own exit code."""
    ended, out, err = trace(*arguments)
    assert (ended, out) == (code, "")
    assert words in err
