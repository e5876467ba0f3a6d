"""The development identity believes a header, so everything around it must be this machine."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import Request

from api.http.problem_responses import refused_response
from api.http.services import caller_of
from api.identity import Caller, DevelopmentIdentity, NobodyIdentity, SettingsError, identity_of
from api.problems import RequestRefused
from api.settings import EdgeSettings, is_loopback
from definitions.people.directory import Actor

ALICE = Actor("alice", teams=("desk",))


def find(person: str) -> Actor | None:
    return ALICE if person == "alice" else None


def request(
    headers: list[tuple[str, str]], server: str | None = "127.0.0.1", client: str | None = "127.0.0.1"
) -> Caller:
    scope: dict[str, Any] = {
        "type": "http",
        "headers": [(name.encode(), value.encode()) for name, value in headers],
        "server": (server, 8700) if server else None,
        "client": (client, 50000) if client else None,
    }
    return caller_of(Request(scope))


GOOD = [("host", "localhost:8700"), ("x-actor", "alice")]


@pytest.mark.parametrize(
    "host", ["localhost:8700", "127.0.0.1", "127.1.2.3:1", "[::1]:8700", "LOCALHOST", "localhost."]
)
async def test_a_person_of_this_machine(host: str) -> None:
    """A person is believed on a request to a server on loopback, from loopback, by a name of loopback."""
    assert await DevelopmentIdentity(find).authenticate(request([("host", host), ("x-actor", "alice")])) == ALICE


@pytest.mark.parametrize(
    "doubtful",
    [
        request(GOOD, server="0.0.0.0"),
        request(GOOD, server=None),
        request(GOOD, client="192.168.1.7"),
        request(GOOD, client=None),
        request([("x-actor", "alice")]),
        request([("host", "evil.example"), ("x-actor", "alice")]),
        request([("host", "127.0.0.1.evil.example"), ("x-actor", "alice")]),
        request([("host", "[::1]evil.example"), ("x-actor", "alice")]),
        request([("host", "[::1]:80@evil.example"), ("x-actor", "alice")]),
        request([("host", "localhost:80:80"), ("x-actor", "alice")]),
        request([("host", "[localhost]"), ("x-actor", "alice")]),
        request([("host", "localhost"), ("host", "evil.example"), ("x-actor", "alice")]),
        request([("host", "localhost")]),
        request([("host", "localhost"), ("x-actor", "")]),
        request([("host", "localhost"), ("x-actor", "zed")]),
        request([*GOOD, ("x-actor", "alice")]),
    ],
)
async def test_everybody_else_is_nobody(doubtful: Caller) -> None:
    """The answer is 401 if one of these conditions fails, or the header is missing, doubled or names nobody."""
    with pytest.raises(RequestRefused) as refused:
        await DevelopmentIdentity(find).authenticate(doubtful)
    response = refused_response(refused.value)
    assert (response.status_code, refused.value.code) == (401, "unauthenticated")
    assert "WWW-Authenticate" in response.headers


async def test_nobody_by_default() -> None:
    """Without a configured identity nobody is let in, whatever the request states."""
    identity = identity_of(EdgeSettings(), find)
    assert isinstance(identity, NobodyIdentity)
    with pytest.raises(RequestRefused):
        await identity.authenticate(request(GOOD))


@pytest.mark.parametrize(
    "given",
    [
        {"identity": "development", "embedded": False},
        {"identity": "development", "embedded": True, "host": "0.0.0.0"},
        {"embedded": True, "host": "192.168.1.7"},
        {"embedded": True, "host": "stanchion.example"},
    ],
)
def test_development_identity_needs_this_machine(given: dict[str, Any]) -> None:
    """The development identity is refused for a server that others can reach, before it serves anybody."""
    with pytest.raises(SettingsError, match="believes every caller"):
        identity_of(EdgeSettings().model_copy(update=given), find)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.255.0.1", "::1", "[::1]"])
def test_loopback(host: str) -> None:
    """Names of loopback are names of this machine."""
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [None, "", "0.0.0.0", "::", "10.0.0.1", "localhost.example", "127.0.0.1.example", "1", "]::1[", "[127.0.0.1"],
)
def test_not_loopback(host: str | None) -> None:
    """Other names are not names of this machine, and no name is resolved to find out."""
    assert not is_loopback(host)
