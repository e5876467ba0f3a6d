"""A real HTTP server for tests, which keeps the JSON that is posted to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest


@dataclass
class Webhook:
    """What was posted, and the status codes to answer with."""

    port: int = 0
    posts: list[dict[str, Any]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    """Status codes of the next answers; after them 200."""


def handler_of(webhook: Webhook) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status = webhook.answers.pop(0) if webhook.answers else 200
            if status == 200:
                webhook.posts.append(json.loads(body))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the server's name for it)
            """Logs nothing: a test's output is its result."""

    return Handler


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    """An HTTP server of its own for one test."""
    hook = Webhook()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(hook))
    hook.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


__all__ = ["Webhook", "webhook"]
