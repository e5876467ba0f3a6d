"""A real HTTP server for tests that gives the answers set by a test, and keeps the requests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


@dataclass
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass
class Answering:
    """The requests that arrived, and the answers to give: the next of ``answers``, the last of them for ever."""

    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], bytes]] = field(
        default_factory=lambda: [(200, {"Content-Type": "application/json"}, b'{"text": "heard"}')]
    )
    stalls: bool = False
    """Sends nothing until the test is over."""
    over: Event = field(default_factory=Event)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}/hook"

    def next(self) -> tuple[int, dict[str, str], bytes]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def _handler_of(answering: Answering) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            answering.asked.append(Asked(self.command, self.path, headers, body))
            if answering.stalls:
                answering.over.wait(30)
            status, own, content = answering.next()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **own}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815  (the server's names for it)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the server's name for it)
            """Logs nothing: a test's output is its result."""

    return Handler


@contextmanager
def answering_server() -> Iterator[Answering]:
    """An HTTP server on a free port of the loopback."""
    answering = Answering()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(answering))
    server.daemon_threads = True
    answering.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield answering
    finally:
        answering.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
