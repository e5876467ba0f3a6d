"""The one client for outgoing requests, against a real server on the loopback."""

from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from activities.outbound import ForbiddenError, Outbound, Policy, RequestError
from activities.secrets import SecretMissingError
from activities.settings import Settings
from tests.servers.answering import Answering, answering_server
from workflows.engine.model.automation import HttpRequest

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


@pytest.fixture
def server() -> Iterator[Answering]:
    with answering_server() as started:
        yield started


def client(**policy: Any) -> Outbound:
    """A client that may connect to the test's server."""
    chosen: dict[str, Any] = {"hosts": ("localhost:*",), "plain_http": True, "networks": LOOPBACK}
    return Outbound(Policy(**{**chosen, **policy}))


def send(outbound: Outbound, url: str, seconds: float = 10, **request: Any) -> Any:
    return outbound.send(
        HttpRequest(request.pop("method", "POST"), url, **request), key="ERR-1:busy:1:0", seconds=seconds
    )


def test_json_comes_back_as_it_is(server: Answering) -> None:
    """The body is sent as JSON with the idempotency key of the step, and JSON is returned."""
    assert send(client(), server.url, body={"a": [1, None]}) == {"text": "heard"}
    (asked,) = server.asked
    assert (asked.method, asked.path, json.loads(asked.body)) == ("POST", "/hook", {"a": [1, None]})
    assert asked.headers["idempotency-key"] == "ERR-1:busy:1:0"
    assert asked.headers["host"] == f"localhost:{server.port}"


@pytest.mark.parametrize(
    ("kind", "content", "value"),
    [("text/plain", b"fine", "fine"), ("application/problem+json", b"[1]", [1]), ("text/plain", b"", None)],
)
def test_what_is_no_json_comes_back_as_text(server: Answering, kind: str, content: bytes, value: Any) -> None:
    """An answer is JSON if its type states so, else text; an empty answer is null."""
    server.answers = [(200, {"Content-Type": kind}, content)]
    assert send(client(), server.url, method="GET") == value


DEEP = b"[" * 40 + b"]" * 40


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": "\\u0000"}', b'{"\\u0000": 1}', b'["\\ud800"]', b"[NaN]", b"[Infinity]", b"99999999999999999999", DEEP,
        b"[" * 100_000, b"{", b"\xff", b'{"a": 1e999}',
    ],
)  # fmt: skip
def test_json_that_can_not_be_kept_is_a_failure(server: Answering, content: bytes) -> None:
    """An answer that no history or database takes fails its step for good, where it comes in."""
    server.answers = [(200, {"Content-Type": "application/json"}, content)]
    with pytest.raises(RequestError, match="the answer is declared as JSON, but can't be kept as JSON: ") as error:
        send(client(), server.url)
    assert error.value.hopeless


@pytest.mark.parametrize(
    ("kind", "content"),
    [("text/plain", b"a\x00b"), ("text/plain; charset=nonsense", b"a"), ("text/plain; charset=hex", b"a")],
)
def test_text_that_can_not_be_kept_is_a_failure(server: Answering, kind: str, content: bytes) -> None:
    """A text with a NUL in it, or in a character set that nobody knows, fails its step for good."""
    server.answers = [(200, {"Content-Type": kind}, content)]
    with pytest.raises(RequestError, match="the answer can't be kept: ") as error:
        send(client(), server.url)
    assert error.value.hopeless


def test_a_process_may_set_its_own_idempotency_key(server: Answering) -> None:
    """A header that the process writes takes precedence over the added header."""
    send(client(), server.url, headers={"Idempotency-Key": "mine"})
    assert server.asked[0].headers["idempotency-key"] == "mine"


@pytest.mark.parametrize(("status", "hopeless"), [(503, False), (429, False), (404, True), (302, True)])
def test_an_answer_that_is_not_expected_is_a_failure(server: Answering, status: int, hopeless: bool) -> None:
    """Only a failure that another attempt may change is retried; a redirect is not followed."""
    server.answers = [(status, {"Location": server.url}, b"")]
    with pytest.raises(RequestError) as error:
        send(client(), server.url)
    assert (error.value.hopeless, len(server.asked)) == (hopeless, 1)
    assert str(error.value).startswith(f"localhost answered {status}")


def test_statuses_that_are_expected_are_none(server: Answering) -> None:
    """``expect`` states which statuses count as success."""
    server.answers = [(404, {}, b"")]
    assert send(client(), server.url, expect=(404,)) is None


def test_nothing_is_allowed_by_default() -> None:
    """Without settings no request is sent."""
    with pytest.raises(ForbiddenError, match=r"'example\.com' is not among the hosts of STANCHION_OUTBOUND_HOSTS"):
        send(Outbound(Policy()), "https://example.com/")


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("a.example.com", True),
        ("example.com", False),
        ("example.com.evil.test", False),
        ("evilexample.com", False),
        ("b.a.example.com", True),
    ],
)
def test_a_star_stands_for_what_is_below_a_name(host: str, allowed: bool) -> None:
    """``*.example.com`` allows every name below it, and not the name itself."""
    assert Policy(hosts=("*.example.com",)).allows(host) is allowed


