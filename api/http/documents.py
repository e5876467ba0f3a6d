"""The problems that a route may answer with, for OpenAPI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.http.parameters import FORM_OF_ETAG
from api.http.problem_responses import MEDIA_TYPE
from api.tickets.models import ProblemDocument
from definitions.schema.process import TICKET_KEY

_WORDS = {
    400: "The body is not JSON (`malformed_json`)",
    401: "Nobody is authenticated (`unauthenticated`)",
    403: "The actor may not do this (`not_permitted`, `not_an_approver`)",
    404: "There is no such thing, or the actor may not see it (`unknown_ticket`, `unknown_process`, `not_found`)",
    408: "The body comes too slowly (`body_too_slow`)",
    409: "Not now (`unknown_event`, `guard_failed`, `ambiguous`, `already_voted`, `not_open`, `ended`, `key_reused`, `not_migratable`, `endless`)",  # noqa: E501
    410: "The time to call back is over (`callback_expired`)",
    412: "The ticket has changed in the meantime (`stale`)",
    413: "The body is too large (`body_too_large`)",
    422: "Values are missing or wrong (`invalid_request`, `missing_fields`, `invalid_fields`, `read_only_fields`, `comment_required`)",  # noqa: E501
    500: "The server failed (`internal_error`)",
    503: "A backend or a worker does not answer, or workers fail on the ticket; nothing is half-done (`temporal_unavailable`, `worker_unavailable`, `ticket_stuck`, `records_unavailable`, `callbacks_unavailable`)",  # noqa: E501
}

Responses = dict[int | str, dict[str, Any]]


def _header(description: str, *, required: bool = True, **schema: Any) -> dict[str, Any]:
    return {"description": description, "required": required, "schema": {"type": "string"} | schema}


RETRY = {"Retry-After": _header("Seconds to wait before the next attempt.", type="integer")}
_HEADERS: Mapping[int, Mapping[str, Any]] = {
    401: {"WWW-Authenticate": _header("How to authenticate.")},
    503: {
        **RETRY,
        "Idempotency-Key": _header("The key with which to repeat a request that changes something.", required=False),
    },
}


def problems(*statuses: int) -> Responses:
    """The problem responses of these statuses, as OpenAPI describes them."""
    return {status: _one(status) for status in statuses}


def _one(status: int) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{ProblemDocument.__name__}"}
    headers = _HEADERS.get(status)
    return {
        "description": _WORDS[status],
        "content": {MEDIA_TYPE: {"schema": schema}},
        **({"headers": headers} if headers else {}),
    }


def with_headers(status: int, **headers: dict[str, Any]) -> Responses:
    """A successful response with these headers."""
    return {status: {"headers": headers}}


ETAG = _header("The revision of the ticket, for `If-Match`.", pattern=f"^{FORM_OF_ETAG}$")
SOMETIMES_ETAG = {**ETAG, "required": False}
LOCATION = _header("The address of the ticket.", pattern=f"^/v1/tickets/{TICKET_KEY}$")
EVERYWHERE = problems(408, 413, 422, 500)
"""The responses that any request may get: its body and its query are checked before its route is called."""
READ = problems(401, 404, 422, 500, 503)
LIST = problems(401, 422, 500, 503)
OPERATE = problems(401, 403, 422, 500, 503)
START = problems(400, 401, 403, 404, 408, 409, 413, 422, 500, 503)
ACT = with_headers(200, ETag=ETAG) | START | problems(412)
OPEN: dict[str, Any] = {"security": []}
"""For routes without authentication."""
