"""Everything that can go wrong at the edge, in one form: RFC 9457 problems with a stable ``code``.

The one place that maps refusals of the core, and failures of the world, to HTTP.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from definitions.times import to_text
from workflows.engine.model.result import Refusal, RefusalCode

RETRY_SECONDS = 5
"""What ``Retry-After`` says when Temporal or the records store is away."""

REFUSAL_STATUS: Mapping[RefusalCode, HTTPStatus] = {
    "unknown_event": HTTPStatus.CONFLICT,
    "not_permitted": HTTPStatus.FORBIDDEN,
    "guard_failed": HTTPStatus.CONFLICT,
    "missing_fields": HTTPStatus.UNPROCESSABLE_ENTITY,
    "invalid_fields": HTTPStatus.UNPROCESSABLE_ENTITY,
    "read_only_fields": HTTPStatus.UNPROCESSABLE_ENTITY,
    "not_an_approver": HTTPStatus.FORBIDDEN,
    "already_voted": HTTPStatus.CONFLICT,
    "comment_required": HTTPStatus.UNPROCESSABLE_ENTITY,
    "not_open": HTTPStatus.CONFLICT,
    "stale": HTTPStatus.PRECONDITION_FAILED,
    "key_reused": HTTPStatus.CONFLICT,
    "ended": HTTPStatus.CONFLICT,
    "not_migratable": HTTPStatus.CONFLICT,
}

REFUSAL_TITLE: Mapping[RefusalCode, str] = {
    "unknown_event": "The ticket does not take this event now",
    "not_permitted": "You may not do this",
    "guard_failed": "A condition does not hold",
    "missing_fields": "Fields are missing",
    "invalid_fields": "Fields are invalid",
    "read_only_fields": "Fields can not be written",
    "not_an_approver": "You are not asked to approve",
    "already_voted": "You have decided already",
    "comment_required": "A comment is required",
    "not_open": "It is not open",
    "stale": "The ticket has changed since",
    "key_reused": "The idempotency key was used for another request",
    "ended": "The ticket has ended",
    "not_migratable": "The ticket can not be carried over as it is",
}


class ApiError(Exception):
    """A request that is answered with a problem."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        title: str,
        detail: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail or title)
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = more

    def body(self) -> dict[str, Any]:
        """The problem document (RFC 9457, section 3)."""
        known = {
            "type": f"urn:stanchion:problem:{self.code}",
            "title": self.title,
            "status": int(self.status),
            "code": self.code,
        }
        return known | ({"detail": self.detail} if self.detail else {}) | self.more


def refused(refusal: Refusal) -> ApiError:
    """The problem for a refusal of the core: it changed nothing."""
    more: dict[str, Any] = {}
    if refusal.fields:
        more["fields"] = list(refusal.fields)
    if refusal.allowed or refusal.code in ("unknown_event", "guard_failed"):
        more["allowed"] = list(refusal.allowed)
    return ApiError(REFUSAL_STATUS[refusal.code], refusal.code, REFUSAL_TITLE[refusal.code], refusal.reason, **more)


def unknown_ticket(key: str) -> ApiError:
    """Also the answer for a ticket that the actor may not see: its existence is nobody's business."""
    return ApiError(HTTPStatus.NOT_FOUND, "unknown_ticket", "There is no such ticket", f"There is no ticket {key}.")


def unknown_process(process: str, hint: str = "") -> ApiError:
    detail = f"There is no process '{process}'." + (f" {hint}" if hint else "")
    return ApiError(HTTPStatus.NOT_FOUND, "unknown_process", "There is no such process", detail)


def unknown_service_level(key: str, name: str, known: Iterable[str]) -> ApiError:
    detail = f"{key} has no service level '{name}'. There are: {', '.join(known) or 'none'}"
    return ApiError(HTTPStatus.NOT_FOUND, "unknown_service_level", "There is no such service level", detail)


def unauthenticated(detail: str) -> ApiError:
    return ApiError(
        HTTPStatus.UNAUTHORIZED,
        "unauthenticated",
        "Who are you?",
        detail,
        headers={"WWW-Authenticate": 'Stanchion realm="stanchion"'},
    )


def callback_expired(until: int) -> ApiError:
    return ApiError(
        HTTPStatus.GONE,
        "callback_expired",
        "The time to call back is over",
        f"This address was good until {to_text(until)}. The ticket has gone on without an answer.",
    )


def unavailable(what: str) -> ApiError:
    """``what`` is away. Nothing is half-done: the same request with the same key is safe to send again."""
    return ApiError(
        HTTPStatus.SERVICE_UNAVAILABLE,
        f"{what}_unavailable",
        f"{what.capitalize()} does not answer",
        "Send the same request with the same Idempotency-Key again later: it is carried out once at most.",
        headers={"Retry-After": str(RETRY_SECONDS)},
    )


@contextmanager
def repeatable(key: str) -> Iterator[None]:
    """Tells the sender of a request that could not be answered under which key it is safe to send it again."""
    try:
        yield
    except ApiError as error:
        if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
            error.headers["Idempotency-Key"] = key
        raise


def invalid_request(detail: str, **more: Any) -> ApiError:
    return ApiError(
        HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", "The request is not what is expected here", detail, **more
    )


def malformed(detail: str) -> ApiError:
    return ApiError(HTTPStatus.BAD_REQUEST, "malformed_json", "The body is not JSON", detail)


def too_large(limit: int) -> ApiError:
    return ApiError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large", "The body is too large", f"At most {limit} bytes."
    )