@pytest.mark.parametrize("url", ["http://localhost/", "ftp://localhost/", "file:///etc/passwd", "gopher://localhost/"])
def test_requests_go_out_by_https(url: str) -> None:
    """Plain HTTP needs a setting, and no other scheme is possible."""
    with pytest.raises(ForbiddenError, match="requests go out by https"):
        send(client(plain_http=False), url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "ff02::1",
        "192.0.2.1", "2001:db8::1", "192.88.99.1", "192.0.0.8", "192.0.0.9", "64:ff9b::a00:1", "64:ff9b:1::1",
        "2002:a00:1::1", "2001:0:a00:1::1", "::a00:1", "::ffff:0:a00:1", "fec0::1", "3fff::1", "5f00::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    """Private, loopback, link-local, shared, multicast and documentation addresses are refused, mapped ones too."""
    with pytest.raises(ForbiddenError, match="not a public address"):
        Policy().check(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "192.1.0.1"])
def test_public_addresses_are_allowed(address: str) -> None:
    """An address of the public internet is allowed without a setting."""
    Policy().check(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("named", "port", "allowed"),
    [
        ("ci.test", 443, True), ("ci.test", 80, True), ("ci.test", 8443, False), ("ci.test", 22, False),
        ("ci.test:8443", 8443, True), ("ci.test:8443", 443, False), ("ci.test:*", 22, True), ("*.test", 443, True),
        ("*.test:8443", 8443, True), ("*.test", 8443, False), ("other.test:8443", 8443, False),
    ],
)  # fmt: skip
def test_a_host_allows_the_usual_ports_or_those_that_are_named(named: str, port: int, allowed: bool) -> None:
    """A host of the settings allows 443 and 80; another port is named with it, ``*`` stands for every port."""
    assert Policy(hosts=(named,)).allows_port("ci.test", port) is allowed


@pytest.mark.parametrize("port", ["22", "99999", "x"])
def test_a_port_that_is_not_allowed_is_refused(port: str) -> None:
    """A request to another port is refused, and the refusal names the setting."""
    with pytest.raises(ForbiddenError, match=r"STANCHION_OUTBOUND_HOSTS allows|no port that exists"):
        send(Outbound(Policy(hosts=("ci.test",))), f"https://ci.test:{port}/")


def test_the_port_of_an_ipv6_address_follows_its_brackets() -> None:
    """An IPv6 address is named bare, or in brackets with its port."""
    assert Policy(hosts=("2606::1",)).allows_port("2606::1", 443)
    assert Policy(hosts=("[2606::1]:8443",)).allows_port("2606::1", 8443)
    assert not Policy(hosts=("[2606::1]:8443",)).allows_port("2606::1", 443)


def test_a_network_can_be_allowed() -> None:
    """An address in a network that the settings name is allowed like a public address; others stay refused."""
    policy = Policy(networks=(ipaddress.ip_network("10.1.0.0/16"),))
    policy.check(ipaddress.ip_address("10.1.2.3"))
    policy.check(ipaddress.ip_address("::ffff:10.1.2.3"))
    policy.check(ipaddress.ip_address("93.184.215.14"))
    with pytest.raises(ForbiddenError):
        policy.check(ipaddress.ip_address("10.2.0.1"))


def test_a_name_that_leads_inside_is_refused(server: Answering) -> None:
    """The client does not connect to an allowed host whose address is private."""
    with pytest.raises(ForbiddenError, match="not a public address"):
        send(client(networks=()), server.url)
    assert server.asked == []


def test_every_address_of_a_name_is_checked_and_one_of_them_is_used(
    server: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name is resolved once: its resolution at the time of the connection does not matter."""
    looked_up = []
    known = socket.getaddrinfo

    def changing(host: str, *args: Any, **kwargs: Any) -> Any:
        looked_up.append(host)
        return known("127.0.0.1" if looked_up.count(host) == 1 else "203.0.113.9", *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", changing)
    assert send(client(hosts=("rebinding.test:*",)), f"http://rebinding.test:{server.port}/") == {"text": "heard"}
    assert looked_up.count("rebinding.test") == 1
    assert server.asked[0].headers["host"] == f"rebinding.test:{server.port}"


def test_a_name_with_one_private_address_among_others_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """One address that is not allowed is enough to refuse the name."""
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: both)
    with pytest.raises(ForbiddenError, match=r"10\.0\.0\.1"):
        send(Outbound(Policy(hosts=("mixed.test",))), "https://mixed.test/")


def test_proxies_of_the_environment_are_not_used(server: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy is used, since a proxy could connect to any address."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert send(client(), server.url) == {"text": "heard"}


def test_an_answer_that_is_too_large_is_cut_off(server: Answering) -> None:
    """A large result is a failure and is not read to its end, since a ticket keeps results."""
    server.answers = [(200, {}, b"x" * 2_000)]
    with pytest.raises(RequestError, match="more than 1000 bytes") as error:
        send(client(most_bytes=1_000), server.url)
    assert error.value.hopeless


def test_a_compressed_answer_is_not_unpacked(server: Answering) -> None:
    """A compressed answer, which was not requested, is not unpacked: it could be far larger than it looks."""
    server.answers = [(200, {"Content-Encoding": "gzip"}, b"x")]
    with pytest.raises(RequestError, match="compressed"):
        send(client(), server.url)


def test_a_server_that_does_not_answer_is_given_up(server: Answering) -> None:
    """The timeout of the step is the timeout of the request."""
    server.stalls = True
    with pytest.raises(RequestError, match="ReadTimeout"):
        send(client(), server.url, seconds=0.3)


def test_secrets_are_put_into_headers_and_never_into_errors(server: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    """``secret:NAME`` is resolved when the request is sent; a server that repeats it in its error reveals nothing."""
    monkeypatch.setenv("HOOK_TOKEN", "swordfish-123")
    outbound = client(secrets={"TOKEN": "env:HOOK_TOKEN"})
    headers = {"Authorization": "Bearer secret:TOKEN"}
    send(outbound, server.url, headers=headers)
    assert server.asked[0].headers["authorization"] == "Bearer swordfish-123"
    server.answers = [(500, {"X": "swordfish-123"}, b"swordfish-123")]
    with pytest.raises(RequestError) as error:
        send(outbound, server.url, headers=headers)
    assert "swordfish" not in str(error.value)


def test_a_secret_that_the_other_side_repeats_is_masked(server: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer is kept without the secrets of its request, in texts, keys, numbers and encoded forms."""
    monkeypatch.setenv("HOOK_TOKEN", "12345678")
    outbound = client(secrets={"TOKEN": "env:HOOK_TOKEN"})
    told = {"you": ["sent Bearer 12345678", 12345678, True, None], "12345678": "MTIzNDU2Nzg=", "n": 1}
    answers = [(200, {"Content-Type": "application/json"}, json.dumps(told).encode()), (200, {}, b"token=12345678")]
    server.answers = list(answers)
    asked = {"Authorization": "Bearer secret:TOKEN"}
    assert send(outbound, server.url, headers=asked) == {
        "you": ["sent •••", "•••", True, None],
        "•••": "•••",
        "n": 1,
    }
    assert send(outbound, server.url, headers=asked) == "token=•••"
    server.answers = answers[1:]
    assert send(outbound, server.url) == "token=12345678", "a request without the secret does not look for it"


@pytest.mark.parametrize("value", ["line\nbreak-123", "bell\x07-123", "ümlaut-123"])
def test_a_header_that_can_not_be_sent_is_refused_without_its_value(
    server: Answering, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    """A secret with a line break in it neither adds a header nor shows in the refusal."""
    monkeypatch.setenv("HOOK_TOKEN", value)
    with pytest.raises(ForbiddenError) as error:
        send(client(secrets={"TOKEN": "env:HOOK_TOKEN"}), server.url, headers={"X-Token": "secret:TOKEN"})
    assert "123" not in str(error.value)
    assert server.asked == []


def test_only_secrets_of_the_settings_can_be_named(server: Answering) -> None:
    """A process can't read any other variable of the environment."""
    with pytest.raises(SecretMissingError, match="secret PATH is not among those of STANCHION_SECRETS"):
        send(client(), server.url, headers={"X": "secret:PATH"})
    assert server.asked == []


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts and networks are words with commas or spaces between them."""
    monkeypatch.setenv("STANCHION_OUTBOUND_HOSTS", "API.example.com, *.example.org")
    monkeypatch.setenv("STANCHION_OUTBOUND_NETWORKS", "10.1.0.0/16 fd00::/8")
    policy = Settings().outbound_policy()
    assert policy.hosts == ("api.example.com", "*.example.org")
    assert [str(network) for network in policy.networks] == ["10.1.0.0/16", "fd00::/8"]
    monkeypatch.setenv("STANCHION_OUTBOUND_NETWORKS", "10.1.0.1/16")
    with pytest.raises(ValueError, match="host bits set"):
        Settings()


@pytest.mark.parametrize("hosts", ["example.com:0", "example.com:x", "example.com:99999", ":443"])
def test_a_wrong_host_of_the_settings_is_named(monkeypatch: pytest.MonkeyPatch, hosts: str) -> None:
    """A host with a port that does not exist is an error of the settings."""
    monkeypatch.setenv("STANCHION_OUTBOUND_HOSTS", hosts)
    with pytest.raises(ValueError, match=r"is no host: example\.com"):
        Settings()
