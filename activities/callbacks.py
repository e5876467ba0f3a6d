"""Signed callback addresses: another system can call back only with an address that was made here.

The token in an address names the ticket, the visit and the step, and the end of its validity. HMAC-SHA256 (RFC 2104)
signs it. Addresses are not stored: the same step has the same address at every attempt.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import quote

from activities.secrets import SecretMissingError, resolve
from definitions.schema.model import Json
from definitions.times import Instant
from workflows.engine.model.automation import CALLBACK_URL, HttpRequest, Place

PATH = "/v1/callbacks"
KEY_BYTES = 32
LONGEST = 1_000
"""The most characters of a token; no ticket needs a longer token."""
_PURPOSE = b"stanchion callback 1\n"
"""Signed with every token, so that a signature of the same key for another purpose is not valid here."""
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")


class NoCallbacksError(Exception):
    """This installation has no callback settings; the text is for people."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """The purpose of an address: one step, and the end of its validity (UTC seconds)."""

    ticket: str
    place: Place
    until: Instant

    @property
    def id(self) -> str:
        """The idempotency key of the step: ``{ticket}:{state}:{visit}:{step}``, and ``:{element}`` of an ``each``."""
        element = "" if self.place.element is None else f":{self.place.element}"
        return f"{self.ticket}:{self.place.state}:{self.place.visit}:{self.place.index}{element}"


class Addresses:
    """Makes addresses and reads their tokens. Keys are read at every call, since they may be rotated meanwhile."""

    def __init__(self, url: str | None = None, keys: tuple[str, ...] = ()) -> None:
        """``url`` is where other systems reach the API; ``keys`` are references: the first signs, all verify."""
        self._url = url
        self._keys = keys

    def of(self, awaited: Awaited) -> str:
        """The whole address, the same for the same step and key.

        Raises NoCallbacksError, and SecretMissingError where the key is missing or too weak.
        """
        if self._url is None or not self._keys:
            raise NoCallbacksError(
                "callbacks are not configured: set STANCHION_CALLBACK_URL and STANCHION_CALLBACK_KEYS"
            )
        place = awaited.place
        content = json.dumps([awaited.ticket, place.state, place.visit, place.index, place.element, awaited.until])
        text = _base64(content.encode())
        return f"{self._url.rstrip('/')}{PATH}/{text}.{_signature(text, _key(self._keys[0]))}"

    def read(self, token: str) -> Awaited | None:
        """The purpose of a token; None for a token that was not made here.

        Raises SecretMissingError where a key is missing.
        """
        text, _, signature = token.partition(".")
        keys = [_key(reference) for reference in self._keys]
        if len(token) > LONGEST or not token.isascii():
            return None
        signed = [hmac.compare_digest(_signature(text, key), signature) for key in keys]
        if not any(signed):
            return None
        ticket, state, visit, index, element, until = json.loads(
            base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        )
        return Awaited(ticket, Place(state, visit, index, element), until)


def with_address(wanted: HttpRequest, address: str) -> HttpRequest:
    """A request with the address wherever its process places it; percent-encoded in a URL (RFC 3986, 2.1)."""
    return replace(
        wanted,
        url=wanted.url.replace(CALLBACK_URL, quote(address, safe="")),
        headers={name: text.replace(CALLBACK_URL, address) for name, text in wanted.headers.items()},
        body=_with_address(wanted.body, address),
    )


def _with_address(value: Json, address: str) -> Json:
    if isinstance(value, str):
        return value.replace(CALLBACK_URL, address)
    if isinstance(value, list):
        return [_with_address(one, address) for one in value]
    if isinstance(value, dict):
        return {name: _with_address(one, address) for name, one in value.items()}
    return value


def _signature(text: str, key: bytes) -> str:
    return _base64(hmac.digest(key, _PURPOSE + text.encode(), hashlib.sha256))


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _key(reference: str) -> bytes:
    """The key of a reference: 32 random bytes or more, in hex or base64. Raises SecretMissingError."""
    written = resolve(reference).strip()
    for key in _readings(written):
        if len(key) >= KEY_BYTES:
            return key
    raise SecretMissingError(
        f"secret {reference}: a key is {KEY_BYTES} random bytes or more in hex or base64, as of: openssl rand -hex 32"
    )


def _readings(written: str) -> Iterator[bytes]:
    if _HEX.fullmatch(written):
        yield bytes.fromhex(written)
        return
    try:
        yield base64.b64decode(written.replace("-", "+").replace("_", "/") + "=" * (-len(written) % 4), validate=True)
    except (binascii.Error, ValueError):
        return
