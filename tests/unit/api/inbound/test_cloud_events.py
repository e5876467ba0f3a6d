"""Events as they arrive over HTTP."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from api.inbound.cloud_events import BATCH, STRUCTURED, read_events
from api.problems import RequestRefused
from workflows.engine.triggers import Occurrence

EMPTY = ", or empty: every event has id, source and type."
OWN = {"specversion": "1.0", "id": "1", "source": "/disks", "type": "disk.full"}
AT = 1_772_438_400
"""2026-03-02T08:00:00Z."""


def structured(**event: Any) -> Occurrence:
    body = json.dumps(OWN | event).encode()
    (found,) = read_events("monitoring", {"content-type": f"{STRUCTURED}; charset=utf-8"}, body)
    return found


def refusal(headers: dict[str, str], body: bytes) -> tuple[str, str]:
    with pytest.raises(RequestRefused) as error:
        read_events("monitoring", headers, body)
    return error.value.code, error.value.detail


def binary(body: bytes, kind: str | None, **attributes: str) -> Occurrence:
    headers = {f"ce-{name}": value for name, value in (OWN | attributes).items()}
    (found,) = read_events("monitoring", headers | ({"content-type": kind} if kind else {}), body)
    return found


def test_a_structured_event() -> None:
    """Attributes and data stand side by side; extensions are accepted."""
    found = structured(data={"disk": "a"}, subject="a", time="2026-03-02T09:00:00.5+01:00", traceparent="x")
    assert found == Occurrence("disk.full", "1", "/disks", {"disk": "a"}, "a", AT + 1)


@pytest.mark.parametrize(
    ("kind", "content", "data"),
    [
        ("application/json", b'{"disk": "a"}', {"disk": "a"}),
        ("application/disk+json", b"[1]", [1]),
        ("", b"1", 1),
        ("text/plain", "full ä".encode(), "full ä"),
        ("text/plain", b"", None),
    ],
)
def test_data_in_base64_is_read_by_its_type(kind: str, content: bytes, data: Any) -> None:
    """JSON is JSON in base64, too; everything else is text."""
    assert structured(datacontenttype=kind, data_base64=base64.b64encode(content).decode()).data == data


def test_a_binary_event() -> None:
    """Attributes are headers, percent-encoded; the body is the data, by its own type."""
    found = binary(b'{"disk": "a"}', "application/json", subject="caf%C3%A9", time="2026-03-02T08:00:00Z")
    assert found == Occurrence("disk.full", "1", "/disks", {"disk": "a"}, "café", AT)
    assert binary(b"full", "text/plain").data == "full"
    assert binary(b"", None).data is None


def test_a_batch() -> None:
    """A batch is its events, in their order; an empty batch has no events."""
    events = [OWN | {"id": id_} for id_ in "ab"]
    found = read_events("monitoring", {"content-type": BATCH}, json.dumps(events).encode())
    assert [one.id for one in found] == ["a", "b"]
    assert read_events("monitoring", {"content-type": BATCH}, b"[]") == ()


@pytest.mark.parametrize(
    ("event", "detail"),
    [
        (OWN | {"specversion": "0.3"}, "specversion must be 1.0."),
        (
            {name: value for name, value in OWN.items() if name != "id"},
            f"id is missing{EMPTY}",
        ),
        (
            OWN | {"type": "", "source": None},
            f"source, type are missing{EMPTY}",
        ),
        (OWN | {"id": 7}, "id must be text of at most 500 characters."),
        (OWN | {"id": "x" * 501}, "id must be text of at most 500 characters."),
        (OWN | {"time": "today"}, "time must be RFC 3339: 2026-03-14T20:00:00Z."),
        (OWN | {"data_base64": "?"}, "data_base64 is not base64."),
        (OWN | {"data_base64": 1}, "data_base64 is not base64."),
        (OWN | {"data_base64": "eA=="}, "data_base64 can't be read: expected a value at line 1, column 1"),
        (OWN | {"datacontenttype": 7}, "datacontenttype must be text of at most 500 characters."),
        ("text", "An event must be a JSON object."),
    ],
)
def test_what_is_no_event_is_refused(event: Any, detail: str) -> None:
    """Each attribute that is missing or wrong is named."""
    assert refusal({"content-type": STRUCTURED}, json.dumps(event).encode()) == ("invalid_request", detail)


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        (STRUCTURED, b"{", "malformed_json"),
        (STRUCTURED, b'{"data": NaN}', "malformed_json"),
        (STRUCTURED, json.dumps(OWN | {"data": "\x00"}).encode(), "invalid_request"),
        (BATCH, b"{}", "invalid_request"),
        (BATCH, json.dumps([OWN] * 101).encode(), "invalid_request"),
        ("application/cloudevents+avro", b"", "invalid_request"),
        ("application/json", b"{}", "invalid_request"),
        ("text/plain", b"hello", "invalid_request"),
    ],
)
def test_what_can_not_be_read_is_refused(kind: str, body: bytes, code: str) -> None:
    """A body that is not an event in a known form is a problem, never an exception."""
    assert refusal({"content-type": kind}, body)[0] == code


def test_binary_data_that_is_no_text_is_refused() -> None:
    """Binary data that is not text is refused, since expressions have no use for it."""
    headers = {f"ce-{name}": value for name, value in OWN.items()} | {"content-type": "image/png"}
    assert refusal(headers, b"\xff\xd8") == ("invalid_request", "The data is neither JSON nor text in UTF-8.")


ALERTS = {
    "version": "4",
    "groupKey": "{}:{}",
    "status": "firing",
    "receiver": "stanchion",
    "externalURL": "https://alerts.example.com",
    "alerts": [
        {
            "status": "firing",
            "labels": {"severity": "critical"},
            "annotations": {"summary": "Disk full"},
            "startsAt": "2026-03-02T08:00:00.123456789Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "fingerprint": "f1",
        },
        {
            "status": "resolved",
            "labels": {},
            "startsAt": "2026-03-02T07:00:00Z",
            "endsAt": "2026-03-02T09:00:00.5+01:00",
            "fingerprint": "f2",
        },
    ],
}


def test_alertmanagers_webhook_is_one_event_for_each_alert() -> None:
    """The type is the machine's name and the alert's status; the id stays the same from the alert's beginning."""
    first, second = read_events("alertmanager", {"content-type": "application/json"}, json.dumps(ALERTS).encode())
    assert (first.type, first.id) == ("alertmanager.firing", "f1 2026-03-02T08:00:00.123456789Z firing")
    assert (first.source, first.subject, first.time) == ("https://alerts.example.com", "f1", AT)
    assert first.data["annotations"] == {"summary": "Disk full"}
    assert first.data["receiver"] == "stanchion"
    assert (second.type, second.time) == ("alertmanager.resolved", AT)


def test_an_alert_without_its_name_is_refused() -> None:
    """An alert that can't be told from other alerts is refused, since it would be opened again and again."""
    body = ALERTS | {"alerts": [{"status": "firing"}]}
    code, detail = refusal({"content-type": "application/json"}, json.dumps(body).encode())
    assert (code, detail) == (
        "invalid_request",
        "An alert must have a status (firing or resolved), a fingerprint and startsAt.",
    )


def test_a_request_brings_so_many_alerts_at_most() -> None:
    """Alertmanager's body brings as many alerts as a batch brings events; the refusal says how to send fewer."""
    alert = {"status": "firing", "fingerprint": "f", "startsAt": "2026-03-02T09:00:00Z"}
    bodies = {count: json.dumps({"version": "4", "alerts": [alert] * count}).encode() for count in (100, 101)}
    headers = {"content-type": "application/json"}
    assert len(read_events("prometheus", headers, bodies[100])) == 100
    with pytest.raises(RequestRefused, match="A request has 100 alerts at most, not 101; set max_alerts") as refused:
        read_events("prometheus", headers, bodies[101])
    assert refused.value.code == "invalid_request"
