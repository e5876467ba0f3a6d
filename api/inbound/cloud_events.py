"""CloudEvents 1.0 in their content modes: binary, structured and batched (HTTP Protocol Binding, section 3).

One form that is not a CloudEvent is read too: Alertmanager's webhook.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from pydantic import TypeAdapter, ValidationError

from api.inbound.alertmanager import is_alertmanager, read_alerts, refuse_too_many
from api.problems import RequestRefused, invalid_request, malformed
from api.tickets import models
from definitions.schema.model import Json
from definitions.text.invalid_values import reason
from definitions.text.json_text import JsonRefused, read_json
from definitions.times import to_instant
from workflows.engine.triggers import Occurrence

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
LONGEST = 500
"""Characters of an attribute."""

_plain: TypeAdapter[Json] = TypeAdapter(models.PlainJson)


def read_events(source: str, headers: Mapping[str, str], body: bytes) -> tuple[Occurrence, ...]:
    """The events of a request, by the content mode that its headers name.

    ``source`` is the machine's own name: events that are not CloudEvents get their type from it. Raises RequestRefused:
    malformed_json, invalid_request.
    """
    kind = media_type(headers.get("content-type", ""))
    if kind == BATCH:
        found = _json(body)
        if not isinstance(found, list):
            raise invalid_request("A batch must be a list of events.")
        refuse_too_many(len(found), "events")
        return tuple(_structured(one) for one in found)
    if kind == STRUCTURED:
        return (_structured(_json(body)),)
    if kind.startswith("application/cloudevents"):
        raise invalid_request(f"Events are read as JSON: send {STRUCTURED} or {BATCH}.")
    attributes = {name[3:]: unquote(value) for name, value in headers.items() if name.startswith("ce-")}
    if not attributes and kind == "application/json" and is_alertmanager(found := _json(body)):
        return read_alerts(source, found)
    if not attributes:
        raise invalid_request(
            f"This is not a CloudEvents event: send {STRUCTURED}, or headers ce-id, ce-source, ce-type."
        )
    return (_occurrence(attributes, _content(body, kind)),)


def media_type(content_type: str) -> str:
    """The media type in lower case, without parameters."""
    return content_type.partition(";")[0].strip().lower()


def _json(body: bytes) -> Json:
    try:
        found = read_json(body)
    except JsonRefused as error:
        raise invalid_request(f"body: {error}") from error
    except ValueError as error:
        raise malformed(str(error)) from error
    try:
        return _plain.validate_python(found)
    except ValidationError as error:
        raise invalid_request("; ".join(reason(one) for one in error.errors())) from error


def _structured(event: Json) -> Occurrence:
    if not isinstance(event, dict):
        raise invalid_request("An event must be a JSON object.")
    data, kind = event.get("data"), media_type(_attribute(event, "datacontenttype") or "")
    if "data_base64" in event:
        data = _from_base64(event["data_base64"], kind)
    return _occurrence(event, data)


def _from_base64(encoded: Json, kind: str) -> Json:
    try:
        return _content(base64.b64decode(encoded, validate=True), kind)
    except (binascii.Error, TypeError, ValueError) as error:
        raise invalid_request("data_base64 is not base64.", ["data_base64"]) from error
    except RequestRefused as error:  # the body is JSON, but not what it holds
        raise invalid_request(f"data_base64 can't be read: {error.detail}", ["data_base64"]) from error


def _content(body: bytes, kind: str) -> Json:
    """JSON as JSON, everything else as text; expressions can't use other bytes."""
    if not body:
        return None
    if kind in ("", "application/json") or kind.endswith("+json"):
        return _json(body)
    try:
        return _plain.validate_python(body.decode())
    except ValueError as error:  # UnicodeDecodeError and ValidationError both are
        raise invalid_request("The data is neither JSON nor text in UTF-8.", ["data"]) from error


def _occurrence(attributes: Mapping[str, Any], data: Json) -> Occurrence:
    """The required attributes, and those that triggers can read (CloudEvents 1.0, section 3)."""
    if attributes.get("specversion") != "1.0":
        raise invalid_request("specversion must be 1.0.", fields=["specversion"])
    required = {name: _attribute(attributes, name) for name in ("id", "source", "type")}
    missing = [name for name, value in required.items() if value is None]
    if missing:
        are = "is" if len(missing) == 1 else "are"
        raise invalid_request(
            f"{', '.join(missing)} {are} missing, or empty: every event has id, source and type.", missing
        )
    time = _attribute(attributes, "time")
    try:
        instant = None if time is None else to_instant(time)
    except (ValueError, OverflowError) as error:
        raise invalid_request("time must be RFC 3339: 2026-03-14T20:00:00Z.", fields=["time"]) from error
    return Occurrence(
        type=str(required["type"]),
        id=str(required["id"]),
        source=str(required["source"]),
        data=data,
        subject=_attribute(attributes, "subject"),
        time=instant,
    )


def _attribute(attributes: Mapping[str, Any], name: str) -> str | None:
    value = attributes.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > LONGEST:
        raise invalid_request(f"{name} must be text of at most {LONGEST} characters.", fields=[name])
    try:
        return str(_plain.validate_python(value))
    except ValidationError as error:
        raise invalid_request(f"{name}: {reason(error.errors()[0])}", fields=[name]) from error
