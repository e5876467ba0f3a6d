"""The one client for outbound requests: it connects to allowed hosts alone, and to checked addresses alone.

It resolves a name once, checks every address of the name, and connects to one of them: a later change of the name has
no effect. It follows no redirect and uses no proxy of the environment.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

import httpx

from activities.callbacks import with_address
from activities.outside import plain_text, read_json
from activities.secrets import SecretMissingError, masked, resolve, scrub
from definitions.schema.model import Json
from workflows.engine.model.automation import HttpRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

HOPS = "stanchion-hops"
CHAIN = "stanchion-chain"
"""The header by which a chain of events and starts is counted, also from one Stanchion to another."""
SECRET = re.compile(r"\bsecret:([A-Za-z0-9_]+)")
RETRYABLE_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})


_NOT_PUBLIC = tuple(
    ipaddress.ip_network(one)
    for one in (
        "192.0.0.0/24", "192.88.99.0/24", "::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32",
        "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
    )
)  # fmt: skip
"""Networks that Python counts as public, at least in some versions, and that lead elsewhere: addresses with an IPv4
address inside them (translated, 6to4, Teredo, compatible), relays, site-local, documentation, segment routing."""
USUAL_PORTS = frozenset({443, 80})
ANY_PORT = "*"


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
    """Host names in lower case; ``*.example.com`` allows every name below ``example.com``. Each allows the ports 443
    and 80; ``example.com:8443`` allows the port 8443 instead, ``example.com:*`` every port."""
    plain_http: bool = False
    networks: tuple[Network, ...] = ()
    """Networks whose addresses are allowed although they are not public."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """The secrets that headers may name as ``secret:NAME``, each a reference (``env:NAME`` or ``file:PATH``)."""
    most_bytes: int = 100_000
    """The largest answer, in bytes."""

    def allows(self, host: str) -> bool:
        """Whether a host is allowed at some port."""
        return any(_is_named(host, split_port(one)[0]) for one in self.hosts)

    def allows_port(self, host: str, port: int) -> bool:
        named = (ports for name, ports in map(split_port, self.hosts) if _is_named(host, name))
        return any((ports is None and port in USUAL_PORTS) or ports in (ANY_PORT, str(port)) for ports in named)

    def check(self, address: Address) -> None:
        """Raises ForbiddenError for an address that is not public and in no allowed network."""
        plain = getattr(address, "ipv4_mapped", None) or address
        if any(plain.version == network.version and plain in network for network in self.networks):
            return
        within = any(plain.version == network.version and plain in network for network in _NOT_PUBLIC)
        if within or not plain.is_global or plain.is_multicast:
            raise ForbiddenError(f"{plain} is not a public address: STANCHION_OUTBOUND_NETWORKS does not allow it")


def split_port(named: str) -> tuple[str, str | None]:
    """A host of the settings and its port: digits, ``*``, or None; an IPv6 address with a port is in brackets."""
    if named.startswith("["):
        host, _, rest = named[1:].partition("]")
        return host, rest.removeprefix(":") or None
    host, colon, port = named.rpartition(":")
    return (host, port) if colon and ":" not in host else (named, None)


def _is_named(host: str, named: str) -> bool:
    return host == named or (named.startswith("*.") and host.endswith(named[1:]))


class Outbound:
    """Sends the requests of processes."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def send(
        self,
        wanted: HttpRequest,
        *,
        key: str,
        seconds: float,
        callback: str | None = None,
        hops: int = 0,
        chain: str = "",
    ) -> Json:
        """Sends a request and returns the answer: JSON as such, anything else as text, without its secrets.

        ``callback`` is the address that the request carries, ``hops`` the links of the chain that has led to it and
        ``chain`` the id of that chain, for a Stanchion that the request may reach. Raises ForbiddenError, RequestError
        and SecretMissingError; their texts hold no secret.
        """
        if callback is not None:
            wanted = with_address(wanted, callback)
        parts = urlsplit(wanted.url)
        host = (parts.hostname or "").lower().rstrip(".")
        port = _port_of(parts)
        self._check_place(parts.scheme, host, port)
        headers, secrets = self._headers(wanted, key)
        headers |= {HOPS: str(hops)} if hops else {}
        headers |= {CHAIN: chain} if hops and chain else {}
        secrets += [callback] if callback else []
        give_up = time.monotonic() + seconds
        try:
            address = self._resolved(host, port)
            return masked(self._exchange(wanted, host, address, headers, give_up), secrets)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise RequestError(scrub(f"{host}: {type(error).__name__}: {error}", secrets)) from None
        except RequestError as error:
            raise RequestError(scrub(str(error), secrets), hopeless=error.hopeless) from None

    def _check_place(self, scheme: str, host: str, port: int) -> None:
        if scheme != "https" and not (scheme == "http" and self._policy.plain_http):
            raise ForbiddenError(f"{scheme}:// is not allowed: requests go out by https")
        if not self._policy.allows(host):
            raise ForbiddenError(f"{host!r} is not among the hosts of STANCHION_OUTBOUND_HOSTS")
        if not self._policy.allows_port(host, port):
            raise ForbiddenError(
                f"port {port} of {host!r} is not allowed: STANCHION_OUTBOUND_HOSTS allows the ports 443 and 80, and "
                f"others with the name, such as {host}:{port}"
            )

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
        secrets += [own[name.lower()] for name, text in wanted.headers.items() if SECRET.search(text)]
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


def _port_of(parts: SplitResult) -> int:
    """The port of an address. Raises ForbiddenError where it is none."""
    try:
        port = parts.port
    except ValueError:  # its text repeats the address, which may hold a secret
        raise ForbiddenError("the address has no port that exists: a port is a number from 1 to 65535") from None
    return port if port is not None else 443 if parts.scheme == "https" else 80


def _content(answer: httpx.Response, raw: bytes) -> Json:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not raw:
        return None
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise RequestError("the answer is compressed, although the request did not accept that", hopeless=True)
    is_json = kind == "application/json" or kind.endswith("+json")
    try:
        value: Json = read_json(raw) if is_json else plain_text(_decoded(raw, answer.charset_encoding))
    except ValueError as error:
        what = "is declared as JSON, but can't be kept as JSON" if is_json else "can't be kept"
        raise RequestError(f"the answer {what}: {error}", hopeless=True) from None
    return value


def _decoded(raw: bytes, charset: str | None) -> str:
    try:
        return raw.decode(charset or "utf-8", "replace")
    except LookupError:
        raise ValueError(f"nobody knows the character set {charset!r}") from None
