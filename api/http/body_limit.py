"""No body over the limit reaches a route, whatever length its headers announce, and none is waited for endlessly."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problem_responses import refused_response
from api.problems import RequestRefused, too_large, too_slow

LIMIT = 1_000_000
"""Bytes."""
SECONDS = 30.0
"""The time in which the whole body must come."""


class BodyLimit:
    """Reads the body first, chunked or not. Answers 413 as soon as it is too long, 408 where it comes too slowly."""

    def __init__(self, app: ASGIApp, limit: int = LIMIT, seconds: float = SECONDS) -> None:
        self._app = app
        self._limit = limit
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._seconds):
                body = None if self._announced(scope) > self._limit else await self._read(receive)
        except TimeoutError:
            await self._refuse(too_slow(self._seconds), scope, receive, send)
            return
        if body is None:
            await self._refuse(too_large(self._limit), scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)

    @staticmethod
    async def _refuse(refusal: RequestRefused, scope: Scope, receive: Receive, send: Send) -> None:
        response = refused_response(refusal)
        response.headers["Connection"] = "close"  # the rest of the body is not read
        await response(scope, receive, send)

    @staticmethod
    def _announced(scope: Scope) -> int:
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit():
                return int(value)
        return 0

    async def _read(self, receive: Receive) -> list[Message] | None:
        messages: list[Message] = []
        size = 0
        while True:
            message = await receive()
            messages.append(message)
            size += len(message.get("body", b""))
            if size > self._limit:
                return None
            if message["type"] != "http.request" or not message.get("more_body", False):
                return messages


def _replay(messages: list[Message], receive: Receive) -> Receive:
    waiting = iter(messages)

    async def next_message() -> Message:
        for message in waiting:
            return message
        return await receive()

    return next_message
