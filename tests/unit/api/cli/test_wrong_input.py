"""What people and other programs hand to the command line by mistake: each is refused in words, without a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from api.cli.main import main
from tests.paths import ROOT

Said = tuple[int, str, str]
Run = Callable[..., Said]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs a command in an empty folder; its exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    for name in ("STANCHION_URL", "STANCHION_ACTOR"):
        monkeypatch.delenv(name, raising=False)

    def command(*arguments: str) -> Said:
        monkeypatch.setattr("sys.argv", ["stanchion", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return command


@contextmanager
def answering(status: int, body: str, **headers: str) -> Iterator[str]:
    """A server on loopback with one answer for every request; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body.encode())

        do_POST = do_GET  # noqa: N815  the name that the library looks for

        def log_message(self, *_: object) -> None:
            """Says nothing: the output of the command is what is tested."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:  # silent callers must not delay its end
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "ODD-1", "--as", "zoë"), "--as 'zoë': a person's id has small letters, digits and _ only.\n"),
        (("show", "ODD-1", "--as", "a\nb"), "--as 'a\\nb': a person's id has small letters, digits and _ only.\n"),
        (
            ("send", "ODD-1", "note", "--key", "ü"),
            "--key 'ü': a key has 1 to 200 visible ASCII characters, without spaces.\n",
        ),
        (
            ("send", "ODD-1", "note", "--key", ""),
            "--key '': a key has 1 to 200 visible ASCII characters, without spaces.\n",
        ),
        (("show", "\udcff"), "Not text in UTF-8: \\udcff\n"),
        (("comment", "ODD-1", "\udcff\udcfe"), "Not text in UTF-8: \\udcff\\udcfe\n"),
        (("start", "odd", "-f", "summary=\udcff"), "Not text in UTF-8: summary=\\udcff\n"),
        (("check", "\udcff.yaml"), "Not text in UTF-8: \\udcff.yaml\n"),
        (("show", "ODD-1", "--url", "zork"), "zork is not a valid address: "),
        (("show", "ODD-1", "--url", "http://127.0.0.1:x"), "http://127.0.0.1:x is not a valid address: "),
        (("trigger", "x", "--source", "ü"), "--source 'ü': a source's name has 1 to 64 characters: small letters, "),
        (("trigger", "x", "-d", "{"), "--data is not JSON: "),
        (("trigger", "x", "-d", "NaN"), "--data is not JSON: NaN"),
        (("trigger", "x", "-d", '"\\ud800"'), "--data is not JSON: half of a character, \\ud800"),
        (("trigger", "x", "-d", "[" * 20_000), "--data is not JSON: nested too deeply"),
        (("start", "odd", "-f", 'n:="\\ud800"'), "is not JSON"),
        (("start", "odd", "-f", "n:=Infinity"), "is not JSON"),
        (("start", "odd", "-f", "n:="), "--field n:=: nothing stands behind `:=` (text needs quotes there, or "),
        (("start", "odd", "-f", "n:=2", "-f", "n:=1"), "--field n is given twice: a field has one value (a list is "),
        (("trigger", ""), "The event's type is empty. Name the type that a trigger takes: alertmanager.firing\n"),
        (("trigger", "x", "--id", ""), "The event's id is empty. Leave --id out for a new id.\n"),
    ],
)
def test_arguments(run: Run, arguments: tuple[str, ...], words: str) -> None:
    """An argument that can't be sent is wrong usage, and the message names it."""
    code, out, said = run(*arguments)
    assert (code, out) == (2, "")
    assert said.startswith(words) or words in said.splitlines()[0]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("STANCHION_PORT", "zork", "STANCHION_PORT: expected a whole number"),
        ("STANCHION_ACTOR", "a\nb", "--as 'a\\nb': a person's id has"),
        ("STANCHION_ACTOR", "\udcff", "STANCHION_ACTOR: not text in UTF-8: \\udcff"),
        ("STANCHION_URL", "\udcff", "STANCHION_URL: not text in UTF-8: \\udcff"),
    ],
)
def test_settings_of_the_client(run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str) -> None:
    """A setting that a command on tickets can't use is wrong usage, and the message names it."""
    monkeypatch.setenv(name, value)
    code, _, said = run("list")
    assert code == 2
    assert words in said


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("STANCHION_RECORDS_URL", "zork", "the records need sqlite:///<file> or postgresql://<user>@<host>/<database>"),
        ("STANCHION_RECORDS_URL", "mysql://x", "the records need sqlite:///<file> or postgresql://"),
        ("STANCHION_RECORDS_PASSWORD", "env:NOBODY_SETS_THIS", "secret env:NOBODY_SETS_THIS: not set, or empty"),
        ("STANCHION_SMTP_PORT", "zork", "expected a whole number"),
        ("STANCHION_APPRISE_PEOPLE", "{", "not JSON: Expecting property name"),
        ("STANCHION_TEMPORAL_ADDRESS", "127.0.0.1:99999", "Temporal's address is host:port"),
    ],
)
def test_settings_of_servers(run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str) -> None:
    """A setting that a server can't use is wrong usage, and the message names it."""
    monkeypatch.setenv(name, value)
    code, out, said = run("migrate-db")
    assert (code, out) == (2, "")
    assert said.startswith(f"Invalid settings:\n{name}: {words}")


