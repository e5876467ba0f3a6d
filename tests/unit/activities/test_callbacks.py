"""Callback addresses: signed, readable with every key, and disclosed only in the request."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from activities.automation import HopelessError, automate
from activities.callbacks import LONGEST, Addresses, Awaited, with_address
from activities.outbound import ForbiddenError, Outbound
from activities.records.store import Records
from activities.secrets import SecretMissingError
from activities.settings import Settings
from tests.servers.answering import Answering, answering_server
from tests.servers.worlds import NOW, world
from tests.unit.activities.test_outbound import client
from workflows.contracts import AutomateRequest
from workflows.engine.model.automation import CALLBACK_URL, HttpRequest, Place

OLD, NEW = secrets.token_hex(32), secrets.token_hex(32)
AWAITED = Awaited("CHG-1", Place("deploy", 2, 1), NOW + 7200)
BASE = "https://itsm.example.com/api"


@pytest.fixture
def server() -> Iterator[Answering]:
    with answering_server() as started:
        yield started


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLD_KEY", OLD)
    monkeypatch.setenv("NEW_KEY", NEW)


def addresses(*keys: str, url: str | None = BASE) -> Addresses:
    return Addresses(url, tuple(f"env:{key}" for key in keys or ("OLD_KEY",)))


def token(*keys: str, of: Awaited = AWAITED) -> str:
    return addresses(*keys).of(of).rpartition("/")[2]


def changed(text: str, place: int) -> str:
    """The same text with another character at one place."""
    other = "A" if text[place] != "A" else "B"
    return f"{text[:place]}{other}{text[place + 1 :]}"


def test_an_address_leads_back_to_its_step() -> None:
    """A step has the same address at every attempt, and the address alone states which step it is for."""
    address = addresses().of(AWAITED)
    assert address == addresses().of(AWAITED)
    assert address.startswith(f"{BASE}/v1/callbacks/")
    assert addresses().read(address.rpartition("/")[2]) == AWAITED
    assert AWAITED.id == "CHG-1:deploy:2:1"


def test_every_part_of_a_token_is_signed() -> None:
    """Every character of a token is protected, in its content and in its signature."""
    good = token()
    assert [place for place in range(len(good)) if addresses().read(changed(good, place)) is not None] == []


def test_a_token_is_for_one_step_alone() -> None:
    """Ticket, state, visit, step and time each change the signature, so that no token can replace another token."""
    others = [
        Awaited("CHG-2", AWAITED.place, AWAITED.until),
        Awaited("CHG-1", Place("other", 2, 1), AWAITED.until),
        Awaited("CHG-1", Place("deploy", 3, 1), AWAITED.until),
        Awaited("CHG-1", Place("deploy", 2, 0), AWAITED.until),
        Awaited("CHG-1", AWAITED.place, AWAITED.until + 1),
    ]
    signatures = {token(of=one).partition(".")[2] for one in [AWAITED, *others]}
    assert len(signatures) == 6
    foreign = token(of=others[0]).partition(".")[0]
    assert addresses().read(f"{foreign}.{token().partition('.')[2]}") is None


@pytest.mark.parametrize("text", ["", ".", "a.b", "ünsigned.tökens", "x" * (LONGEST + 1), "a..b", "=.="])
def test_what_is_no_token_leads_nowhere(text: str) -> None:
    """Any other text is not a token, and reading it never fails."""
    assert addresses().read(text) is None


def test_an_unsigned_token_is_none() -> None:
    """A content without a signature, or with an empty signature, is not a token, even if no key is known."""
    content = base64.urlsafe_b64encode(json.dumps(["CHG-1", "deploy", 2, 1, NOW]).encode()).decode().rstrip("=")
    assert addresses().read(content) is None
    assert addresses().read(f"{content}.") is None
    assert Addresses(BASE, ()).read(token()) is None


def test_keys_are_exchanged_without_a_gap() -> None:
    """The first key signs and all keys verify: an address of the old key is valid until that key is removed."""
    old = token("OLD_KEY")
    assert token("NEW_KEY", "OLD_KEY") == token("NEW_KEY") != old
    assert addresses("NEW_KEY", "OLD_KEY").read(old) == AWAITED
    assert addresses("NEW_KEY").read(old) is None


@pytest.mark.parametrize(
    "form",
    [bytes.hex, lambda key: base64.b64encode(key).decode(), lambda key: base64.urlsafe_b64encode(key).decode() + "\n"],
    ids=["hex", "base64", "urlsafe"],
)
def test_a_key_is_random_bytes_in_a_text(form: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hex and base64 of the same bytes are the same key."""
    assert callable(form)
    monkeypatch.setenv("SAME_KEY", form(bytes.fromhex(OLD)))
    assert addresses("SAME_KEY").read(token()) == AWAITED


