"""The actor of a request: from authentication, never from the payload. Deny by default."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from api.problems import refused, unauthenticated
from api.settings import EdgeSettings, is_loopback
from definitions.people.directory import Actor
from workflows.engine.model.result import Refusal

SOURCE = re.compile(r"source:[a-z0-9][a-z0-9._-]{0,63}")
"""The name of a machine that sends events from outside."""


HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::[0-9]*)?")
"""A host with its port: a name or an IPv4 address, or an IPv6 address in brackets."""


class SettingsError(Exception):
    """Settings that contradict each other."""


FindActor = Callable[[str], Actor | None]
"""A person's actor facts by their id, from the organization as it is now; None where there is no such person."""


@dataclass(frozen=True, slots=True)
class Caller:
    """What a request shows of its sender, unproved."""

    server: str | None
    """The address at which this server listens."""
    peer: str | None
    """The address that the request came from."""
    hosts: tuple[str, ...]
    """The names, with ports, by which the request addresses this server; a sound request has one."""
    names: tuple[str, ...]
    """The names that the request gives for its sender; a sound request has one."""


class Identity(Protocol):
    """A way of signing in."""

    async def authenticate(self, caller: Caller) -> Actor:
        """The person who sent a request. Raises RequestRefused (unauthenticated) unless that is certain."""

    async def authenticate_source(self, caller: Caller, name: str) -> Actor:
        """The machine that sends events as ``name``. Raises RequestRefused: unauthenticated, not_permitted."""


class NobodyIdentity:
    """Lets nobody in: in use where no identity is configured."""

    async def authenticate(self, caller: Caller) -> Actor:
        raise unauthenticated("No way of signing in is configured on this server.")

    async def authenticate_source(self, caller: Caller, name: str) -> Actor:
        raise unauthenticated("No way of signing in is configured on this server.")


class DevelopmentIdentity:
    """Believes the name that a request gives, for one person at their own machine.

    Three things must hold, since anybody could write that name: the server listens on loopback, the peer is on
    loopback, and the request addresses the server by a name of loopback, which keeps out web pages whose name was
    rebound to 127.0.0.1.
    """

    def __init__(self, find: FindActor) -> None:
        self._find = find

    async def authenticate(self, caller: Caller) -> Actor:
        actor = self._find(_name_of(caller))
        if actor is None:
            raise unauthenticated("X-Actor names nobody in the organization.")
        return actor

    async def authenticate_source(self, caller: Caller, name: str) -> Actor:
        written = _name_of(caller)
        if not SOURCE.fullmatch(written):
            raise unauthenticated("Machines send events: X-Actor: source:<name>.")
        if written != f"source:{name}":
            raise refused(Refusal("not_permitted", f"{written} may not send events as source:{name}"))
        return Actor(written)


def _name_of(caller: Caller) -> str:
    """The name that a request from this machine gives. Raises RequestRefused (unauthenticated)."""
    if not is_loopback(caller.server):
        raise unauthenticated("X-Actor is accepted only by a server on loopback.")
    if not is_loopback(caller.peer):
        raise unauthenticated("X-Actor is accepted only from this machine.")
    if len(caller.hosts) != 1 or not is_loopback(_host_name(caller.hosts[0])):
        raise unauthenticated("X-Actor is accepted only when the Host header names loopback.")
    if len(caller.names) != 1 or not caller.names[0].strip():
        raise unauthenticated("Say who you are: one header X-Actor with a person's id.")
    return caller.names[0].strip()


def _host_name(host: str) -> str:
    """A host without its port: ``[::1]:8700`` is ``[::1]``; empty where it has another form (RFC 9110, section 7.2)."""
    found = HOST.fullmatch(host)
    return found[1] if found else ""


def identity_of(settings: EdgeSettings, find: FindActor) -> Identity:
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
