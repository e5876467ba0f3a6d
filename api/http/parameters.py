"""Headers and query parameters that several routes take.

Coroutines, although they wait for nothing: FastAPI runs every other dependency in a thread, which costs more than the
dependency itself.
"""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Header, Path, Query

from api.idempotency import KEY_FORM
from api.problems import invalid_request
from definitions.schema.process import TICKET_KEY

FORM_OF_ETAG = '"([0-9]{1,18})"'
ETAG = re.compile(FORM_OF_ETAG)


async def _idempotency_key(
    sent: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="Identifies this request: sent any number of times, it is carried out once, with one answer. "
            "A key belongs to one sender and one request: with another body, or on another ticket, it is refused.",
            json_schema_extra={"pattern": f"^{KEY_FORM.pattern}$"},
        ),
    ] = None,
) -> str | None:
    if sent is not None and not KEY_FORM.fullmatch(sent):
        raise invalid_request("Idempotency-Key must be 1 to 200 visible ASCII characters.")
    return sent


async def _expected_revision(
    match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description="Refused with 412 unless the ticket still has this ETag.",
            json_schema_extra={"pattern": rf"^(\*|{ETAG.pattern})$"},
        ),
    ] = None,
) -> int | None:
    if match is None or match.strip() == "*":
        return None
    found = ETAG.fullmatch(match.strip())
    if not found:
        raise invalid_request('If-Match must be one entity tag of this ticket, such as "7".')
    return int(found[1])


IdempotencyKey = Annotated[str | None, Depends(_idempotency_key)]
ExpectedRevision = Annotated[int | None, Depends(_expected_revision)]
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[
    str | None, Query(max_length=500, pattern=r"^[A-Za-z0-9_-]+$", description="`next` of the page before")
]
TicketKey = Annotated[str, Path(json_schema_extra={"pattern": f"^{TICKET_KEY}$"}, description="such as INC-7")]
"""The form is for OpenAPI alone: a text of another form is no ticket, like the key of a ticket that is not there."""


def etag(revision: int) -> str:
    return f'"{revision}"'
