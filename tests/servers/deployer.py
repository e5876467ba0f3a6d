"""A deployer for tests: an HTTP server with targets, one of which is unhealthy with the new version."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

SICK = "site_berlin"


@dataclass
class Deployer:
    """Its address, and the requests that it received, once for each idempotency key."""

    url: str = ""
    asked: dict[str, str] = field(default_factory=dict)

    @property
    def deeds(self) -> list[str]:
        return list(self.asked.values())


def _handler(deployer: Deployer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            deployer.asked.setdefault(self.headers["Idempotency-Key"], f"{self.command} {self.path}")
            rates = {target: 0.2 if target == SICK else 0.0 for target in body.get("targets", ())}
            answer = json.dumps(rates if self.path == "/error-rates" else {"id": self.path}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def do_PUT(self) -> None:
            self.do_POST()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the server's name for it)
            """Logs nothing: a test's output is its result."""

    return Handler


@pytest.fixture
def deployer() -> Iterator[Deployer]:
    """A deployer of its own for one test."""
    own = Deployer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(own))
    own.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield own
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


__all__ = ["Deployer", "deployer"]
