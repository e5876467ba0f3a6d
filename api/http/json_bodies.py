"""The bodies of requests, read as JSON that has one meaning."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from api.problems import invalid_request
from definitions.text.json_text import JsonRefused, read_json


class JsonRequest(Request):
    """A request whose body gives each name of an object once."""

    async def json(self) -> Any:
        """The body. Raises RequestRefused (invalid_request), and ValueError where the body is not JSON."""
        try:
            return read_json(await self.body(), float)  # models refuse NaN at its place
        except JsonRefused as error:
            raise invalid_request(f"body: {error}") from error


class JsonRoute(APIRoute):
    """A route that takes a body. FastAPI documents this way to read bodies differently."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def read_and_handle(request: Request) -> Response:
            return await handle(JsonRequest(request.scope, request.receive))

        return read_and_handle
