"""The one client for outbound requests: it connects to allowed hosts alone, and to checked addresses alone.

It resolves a name once, checks every address of the name, and connects to one of them: a later change of the name has
no effect. It follows no redirect and uses no proxy of the environment.
"""

from __future__ import annotations

import ipaddress
import json
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from activities.callbacks import with_address
from activities.secrets import SecretMissingError, resolve, scrub
from definitions.schema.model import Json
from workflows.engine.model.automation import HttpRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

HOPS = "stanchion-hops"
"""The header by which a chain of events and starts is counted, also from one Stanchion to another."""
SECRET = re.compile(r"\bsecret:([A-Za-z0-9_]+)")
RETRYABLE_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})


class ForbiddenError(Exception):
    """The request is not allowed; another attempt would be refused as well."""


class RequestError(Exception):
    """The request failed; the text holds no secret."""

    def __init__(self, text: str, *, hopeless: bool = False) -> None:
        super().__init__(text)
        self.hopeless = hopeless
        """Another attempt would get the same answer."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The allowed destinations of requests. Only named destinations are allowed."""

    hosts: tuple[str, ...] = ()
    """Host names in lower case; ``*.example.com`` allows every name below ``example.com``."""
    plain_http: bool = False
    networks: tuple[Network, ...] = ()
    """Networks whose addresses are allowed although they are not public."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """The secrets that headers may name as ``secret:NAME``, each a reference (``env:NAME`` or ``file:PATH``)."""
    most_bytes: int = 100_000
    """The largest answer, in bytes."""

    def allows(self, host: str) -> bool:
        return any(host == one or (one.startswith("*.") and host.endswith(one[1:])) for one in self.hosts)

    def check(self, address: Address) -> None:
        """Raises ForbiddenError for an address that is not public and in no allowed network."""
        plain = getattr(address, "ipv4_mapped", None) or address
        if any(plain.version == network.version and plain in network for network in self.networks):
            return
        if not plain.is_global or plain.is_multicast:
            raise ForbiddenError(f"{plain} is not a public address: STANCHION_OUTBOUND_NETWORKS does not allow it")


class Outbound:
    """Sends the requests of processes."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def send(
        self, wanted: HttpRequest, *, key: str, seconds: float, callback: str | None = None, hops: int = 0
    ) -> Json:
        """Sends a request and returns the answer: JSON as such, anything else as text.

        ``callback`` is the address that the request carries, ``hops`` the links of the chain that has led to it, for
        a Stanchion that the request may reach. Raises ForbiddenError, RequestError and
        SecretMissingError; their texts hold no secret.
        """
        if callback is not None:
            wanted = with_address(wanted, callback)
        parts = urlsplit(wanted.url)
        host = (parts.hostname or "").lower().rstrip(".")
        self._check_place(parts.scheme, host)
        headers, secrets = self._headers(wanted, key)
        headers |= {HOPS: str(hops)} if hops else {}
        secrets += [callback] if callback else []
        give_up = time.monotonic() + seconds
        try:
            address = self._resolved(host, parts.port or (443 if parts.scheme == "https" else 80))
            return self._exchange(wanted, host, address, headers, give_up)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise RequestError(scrub(f"{host}: {type(error).__name__}: {error}", secrets)) from None
        except RequestError as error:
            raise RequestError(scrub(str(error), secrets), hopeless=error.hopeless) from None

    def _check_place(self, scheme: str, host: str) -> None:
        if scheme != "https" and not (scheme == "http" and self._policy.plain_http):
            raise ForbiddenError(f"{scheme}:// is not allowed: requests go out by https")
        if not self._policy.allows(host):
            raise ForbiddenError(f"{host!r} is not among the hosts of STANCHION_OUTBOUND_HOSTS")

    def _headers(self, wanted: HttpRequest, key: str) -> tuple[dict[str, str], list[str]]:
        """The headers with their secrets, and the list of these secrets."""
        secrets: list[str] = []

        def value(match: re.Match[str]) -> str:
            reference = self._policy.secrets.get(match[1])
            if reference is None:
                raise SecretMissingError(f"secret {match[1]} is not among those of STANCHION_SECRETS")
            secrets.append(resolve(reference))
            return secrets[-1]

        own = {name.lower(): SECRET.sub(value, text).strip() for name, text in wanted.headers.items()}
        for name, text in own.items():
            if not (text.isascii() and text.isprintable()):
                raise ForbiddenError(f"header {name}: only printable ASCII can be sent")
        return {"idempotency-key": key, **own, "accept-encoding": "identity"}, secrets

    def _resolved(self, host: str, port: int) -> Address:
        """One address of the host, after a check of all its addresses."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
        for address in addresses:
            self._policy.check(address)
        return addresses[0]

    def _exchange(
        self, wanted: HttpRequest, host: str, address: Address, headers: Mapping[str, str], give_up: float
    ) -> Json:
        url = httpx.URL(wanted.url)
        shown = url.netloc.decode()
        at = url.copy_with(host=str(address))
        left = max(0.001, give_up - time.monotonic())
        with (
            httpx.Client(trust_env=False, follow_redirects=False, timeout=left) as client,
            client.stream(
                wanted.method,
                at,
                headers={**headers, "host": shown},
                extensions={"sni_hostname": host},
                content=wanted.body if isinstance(wanted.body, str) else None,
                json=None if isinstance(wanted.body, str) else wanted.body,
            ) as answer,
        ):
            if answer.status_code not in wanted.expect:
                hopeless = answer.status_code not in RETRYABLE_STATUS
                raise RequestError(f"{host} answered {answer.status_code} {answer.reason_phrase}", hopeless=hopeless)
            return _content(answer, self._read(answer, host, give_up))

    def _read(self, answer: httpx.Response, host: str, give_up: float) -> bytes:
        content = bytearray()
        for chunk in answer.iter_raw():
            content += chunk
            if len(content) > self._policy.most_bytes:
                text = f"{host} answered more than {self._policy.most_bytes} bytes"
                raise RequestError(text, hopeless=True)
            if time.monotonic() > give_up:
                raise RequestError(f"{host} did not finish its answer in time")
        return bytes(content)


def _content(answer: httpx.Response, raw: bytes) -> Json:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not raw:
        return None
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise RequestError("the answer is compressed, although the request did not accept that", hopeless=True)
    if kind == "application/json" or kind.endswith("+json"):
        try:
            value: Json = json.loads(raw)
        except ValueError:
            raise RequestError("the answer is declared as JSON, but is not JSON", hopeless=True) from None
        return value
    return raw.decode(answer.charset_encoding or "utf-8", "replace")
