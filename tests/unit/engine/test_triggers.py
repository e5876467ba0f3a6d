"""The intents of triggers for events from outside, and the tickets that schedules plan."""

from __future__ import annotations

from typing import Any

import pytest

from definitions.calendars import compile_calendar
from definitions.expressions import EvaluationFailed
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from workflows.engine.compiled import Compiled, compile_process
from workflows.engine.triggers import NoIntent, Occurrence, PlannedTicket, SendIntent, StartIntent, intents, planned

NOW = 1_772_438_400
"""2026-03-02T08:00:00Z."""
ORGANIZATION = Organization.model_validate({"organization": {"name": "Example", "time_zone": "Europe/Berlin"}})
ALERT = {"labels": {"severity": "critical"}, "fingerprint": "f1", "annotations": {"summary": "Disk full"}}
FIRING = {
    "on": "alertmanager.firing",
    "when": "event.data.labels.severity == 'critical'",
    "key": "=event.data.fingerprint",
    "start": {"summary": "=event.data.annotations.summary", "impact": "high"},
}


def process(*triggers: dict[str, Any], schedules: tuple[dict[str, Any], ...] = (), **more: Any) -> Compiled:
    """A compiled process with these triggers and schedules."""
    written = {
        "process": "incident",
        "title": "Incident",
        "practice": "incident",
        "prefix": "INC",
        "initial": "new",
        "fields": {
            "summary": {"type": "text", "required": True},
            "impact": {"type": "choice", "options": ["high", "low"]},
            "service": {"type": "service"},
            "due": {"type": "datetime"},
        },
        "states": {"new": {"on": {"recovered": "done"}}, "done": {"final": True}},
        "triggers": list(triggers),
        "schedules": list(schedules),
    }
    model = Process.model_validate(written | more)
    calendar = compile_calendar(ORGANIZATION, "always", NOW - 86_400, NOW + 86_400 * 60)
    return compile_process(model, f"digest of {sorted(map(str, (written | more).items()))}", {"always": calendar})


def alert(data: Any = ALERT, type_: str = "alertmanager.firing") -> Occurrence:
    return Occurrence(type_, "e1", "https://alerts.example.com", data, time=NOW - 5)


def test_a_trigger_of_the_events_type_starts_a_ticket() -> None:
    """A start has its fields and its key from literals and values of the event."""
    found = intents(process(FIRING), alert(), "monitoring", NOW)
    assert found == (StartIntent(0, {"summary": "Disk full", "impact": "high"}, "f1"),)


def test_a_trigger_of_another_type_is_silent() -> None:
    """A trigger matches the whole type of an event, and no prefix of it."""
    assert intents(process(FIRING), alert(type_="alertmanager.firing.again"), "monitoring", NOW) == ()


@pytest.mark.parametrize("severity", ["warning", None])
def test_a_guard_that_does_not_hold_is_silent(severity: str | None) -> None:
    """A trigger whose guard is false or null has no intent."""
    assert intents(process(FIRING), alert({"labels": {"severity": severity}}), "monitoring", NOW) == ()


def test_a_guard_that_fails_says_why() -> None:
    """A trigger whose evaluation fails has an intent with the reason, and the other triggers continue."""
    every = {"on": "alertmanager.firing", "start": {"summary": "An alert"}}
    first, second = intents(process(FIRING, every), alert({}), "monitoring", NOW)
    assert first == NoIntent(0, 'when: there is no "labels" in the table')
    assert second == StartIntent(1, {"summary": "An alert"})


@pytest.mark.parametrize("fingerprint", ["", None, True, ["f1"], "x" * 1001])
def test_a_key_is_text(fingerprint: Any) -> None:
    """A start without a comparable key starts nothing, because each event would start another ticket."""
    (found,) = intents(process(FIRING), alert(ALERT | {"fingerprint": fingerprint}), "monitoring", NOW)
    assert isinstance(found, NoIntent)
    assert found.reason.startswith("key: ")


def test_a_key_may_be_a_whole_number() -> None:
    """A key that is a number is the text of its digits."""
    (found,) = intents(process(FIRING), alert(ALERT | {"fingerprint": 17}), "monitoring", NOW)
    assert isinstance(found, StartIntent)
    assert found.key == "17"


