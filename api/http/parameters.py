"""Headers and query parameters that several routes take.

Coroutines, although they wait for nothing: FastAPI runs every other dependency in a thread, which costs more than the
dependency itself.
"""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Header, Query

from api.idempotency import KEY_FORM
from api.problems import invalid_request

ETAG = re.compile(r'"(\d{1,18})"')


async def _idempotency_key(
    sent: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="Identifies this request: sent any number of times, it is carried out once, with one answer.",
        ),
    ] = None,
) -> str | None:
    if sent is not None and not KEY_FORM.fullmatch(sent):
        raise invalid_request("Idempotency-Key must be 1 to 200 visible ASCII characters.")
    return sent


async def _expected_revision(
    match: Annotated[
        str | None, Header(alias="If-Match", description="Refused with 412 unless the ticket still has this ETag.")
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
Cursor = Annotated[str | None, Query(max_length=500, description="`next` of the page before")]


def etag(revision: int) -> str:
    return f'"{revision}"'
