"""Every error of every kind leaves as ``application/problem+json``: RFC 9457 problems with a stable ``code``.

The one place that maps what use cases raise (``api.problems``) to HTTP: statuses, headers, documents.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from api.problems import Away, EdgeCode, RequestRefused, TicketStuck, invalid_request, malformed
from definitions.loading.model_types import choices, is_model, keys_of, models_at
from definitions.text.invalid_values import reason
from definitions.text.problems import Path
from workflows.engine.model.bounds import LONGEST_NAME, LONGEST_REFUSAL, MOST_NAMED, cut
from workflows.engine.model.result import RefusalCode

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5
"""What ``Retry-After`` says when a backend is away."""
STUCK_RETRY_SECONDS = 60
"""What ``Retry-After`` says for a stuck ticket: first an operator must start another worker."""
CHALLENGE = 'Stanchion realm="stanchion"'
"""What ``WWW-Authenticate`` says where nobody is authenticated."""
LOG = logging.getLogger("stanchion.api")

STATUS: Mapping[RefusalCode | EdgeCode, HTTPStatus] = {
    "unknown_event": HTTPStatus.CONFLICT,
    "not_permitted": HTTPStatus.FORBIDDEN,
    "guard_failed": HTTPStatus.CONFLICT,
    "missing_fields": HTTPStatus.UNPROCESSABLE_ENTITY,
    "invalid_fields": HTTPStatus.UNPROCESSABLE_ENTITY,
    "read_only_fields": HTTPStatus.UNPROCESSABLE_ENTITY,
    "not_an_approver": HTTPStatus.FORBIDDEN,
    "ambiguous": HTTPStatus.CONFLICT,
    "already_voted": HTTPStatus.CONFLICT,
    "comment_required": HTTPStatus.UNPROCESSABLE_ENTITY,
    "not_open": HTTPStatus.CONFLICT,
    "stale": HTTPStatus.PRECONDITION_FAILED,
    "key_reused": HTTPStatus.CONFLICT,
    "too_large": HTTPStatus.UNPROCESSABLE_ENTITY,
    "too_many": HTTPStatus.UNPROCESSABLE_ENTITY,
    "too_many_hops": HTTPStatus.UNPROCESSABLE_ENTITY,
    "endless": HTTPStatus.CONFLICT,
    "ended": HTTPStatus.CONFLICT,
    "not_migratable": HTTPStatus.CONFLICT,
    "body_too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "body_too_slow": HTTPStatus.REQUEST_TIMEOUT,
    "callback_expired": HTTPStatus.GONE,
    "freeze_exists": HTTPStatus.CONFLICT,
    "freeze_in_files": HTTPStatus.CONFLICT,
    "invalid_request": HTTPStatus.UNPROCESSABLE_ENTITY,
    "malformed_json": HTTPStatus.BAD_REQUEST,
    "unauthenticated": HTTPStatus.UNAUTHORIZED,
    "unknown_freeze": HTTPStatus.NOT_FOUND,
    "unknown_process": HTTPStatus.NOT_FOUND,
    "unknown_service_level": HTTPStatus.NOT_FOUND,
    "unknown_ticket": HTTPStatus.NOT_FOUND,
}


def problem_response(
    status: HTTPStatus,
    code: str,
    title: str,
    detail: str = "",
    *,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> JSONResponse:
    """A problem document (RFC 9457, section 3) with its status."""
    document = {"type": f"urn:stanchion:problem:{code}", "title": title, "status": int(status), "code": code}
    document |= ({"detail": detail} if detail else {}) | more
    return JSONResponse(document, int(status), headers=dict(headers or {}), media_type=MEDIA_TYPE)


def refused_response(error: RequestRefused, **more: Any) -> JSONResponse:
    """The answer to a request that a use case refused."""
    named: dict[str, Any] = {}
    if error.fields:
        named["fields"] = list(error.fields)
    if error.allowed is not None:
        named["allowed"] = list(error.allowed)
    headers = {"WWW-Authenticate": CHALLENGE} if error.code == "unauthenticated" else None
    return problem_response(STATUS[error.code], error.code, error.title, error.detail, headers=headers, **named, **more)


def away_response(error: Away) -> JSONResponse:
    """The answer where a backend is away: when to try again and, where the request has one, under which key."""
    again = STUCK_RETRY_SECONDS if isinstance(error, TicketStuck) else RETRY_SECONDS
    headers = {"Retry-After": str(again)} | ({"Idempotency-Key": error.key} if error.key else {})
    repeated = (
        f"Send the same request again later, with the Idempotency-Key {error.key}: it is carried out once at most."
        if error.key
        else "Send the same request again later."
    )
    if isinstance(error, TicketStuck):
        detail = f"{error.detail} {repeated}"
        return problem_response(HTTPStatus.SERVICE_UNAVAILABLE, "ticket_stuck", str(error), detail, headers=headers)
    return problem_response(
        HTTPStatus.SERVICE_UNAVAILABLE,
        f"{error.backend}_unavailable",
        str(error),
        repeated,
        headers=headers,
    )


def install(app: FastAPI) -> None:
    """Installs one handler for each kind of error; nothing leaves as plain text or with a stack trace."""
    handlers: list[tuple[type[Exception], Callable[[Request, Any], Awaitable[JSONResponse]]]] = [
        (RequestRefused, _refused),
        (Away, _away),
        (RequestValidationError, _invalid),
        (HTTPException, _http_error),
        (Exception, _unexpected),
    ]
    for kind, handler in handlers:
        app.add_exception_handler(kind, handler)


async def _refused(_request: Request, error: RequestRefused) -> JSONResponse:
    return refused_response(error)


async def _away(_request: Request, error: Away) -> JSONResponse:
    return away_response(error)


async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    found = [_one(request, problem) for problem in error.errors()]
    if any(problem["type"] == "json_invalid" for problem in error.errors()):
        return refused_response(malformed("; ".join(one["message"] for one in found)))
    detail = "; ".join(f"{'.'.join(map(str, one['at']))}: {one['message']}" for one in found[:5])
    more = f"; and {len(found) - MOST_NAMED:,} more" if len(found) > MOST_NAMED else ""
    return refused_response(invalid_request(cut(detail, LONGEST_REFUSAL) + more), errors=found[:MOST_NAMED])


def _one(request: Request, problem: Any) -> dict[str, Any]:
    """One line of a validation error, without the input, which may hold values that logs must not."""
    return {
        "at": [cut(part, LONGEST_NAME) if isinstance(part, str) else part for part in problem["loc"]],
        "message": _message(request, problem),
    }


def _message(request: Request, problem: Any) -> str:
    """Why a part of a request was refused; for an unknown name in the body, the names that the body takes there."""
    place = tuple(problem["loc"])
    if place[:1] != ("body",):
        return reason(problem)
    if problem["type"] == "missing" and len(place) == 1:
        return f"is empty{_taken(request, ())}"
    if problem["type"] == "extra_forbidden":
        return f"is not known{_taken(request, place[1:-1])}"
    return reason(problem)


def _taken(request: Request, place: Path) -> str:
    """The names that the body of a request takes at a place, to end a sentence."""
    field = getattr(request.scope.get("route"), "body_field", None)
    bodies = [one for one in choices(field.field_info.annotation) if is_model(one)] if field is not None else []
    names = sorted({name for body in bodies for one in models_at(body, place) for name in keys_of(one)})
    owner = ".".join(map(str, ("body", *place))) if place else "the body"
    return f"; {owner} takes {', '.join(names)}" if names else ""


def _methods(request: Request) -> str:
    """The methods that the address of a request takes, on whichever route."""
    taken = (
        method
        for method in ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
        if any(one.matches({**request.scope, "method": method})[0] == Match.FULL for one in request.app.routes)
    )
    return ", ".join(taken)


async def _http_error(request: Request, error: HTTPException) -> JSONResponse:
    status = HTTPStatus(error.status_code)
    if isinstance(error.__cause__, RequestRefused):  # the framework wraps what the reading of a body raises
        return refused_response(error.__cause__)
    if status == HTTPStatus.BAD_REQUEST:
        return refused_response(malformed("The body can't be read as JSON."))
    code = {HTTPStatus.NOT_FOUND: "not_found", HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed"}.get(
        status, status.name.lower()
    )
    headers = {"Allow": _methods(request)} if status == HTTPStatus.METHOD_NOT_ALLOWED else error.headers
    details = {
        HTTPStatus.NOT_FOUND: "There is nothing at this address: /openapi.json lists the addresses of this server.",
        HTTPStatus.METHOD_NOT_ALLOWED: f"This address does not take {request.method}. "
        f"It takes {(headers or {}).get('Allow', 'other methods')}.",
    }
    return problem_response(status, code, status.phrase, details.get(status, ""), headers=headers)


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    route = request.scope.get("route")  # its form: a callback address must not get into a log
    LOG.error("unexpected error in %s %s", request.method, getattr(route, "path", "?"), exc_info=error)
    detail = "The server failed. Its log has the details."
    if request.method not in ("GET", "HEAD"):
        detail += " The request may have been carried out: send it again only with the same Idempotency-Key."
    return problem_response(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", "Something went wrong here", detail)
