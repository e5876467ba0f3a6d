"""Every error of every kind leaves as ``application/problem+json``."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.problems import ApiError, invalid_request, malformed

MEDIA_TYPE = "application/problem+json"
LOG = logging.getLogger("stanchion.api")


def problem_response(error: ApiError) -> JSONResponse:
    return JSONResponse(error.body(), int(error.status), headers=error.headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """One handler a kind of error; nothing leaves as a plain text or with a stack trace."""
    handlers: list[tuple[type[Exception], Callable[[Request, Any], Awaitable[JSONResponse]]]] = [
        (ApiError, _api_error),
        (RequestValidationError, _invalid),
        (HTTPException, _http_error),
        (Exception, _unexpected),
    ]
    for kind, handler in handlers:
        app.add_exception_handler(kind, handler)


async def _api_error(_request: Request, error: ApiError) -> JSONResponse:
    return problem_response(error)


async def _invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
    found = [_one(problem) for problem in error.errors()]
    if any(problem["type"] == "json_invalid" for problem in error.errors()):
        return problem_response(malformed("; ".join(one["message"] for one in found)))
    detail = "; ".join(f"{'.'.join(map(str, one['at']))}: {one['message']}" for one in found[:5])
    return problem_response(invalid_request(detail, errors=found))


def _one(problem: Any) -> dict[str, Any]:
    """One line of a validation error, without the input: that may hold what logs and screens should not."""
    reason = problem.get("ctx", {}).get("error") if problem["type"] == "json_invalid" else None
    return {"at": list(problem["loc"]), "message": str(reason or problem["msg"])}


async def _http_error(_request: Request, error: HTTPException) -> JSONResponse:
    status = HTTPStatus(error.status_code)
    if status == HTTPStatus.BAD_REQUEST:
        return problem_response(malformed("The body can not be read as JSON."))
    code = {HTTPStatus.NOT_FOUND: "not_found", HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed"}.get(
        status, status.name.lower()
    )
    return problem_response(ApiError(status, code, status.phrase, headers=error.headers))


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    route = request.scope.get("route")  # its form: an address to call back to must not come into a log
    LOG.error("unexpected error in %s %s", request.method, getattr(route, "path", "?"), exc_info=error)
    detail = "The server failed. What happened is in its log; the request may be sent again with the same key."
    return problem_response(
        ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", "Something went wrong here", detail)
    )
