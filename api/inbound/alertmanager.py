"""Prometheus Alertmanager's webhook (version 4) as CloudEvents: one event for each alert.

``<source>.firing`` and ``<source>.resolved`` (LANGUAGE, section 8). Alertmanager repeats firing alerts: they are the
same event, identified by the alert's fingerprint and its start.
"""

from __future__ import annotations

from collections.abc import Mapping

from api.problems import invalid_request
from definitions.schema.model import Json
from definitions.times import to_instant
from workflows.engine.triggers import Occurrence

STATUSES = ("firing", "resolved")
LARGEST_BATCH = 100
"""The events of one request: each of them may open tickets, and the sender waits for all of them."""


def refuse_too_many(count: int, what: str, way_out: str = "; send more of them in more requests") -> None:
    """Raises RequestRefused (invalid_request) for more events than one request may bring."""
    if count > LARGEST_BATCH:
        raise invalid_request(f"A request has {LARGEST_BATCH} {what} at most, not {count}{way_out}.")


def is_alertmanager(body: Json) -> bool:
    """Whether a body has the form of Alertmanager's webhook."""
    return isinstance(body, dict) and body.get("version") == "4" and isinstance(body.get("alerts"), list)


def read_alerts(source: str, body: Mapping[str, Json]) -> tuple[Occurrence, ...]:
    """The alerts of a notification, in their order.

    Raises RequestRefused for an alert without its identity, and for too many.
    """
    refuse_too_many(len(body["alerts"]), "alerts", "; set max_alerts of Alertmanager's webhook_config")
    return tuple(_occurrence(source, body, alert) for alert in body["alerts"])


def _occurrence(source: str, body: Mapping[str, Json], alert: Json) -> Occurrence:
    found = alert if isinstance(alert, dict) else {}
    status, fingerprint, began = (found.get(name) for name in ("status", "fingerprint", "startsAt"))
    if status not in STATUSES or not (isinstance(fingerprint, str) and isinstance(began, str)):
        raise invalid_request("An alert must have a status (firing or resolved), a fingerprint and startsAt.")
    moment = began if status == "firing" else found.get("endsAt")
    return Occurrence(
        type=f"{source}.{status}",
        id=f"{fingerprint} {began} {status}"[:500],
        source=str(body.get("externalURL") or source)[:500],
        data={**found, "receiver": body.get("receiver")},
        subject=fingerprint,
        time=_instant(moment),
    )


def _instant(text: Json) -> int | None:
    """Python does not read Go's nanoseconds: the fraction of the second is dropped."""
    if not isinstance(text, str):
        return None
    whole, point, rest = text.partition(".")
    zone = rest.lstrip("0123456789") if point else ""
    try:
        return to_instant(whole + zone)
    except (ValueError, OverflowError):
        return None
