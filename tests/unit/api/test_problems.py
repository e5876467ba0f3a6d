"""Every refusal has one status, one title and one form."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any, Literal, get_args

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Path, Query
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from api.http import app as application
from api.http import problem_responses
from api.http.body_limit import BodyLimit
from api.http.json_bodies import JsonRoute
from api.http.problem_responses import STATUS, away_response, refused_response
from api.problems import (
    REFUSAL_TITLE,
    Away,
    EdgeCode,
    TicketStuck,
    refused,
    repeatable,
    unauthenticated,
    unknown_ticket,
)
from definitions.text.invalid_values import ID
from workflows.engine.model.result import Refusal, RefusalCode


def document(response: Response) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bytes(response.body))
    return found


def test_every_refusal_has_its_status() -> None:
    """Every code of the core and of the edge has a status, and each status is that of a refusal."""
    assert set(STATUS) == set(get_args(RefusalCode)) | set(get_args(EdgeCode))
    assert set(REFUSAL_TITLE) == set(get_args(RefusalCode))
    assert all(400 <= status < 500 for status in STATUS.values())


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("unknown_event", 409), ("guard_failed", 409), ("not_permitted", 403), ("missing_fields", 422),
        ("invalid_fields", 422), ("read_only_fields", 422), ("not_an_approver", 403), ("already_voted", 409),
        ("comment_required", 422), ("not_open", 409), ("stale", 412), ("key_reused", 409), ("ended", 409),
    ],
)  # fmt: skip
def test_status_of_a_refusal(code: RefusalCode, status: int) -> None:
    """A program can tell from the status alone whether to correct, to read again, or to give up."""
    assert refused_response(refused(Refusal(code, "because"))).status_code == status


def test_document_of_a_refusal() -> None:
    """A problem states the refusal, its reason, the fields, and what would be accepted."""
    error = refused(Refusal("missing_fields", "submit needs a plan", ("planned_start",), ("cancel",)))
    response = refused_response(error)
    assert response.headers["content-type"] == "application/problem+json"
    assert document(response) == {
        "type": "urn:stanchion:problem:missing_fields",
        "title": "Fields are missing",
        "status": 422,
        "code": "missing_fields",
        "detail": "submit needs a plan",
        "fields": ["planned_start"],
        "allowed": ["cancel"],
    }


def test_an_unknown_event_always_says_what_is_allowed() -> None:
    """A refused event lists the events that would be accepted, even if there are none; other refusals don't."""
    assert document(refused_response(refused(Refusal("unknown_event", "no"))))["allowed"] == []
    assert "allowed" not in document(refused_response(refused(Refusal("stale", "no"))))


def test_nobody_authenticated_is_challenged() -> None:
    """401 carries WWW-Authenticate, and no other status does."""
    assert refused_response(unauthenticated("?")).headers["WWW-Authenticate"] == 'Stanchion realm="stanchion"'
    assert "WWW-Authenticate" not in refused_response(unknown_ticket("A-1")).headers


def test_away_says_when_to_come_back() -> None:
    """503 carries Retry-After and, if the request has a key, the key under which it is safe to repeat the request."""
    response = away_response(Away("temporal"))
    assert (response.status_code, document(response)["code"]) == (503, "temporal_unavailable")
    assert document(response)["title"] == "Temporal does not answer"
    assert int(response.headers["Retry-After"]) > 0
    assert "Idempotency-Key" not in response.headers
    assert document(response)["detail"] == "Send the same request again later."
    with pytest.raises(Away) as away, repeatable("k1"):
        raise Away("records")
    assert away_response(away.value).headers["Idempotency-Key"] == "k1"
    assert "with the Idempotency-Key k1" in document(away_response(away.value))["detail"]


def test_a_stuck_ticket_is_no_backend_that_is_away() -> None:
    """A ticket on which workers fail has a code of its own, and the answer says since when and what helps."""
    with pytest.raises(TicketStuck) as stuck, repeatable("k1"):
        raise TicketStuck("INC-7", 1_774_000_000, 4)
    response = away_response(stuck.value)
    assert (response.status_code, document(response)["code"]) == (503, "ticket_stuck")
    assert document(response)["title"] == "Workers fail on this ticket"
    assert document(response)["detail"] == (
        "Workers have failed on INC-7 4 times in a row since 2026-03-20T09:46:40Z. Nothing is lost. Operators see "
        "the cause with `stanchion failures`. The ticket continues by itself as soon as a worker of a build without "
        "the fault runs. Send the same request again later, "
        "with the Idempotency-Key k1: it is carried out once at most."
    )
    assert int(response.headers["Retry-After"]) >= 60


async def _sent(chunks: list[bytes], headers: list[tuple[bytes, bytes]], limit: int) -> tuple[int, bytes]:
    """Returns the status of the answer, and the body that reached the application behind the limit."""
    seen = bytearray()
    answered: list[int] = []

    async def application(_scope: Scope, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            seen.extend(message["body"])
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    waiting = iter(chunks)
    left = len(chunks)

    async def receive() -> Message:
        nonlocal left
        left -= 1
        return {"type": "http.request", "body": next(waiting), "more_body": left > 0}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answered.append(message["status"])

    scope: Scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}
    await BodyLimit(application, limit)(scope, receive, send)
    return answered[0], bytes(seen)


async def test_body_at_the_limit() -> None:
    """A body of exactly the limit reaches the application whole, in chunks or not."""
    assert await _sent([b"12345", b"67890"], [], 10) == (200, b"1234567890")


