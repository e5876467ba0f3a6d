"""Changes that are authorized and wait for their start, and freezes that block them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx

from tests.servers.installations import Person, idempotent, until

DAYS = count(400, 10)
"""Until a change starts: each has days of its own, so that nothing but its own freeze is in its way."""


class Planned:
    """An authorized change of the e-mail service that waits for its start."""

    key = ""

    def __init__(self, alice: Person, carol: Person, **fields: Any) -> None:
        self.alice, self.carol = alice, carol
        self.until(self.is_quiet)
        self.start = datetime.now(UTC) + timedelta(days=next(DAYS))
        window = {"planned_start": self.at(0), "planned_end": self.at(2)}
        plan = {"summary": "Swap the switch", "service": "email", "backout_plan": "Put it back", **window}
        self.key = alice.start("change", **plan | fields)["key"]
        assert alice.send(self.key, "submit").is_success
        assert carol.send(self.key, "assessed").is_success
        assert carol.decide(self.key, "approve").is_success
        self.until(lambda: self.runs() == 1)

    def is_quiet(self) -> bool:
        """Whether every earlier declaration and lifting has been sent: it would reach this change as well."""
        return all(one["told"] for one in self.alice.http.get("/v1/freezes?all=true").json()["items"])

    def at(self, hours: int) -> str:
        return (self.start + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def freeze(self) -> dict[str, Any]:
        """The time of a freeze that blocks it."""
        return {"from": self.at(-1), "to": self.at(3)}

    @property
    def state(self) -> list[str]:
        found: list[str] = self.alice.read(self.key)["state"]
        return found

    def runs(self) -> int:
        """How often the calendar has answered."""
        entries = self.alice.timeline(self.key)
        return sum(one["kind"] == "run" and "ended" in one["data"] for one in entries)

    def heard(self) -> list[str]:
        """The sender of each ``calendar_changed`` that it received."""
        entries = self.alice.timeline(self.key)
        return [one["actor"] for one in entries if one["kind"] == "event" and one["data"]["name"] == "calendar_changed"]

    def told(self, words: str) -> set[str]:
        """The people who were notified with this subject."""
        own = (
            person.http.get(f"/v1/tickets/{self.key}/notifications?limit=200").json()["items"]
            for person in (self.alice, self.carol)
        )
        return {one["person"] for items in own for one in items if words in (one["subject"] or "")}

    def until(self, arrived: Callable[[], bool]) -> None:
        until(arrived, lambda: self.alice.read(self.key) if self.key else "freezes are not told")


def declare(person: Person, id_: str, key: str | None = None, **body: Any) -> httpx.Response:
    """Declares a freeze for an audit."""
    return person.http.put(f"/v1/freezes/{id_}", json={"reason": "An audit"} | body, headers=idempotent(key))
