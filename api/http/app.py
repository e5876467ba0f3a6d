"""Composition of the HTTP application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import Depends, FastAPI

from api.http import (
    actions,
    callbacks,
    freezes,
    front,
    health,
    inbound,
    migrations,
    openapi,
    operation,
    personal,
    problem_responses,
    processes,
    tickets,
    work,
)
from api.http.body_limit import BodyLimit
from api.http.known_query import refuse_unknown_query
from api.http.services import Services

PARTS = (
    tickets, actions, work, migrations, inbound, callbacks, personal, processes, freezes, operation, health, front,
)  # fmt: skip
Opening = Callable[[], AbstractAsyncContextManager[Services]]


def create_app(opening: Opening) -> FastAPI:
    """The application; ``opening`` provides its services when it starts and closes them when it stops."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with opening() as services:
            app.state.services = services
            yield

    app = FastAPI(
        title="Stanchion",
        version=version("stanchion"),
        summary="ITSM processes as code: start tickets, send them events, and ask why they are where they are.",
        lifespan=lifespan,
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(refuse_unknown_query)],
    )
    for part in PARTS:
        app.include_router(part.router)
    problem_responses.install(app)
    app.add_middleware(BodyLimit)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        app.openapi_schema = openapi.describe(app)
    return app.openapi_schema