async def test_body_over_the_limit() -> None:
    """One byte over the limit is 413, and the application gets none of it: announced, in chunks, or lied about."""
    assert await _sent([b"12345", b"678901"], [], 10) == (413, b"")
    assert await _sent([b"x"], [(b"content-length", b"11")], 10) == (413, b"")
    assert await _sent([b"12345678901"], [(b"content-length", b"3")], 10) == (413, b"")


async def test_an_address_to_call_back_to_never_comes_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """A bug is logged with the form of its route, since a part of the address may be all that is needed to act."""
    app = FastAPI()
    problem_responses.install(app)

    @app.post("/v1/callbacks/{token}")
    async def broken(token: str) -> None:
        raise RuntimeError("a bug")

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        assert (await client.post("/v1/callbacks/swordfish")).json()["code"] == "internal_error"
    assert "POST /v1/callbacks/{token}" in caplog.text
    assert "swordfish" not in caplog.text


class Inner(BaseModel):
    """A part of a body."""

    model_config = ConfigDict(extra="forbid")
    text: Annotated[str, StringConstraints(min_length=1)] = "x"


class Outer(BaseModel):
    """A body."""

    model_config = ConfigDict(extra="forbid", strict=True)
    to: int = 1
    inner: Inner | None = None
    choice: Literal["done", "failed"] = "done"


async def _details(method: str, path: str, body: str | None = None) -> dict[str, Any]:
    """The problem of a request to an application with one route of each kind."""
    app = FastAPI()
    problem_responses.install(app)
    router = APIRouter(route_class=JsonRoute)

    @router.post("/needed")
    async def needed(body: Outer) -> None: ...

    @router.post("/optional")
    async def optional(body: Outer | None = None) -> None: ...

    @router.get("/read/{name}")
    async def read(
        name: Annotated[str, Path(pattern="^[a-z][a-z0-9_]*$")], limit: Annotated[int, Query(ge=1)] = 1
    ) -> None: ...

    app.include_router(router)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.request(method, path, content=body, headers={"Content-Type": "application/json"})
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize(
    ("method", "path", "body", "detail"),
    [
        ("POST", "/needed", '{"done": 1}', "body.done: is not known; the body takes choice, inner, to"),
        ("POST", "/optional", '{"done": 1}', "body.done: is not known; the body takes choice, inner, to"),
        (
            "POST", "/needed", '{"inner": {"x": 1}}',
            "body.inner.x: is not known; body.inner takes text",
        ),
        ("POST", "/needed", "[]", "body: expected an object of names and values"),
        ("POST", "/needed", None, "body: is empty; the body takes choice, inner, to"),
        ("POST", "/needed", '{"to": "x"}', "body.to: expected a whole number"),
        ("POST", "/needed", '{"choice": "x"}', "body.choice: expected 'done' or 'failed'"),
        ("POST", "/needed", '{"inner": {"text": ""}}', "body.inner.text: expected some text"),
        ("GET", "/read/a?limit=0", None, "query.limit: expected a number from 1"),
        ("GET", "/read/a?limit=x", None, "query.limit: expected a whole number"),
        ("GET", "/read/X", None, f"path.name: expected {ID}"),
        ("POST", "/needed", '{"to": 1, "to": 2}', "body: 'to' is given twice in one object: give each name once"),
        ("POST", "/needed", '{"inner": {"text": "a", "text": "b"}}',
         "body: 'text' is given twice in one object: give each name once"),
        (
            "POST", "/needed", '{"to": ' + "9" * 5_000 + "}",
            "body: a whole number of 5,000 digits is too large: a whole number has at most 64 bits",
        ),
    ],
)  # fmt: skip
async def test_the_words_of_a_request_that_has_another_form(method: str, path: str, body: str, detail: str) -> None:
    """A refusal names the place and what is expected there, in plain English."""
    found = await _details(method, path, body)
    assert (found["code"], found["status"], found["detail"]) == ("invalid_request", 422, detail)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("zork", "expected a value at line 1, column 1"),
        ("{} {}", "expected nothing more after the value at line 1, column 4"),
        ('{"a"', "expected ':' delimiter at line 1, column 5"),
    ],
)
async def test_the_words_of_a_body_that_is_not_json(body: str, detail: str) -> None:
    """A body that is not JSON is refused with the place of its first mistake."""
    found = await _details("POST", "/needed", body)
    assert (found["code"], found["detail"]) == ("malformed_json", detail)


def test_every_route_with_a_body_refuses_a_name_that_is_given_twice() -> None:
    """No route reads its body as JSON in which the last of two equal names wins."""
    routes = [one for part in application.PARTS for one in part.router.routes if isinstance(one, APIRoute)]
    taking = [one for one in routes if one.body_field is not None]
    assert taking
    assert [one.path for one in taking if not isinstance(one, JsonRoute)] == []


async def test_a_body_that_comes_too_slowly() -> None:
    """A body that does not come in time is 408 and closes the connection; the application gets none of it."""
    answered: list[Message] = []

    async def application(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise AssertionError("the application was called")

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError("never")

    async def send(message: Message) -> None:
        answered.append(message)

    scope: Scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    await BodyLimit(application, seconds=0.01)(scope, receive, send)
    assert answered[0]["status"] == 408
    assert (b"connection", b"close") in answered[0]["headers"]
    assert json.loads(answered[1]["body"])["code"] == "body_too_slow"