@pytest.mark.parametrize(
    "weak", ["swordfish", "ab" * 31, base64.b64encode(b"x" * 31).decode(), "not a key at all, but long"]
)
def test_a_weak_key_signs_nothing(weak: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key under 256 bits, or a word that people think of, is refused; the text names the reference, never the key."""
    monkeypatch.setenv("WEAK_KEY", weak)
    for use in (lambda: addresses("WEAK_KEY").of(AWAITED), lambda: addresses("WEAK_KEY").read(token())):
        with pytest.raises(SecretMissingError, match=r"secret env:WEAK_KEY: a key is 32 random bytes") as error:
            use()
        assert weak not in str(error.value)


def test_a_request_tells_the_address_where_its_process_says_so() -> None:
    """The address is sent in headers and body as it is, and in a URL as a part of it."""
    wanted = HttpRequest(
        "POST",
        f"https://ci.example.com/jobs?to={CALLBACK_URL}",
        {"X-To": CALLBACK_URL, "X-Other": "1"},
        {"to": [CALLBACK_URL, 7], "text": f"<{CALLBACK_URL}>", "deep": {"to": CALLBACK_URL}},
    )
    told = with_address(wanted, "https://a.example/v1/callbacks/x.y")
    assert told.url == "https://ci.example.com/jobs?to=https%3A%2F%2Fa.example%2Fv1%2Fcallbacks%2Fx.y"
    assert told.headers == {"X-To": "https://a.example/v1/callbacks/x.y", "X-Other": "1"}
    to = "https://a.example/v1/callbacks/x.y"
    assert told.body == {"to": [to, 7], "text": f"<{to}>", "deep": {"to": to}}


def perform(tmp_path: Path, server: Answering, own: Addresses | None) -> object:
    what = HttpRequest("POST", server.url, body={"to": CALLBACK_URL})
    request = AutomateRequest(AWAITED.id, what, 30, AWAITED.ticket, "change", AWAITED.place, AWAITED.until)
    records = Records(f"sqlite:///{tmp_path / 'unused.sqlite3'}")
    try:
        return automate(world(), records, {}, client(), request, NOW, own).value
    finally:
        records.close()


def test_an_answer_that_repeats_the_address_is_not_kept(tmp_path: Path, server: Answering) -> None:
    """The result of the activity is empty, since the answer may contain the address itself."""
    address = addresses().of(AWAITED)
    server.answers = [(202, {"Content-Type": "application/json"}, json.dumps({"will_call": address}).encode())]
    assert perform(tmp_path, server, addresses()) is None
    assert json.loads(server.asked[0].body) == {"to": address}


def test_without_settings_nothing_is_asked(tmp_path: Path, server: Answering) -> None:
    """A request is not sent if nobody could call back, and the reason names the settings."""
    for own in (None, addresses(url=None), Addresses(BASE)):
        with pytest.raises(HopelessError, match="STANCHION_CALLBACK_URL and STANCHION_CALLBACK_KEYS"):
            perform(tmp_path, server, own)
    assert server.asked == []


def test_an_error_never_has_the_address_in_it() -> None:
    """An error is reported without the address, in whichever form it was sent."""
    address = addresses().of(AWAITED)
    outbound: Outbound = client()
    wanted = HttpRequest("POST", f"http://localhost:{CALLBACK_URL}/")
    with pytest.raises(ForbiddenError, match="no port that exists") as error:
        outbound.send(wanted, key="x", seconds=5, callback=address)
    assert address.rpartition("/")[2] not in str(error.value)


@pytest.mark.parametrize("url", ["https://itsm.example.com", "http://localhost:8700", "http://127.0.0.1:8700/api/"])
def test_where_other_systems_may_call_back(url: str) -> None:
    """Callback addresses use https anywhere, and plain http only on this machine."""
    assert Settings(callback_url=url).callback_url == url


@pytest.mark.parametrize(
    "url", ["itsm.example.com", "ftp://a", "https://a?b=c", "http://itsm.example.com", "http://10.0.0.1"]
)
def test_an_address_is_not_overheard(url: str) -> None:
    """Plain http to another machine needs the same permission as outgoing requests by plain http."""
    with pytest.raises(ValidationError, match="callback_url"):
        Settings(callback_url=url)
    if url.startswith("http://"):
        assert Settings(callback_url=url, outbound_plain_http=True).callback_url == url
