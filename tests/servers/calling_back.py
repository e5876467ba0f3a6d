"""Another system on the loopback: it answers that it has begun, and calls back when the test triggers it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from typing import Any


@dataclass
class OtherSide:
    """The requests that it received, oldest first."""

    url: str = ""
    jobs: Queue[dict[str, Any]] = field(default_factory=Queue)

    def address(self) -> str:
        """The callback address of the next request that was not read yet; raises Empty where none arrives."""
        return str(self.jobs.get(timeout=60)["reply_to"])


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """An HTTP server on a free port of the loopback; its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def other_side() -> Iterator[OtherSide]:
    """A system that calls back only when the test triggers it."""
    side = OtherSide()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            side.jobs.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the server's name for it)
            """Logs nothing: a test's output is its result."""

    with serving(Handler) as side.url:
        yield side