def test_triggers_send_by_key() -> None:
    """A send goes to the ticket with the key, with its form."""
    resolved = {
        "on": "alertmanager.resolved",
        "key": "=event.data.fingerprint",
        "send": "recovered",
        "with": {"comment": "='told by ' + actor.id + ' of ' + event.source"},
    }
    (found,) = intents(process(resolved), alert(type_="alertmanager.resolved"), "monitoring", NOW)
    told = {"comment": "told by source:monitoring of https://alerts.example.com"}
    assert found == SendIntent(0, "recovered", told, "f1")


def test_triggers_send_by_match() -> None:
    """A match has its values in the form in which tickets hold them."""
    by_time = {"on": "t", "send": "recovered", "match": {"due": "=event.data.due", "impact": "high"}}
    (found,) = intents(process(by_time), alert({"due": "2026-03-02T10:00:00+01:00"}, "t"), "monitoring", NOW)
    assert found == SendIntent(0, "recovered", match={"due": "2026-03-02T09:00:00Z", "impact": "high"})


def test_a_match_that_no_ticket_can_hold_says_why() -> None:
    """A match with a value of the wrong type has an intent with the reason."""
    by_time = {"on": "t", "send": "recovered", "match": {"due": "=event.data.due"}}
    (found,) = intents(process(by_time), alert({"due": "soon"}, "t"), "monitoring", NOW)
    assert isinstance(found, NoIntent)
    assert found.reason.startswith("match: due ")


def test_an_empty_match_is_every_open_ticket() -> None:
    """``match: {}`` matches every open ticket."""
    every = {"on": "t", "send": "recovered", "match": {}}
    assert intents(process(every), alert(type_="t"), "monitoring", NOW) == (SendIntent(0, "recovered", match={}),)


def test_tables_and_time_are_known() -> None:
    """A trigger can read tables, and counts days by the organization's wall clock."""
    mapped = {
        "on": "t",
        "start": {"summary": "x", "impact": "=tables.impact[event.data.level]", "due": "=now + duration('30d')"},
    }
    compiled = process(mapped, tables={"impact": {"p1": "high", "p2": "low"}})
    (found,) = intents(compiled, alert({"level": "p2"}, "t"), "monitoring", NOW)
    # Thirty days on, summer time has begun in Berlin: the same time of day is an hour earlier in UTC.
    assert found == StartIntent(0, {"summary": "x", "impact": "low", "due": "2026-04-01T07:00:00Z"})


def test_a_schedule_plans_one_ticket() -> None:
    """A schedule without ``each`` plans one ticket, with literal and computed fields."""
    monthly = {"cron": "0 9 1 * *", "start": {"summary": "Review", "due": "=now + duration('1d')"}}
    compiled = process(schedules=(monthly,))
    (found,) = planned(compiled, compiled.process.schedules[0], ("email",), NOW)
    assert found == PlannedTicket({"summary": "Review", "due": "2026-03-03T08:00:00Z"})


def test_a_schedule_plans_one_ticket_for_each_service() -> None:
    """``each: services`` plans one ticket for each service, in their order."""
    monthly = {"cron": "0 9 1 * *", "each": "services", "start": {"summary": "Review", "service": "=each"}}
    compiled = process(schedules=(monthly,))
    found = planned(compiled, compiled.process.schedules[0], ("email", "directory"), NOW)
    assert [(one.each, one.fields["service"]) for one in found] == [("email", "email"), ("directory", "directory")]


def test_a_schedule_that_can_not_be_computed_fails() -> None:
    """A schedule whose evaluation fails raises, so that its workflow shows the failure."""
    words = {"words": {"one": "x"}}
    broken = {"cron": "0 9 1 * *", "each": "services", "start": {"summary": "=tables.words[each]"}}
    compiled = process(schedules=(broken,), tables=words)
    with pytest.raises(EvaluationFailed, match='there is no "email" in the table'):
        planned(compiled, compiled.process.schedules[0], ("email",), NOW)
