"""Who acts: from authentication, never from the payload. Deny by default."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from starlette.requests import Request

from api.problems import refused, unauthenticated
from api.settings import Settings, is_loopback
from definitions.people.directory import Actor
from workflows.engine.model.result import Refusal

SOURCE = re.compile(r"source:[a-z0-9][a-z0-9._-]{0,63}")
"""How a machine that sends events from outside is named."""


class SettingsError(Exception):
    """Settings that don't go together."""


FindActor = Callable[[str], Actor | None]
"""A person's actor facts by their id, from the organization as it is now; None where there is no such person."""


class Identity(Protocol):
    """What every way of signing in does."""

    async def authenticate(self, request: Request) -> Actor:
        """Who sent this request. Raises ApiError (401) unless that is certain."""

    async def authenticate_source(self, request: Request, name: str) -> Actor:
        """The machine that sends events under this name. Raises ApiError: 401, and 403 for another machine."""


class NobodyIdentity:
    """Lets nobody in: what runs where no identity is configured."""

    async def authenticate(self, request: Request) -> Actor:
        raise unauthenticated("No way of signing in is configured on this server.")

    async def authenticate_source(self, request: Request, name: str) -> Actor:
        raise unauthenticated("No way of signing in is configured on this server.")


class DevelopmentIdentity:
    """Believes ``X-Actor``, for one person at their own machine.

    Three things must hold, since anybody could write that header: the server listens on loopback, the peer is on
    loopback, and the Host header names loopback, which keeps out web pages whose name was rebound to 127.0.0.1.
    """

    def __init__(self, find: FindActor) -> None:
        self._find = find

    async def authenticate(self, request: Request) -> Actor:
        actor = self._find(self._written(request))
        if actor is None:
            raise unauthenticated("X-Actor names nobody of the organization.")
        return actor

    async def authenticate_source(self, request: Request, name: str) -> Actor:
        written = self._written(request)
        if not SOURCE.fullmatch(written):
            raise unauthenticated("Machines send events: X-Actor: source:<name>.")
        if written != f"source:{name}":
            raise refused(Refusal("not_permitted", f"{written} may not send events as source:{name}"))
        return Actor(written)

    @staticmethod
    def _written(request: Request) -> str:
        """The name in ``X-Actor``, from this machine alone. Raises ApiError (401)."""
        server = request.scope.get("server")
        if not is_loopback(server[0] if server else None):
            raise unauthenticated("X-Actor is taken only by a server on loopback.")
        if not is_loopback(request.client.host if request.client else None):
            raise unauthenticated("X-Actor is taken only from this machine.")
        hosts = request.headers.getlist("host")
        if len(hosts) != 1 or not is_loopback(_host_name(hosts[0])):
            raise unauthenticated("X-Actor is taken only when the Host header names loopback.")
        names = request.headers.getlist("x-actor")
        if len(names) != 1 or not names[0].strip():
            raise unauthenticated("Say who you are: one header X-Actor with a person's id.")
        return names[0].strip()


def _host_name(host: str) -> str:
    """The name of a Host header, without its port: ``[::1]:8700`` is ``[::1]``."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def identity_of(settings: Settings, find: FindActor) -> Identity:
    """The way of signing in that these settings ask for.

    Raises SettingsError for the development identity on anything but an embedded server that listens on loopback.
    """
    if settings.identity_mode == "none":
        return NobodyIdentity()
    if not settings.embedded or not is_loopback(settings.host):
        raise SettingsError(
            "the development identity believes every caller: it needs the embedded server and a loopback host "
            f"(host is {settings.host}, {'embedded' if settings.embedded else 'not embedded'})"
        )
    return DevelopmentIdentity(find)