@pytest.mark.parametrize("command", [("up", "--state", "s", "--port", "0"), ("worker",), ("api", "--port", "0")])
def test_no_server_starts_with_wrong_settings(tmp_path: Path, command: tuple[str, ...]) -> None:
    """Each command that serves refuses a wrong setting before it starts anything."""
    wrong = os.environ | {"STANCHION_RECORDS_URL": "mysql://x", "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        [sys.executable, "-m", "api.cli", *command], cwd=tmp_path, env=wrong, capture_output=True, text=True,
        timeout=100, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("Invalid settings:\nSTANCHION_RECORDS_URL: ")
    assert not (tmp_path / "s").exists()


def test_a_state_folder_that_cannot_be_made(run: Run, tmp_path: Path) -> None:
    """The message names the folder, the reason and the option for another folder."""
    (tmp_path / "file").write_text("")
    code, _, said = run("up", "--state", "file/state")
    assert (code, said) == (
        2,
        "The state folder file/state can't be used: Not a directory. Name a folder that you may write with --state.\n",
    )


@pytest.mark.parametrize("body", ["<html>", "[]", "null", "", '{"items": '])
def test_answers_of_another_program(run: Run, body: str) -> None:
    """An answer of something that is not Stanchion is reported as such."""
    for status in (200, 404, 500):
        with answering(status, body) as url:
            code, _, said = run("list", "--as", "alice", "--url", url)
        assert code == 3
        assert said == f"{url}/v1/tickets?limit=50 answered {status}, which is not an answer of Stanchion.\n"


def test_an_answer_without_a_key(run: Run) -> None:
    """An answer that lacks a key is reported with the key, whatever the program is that answers."""
    with answering(200, '{"where": [{}]}') as url:
        code, _, said = run("explain", "ODD-1", "--as", "alice", "--url", url)
    assert code == 3
    assert said == ("The answer lacks 'state': it comes from another program, or from another version of Stanchion.\n")


AWAY = {"title": "Temporal does not answer", "code": "temporal_unavailable", "detail": "with the Idempotency-Key k7"}


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("explain", "ODD-1"), "Try again later."),
        (("send", "ODD-1", "note"), "Repeat the command later with --key k7: it is carried out once at most."),
        (
            ("send", "ODD-1", "note", "--key", "mine"),
            "Repeat the command later with --key mine: it is carried out once at most.",
        ),
    ],
)
def test_a_server_whose_backend_is_away(run: Run, command: tuple[str, ...], words: str) -> None:
    """The advice is about the command that was given: a key only where there is one."""
    key = {} if command[0] == "explain" else {"Idempotency_Key": "k7"}
    with answering(503, json.dumps(AWAY), **key) as url:
        code, _, said = run(*command, "--url", url)
    assert (code, said.splitlines()) == (3, ["Temporal does not answer (temporal_unavailable)", words])


def test_a_stuck_ticket(run: Run) -> None:
    """The details of a stuck ticket are printed, since it does not help to repeat the command at once."""
    stuck = {"title": "Workers fail on this ticket", "code": "ticket_stuck", "detail": "Workers have failed."}
    with answering(503, json.dumps(stuck)) as url:
        code, _, said = run("explain", "ODD-1", "--url", url)
    assert (code, said.splitlines()) == (3, ["Workers fail on this ticket (ticket_stuck)", "Workers have failed."])
