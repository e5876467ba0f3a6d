"""The story of ``stanchion demo``: a change outlives the death of everything that runs it.

Every sentence is checked; the first false one ends the story with StoryError.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import httpx

from api.clock import now
from api.local.addresses import Segments, path
from api.local.child_processes import ChildProcess
from api.local.installation import Installation
from definitions.times import to_instant, to_text

Tell = Callable[[str], None]
STARTS_IN = 30
"""Seconds from the opening to the planned start: enough for the approvals, the kills and the restarts."""
TIMEOUT = 60.0
"""Seconds within which each step of the story must happen."""


class StoryError(Exception):
    """A sentence of the story was false."""


class DemoStory:
    """A change, its people, and the processes that are killed meanwhile."""

    def __init__(self, installation: Installation, tell: Tell) -> None:
        self._installation = installation
        self._tell = tell
        self._key = ""
        self._approvers: list[str] = []

    async def play(self) -> list[dict[str, Any]]:
        """Plays the whole story and returns the timeline. Raises StoryError."""
        async with httpx.AsyncClient(base_url=self._installation.url, trust_env=False, timeout=30) as self._http:
            await self._raise_change()
            await self._approve()
            await self._kill()
            while (await self._approve())["state"] == ["authorize"]:
                pass
            await self._clock_goes_on()
            return await self._timeline()

    async def _raise_change(self) -> None:
        start = to_text(now() + STARTS_IN)
        fields = {
            "summary": "Swap the core switch",
            "service": "email",
            "impact": "high",
            "likelihood": "medium",
            "planned_start": start,
            "planned_end": to_text(now() + STARTS_IN + 7200),
            "backout_plan": "Put the old one back.",
        }
        opened = await self._post("alice", ("tickets",), {"process": "change", "fields": fields})
        self._key = opened["key"]
        self._tell(f"alice opens {self._key}, a normal change of the e-mail service, planned for {start}")
        await self._send("alice", "submit")
        self._tell("alice submits it")
        await self._send("carol", "assessed")
        self._tell("carol, the change manager, has assessed it: the change waits for approval")

    async def _approve(self) -> dict[str, Any]:
        """The first open approver approves."""
        asked = _open_requests(
            await self._until(lambda one: bool(_open_requests(one)), "somebody has a request to approve")
        )
        person = asked[0]
        self._tell(f"waiting for {', '.join(asked)}")
        acted = await self._post(person, ("tickets", self._key, "decision"), {"decision": "approve"})
        self._approvers.append(person)
        detail = await self._read()
        self._expect(detail["revision"] >= acted["revision"], "a read after a vote shows it")
        self._tell(f"{person} approves: the change is in {detail['state'][0]}")
        return detail

    async def _kill(self) -> None:
        detail = await self._read()
        self._expect(detail["state"] == ["authorize"], "one approval is not enough: the change still waits")
        doomed = (self._installation.worker, self._installation.server)
        before = {child.name: child.pid for child in doomed}
        for child in doomed:
            if child.pid is not None:
                os.kill(child.pid, signal.SIGKILL)
        names = " and ".join(f"the {name} ({pid})" for name, pid in before.items())
        self._tell(f"SIGKILL for {names}")
        async with _in_time("both run again"):
            await _poll(lambda: self._is_back(doomed, before))
        after = ", ".join(f"the {child.name} ({child.pid})" for child in doomed)
        self._tell(f"both run again: {after}")
        again = await self._read()
        self._expect(again["revision"] == detail["revision"], "nothing was lost and nothing happened twice")

    async def _clock_goes_on(self) -> None:
        detail = await self._until(lambda one: one["state"] == ["implement"], "the planned start has come")
        self._tell(f"the clock kept running: at its planned start the change went to {detail['state'][0]} by itself")
        self._expect(
            to_instant(detail["updated_at"]) >= to_instant(detail["fields"]["planned_start"]),
            "the change did not move before its planned start",
        )

    async def _timeline(self) -> list[dict[str, Any]]:
        page = await self._get("carol", ("tickets", self._key, "timeline"), limit=200)
        entries: list[dict[str, Any]] = page["items"]
        self._expect([one["seq"] for one in entries] == list(range(1, len(entries) + 1)), "the timeline has no gap")
        for what, found in _steps(self._approvers).items():
            times = sum(1 for one in entries if found(one))
            self._expect(times == 1, f"{what}: {times} times, not once")
        self._tell("the timeline shows every event once")
        return entries

    async def _send(self, person: str, event: str) -> None:
        await self._post(person, ("tickets", self._key, "events", event), {})

    async def _until(self, holds: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        async with _in_time(what):
            await _poll(lambda: self._read_and(holds))
        return await self._read()

    async def _read_and(self, holds: Callable[[dict[str, Any]], bool]) -> bool:
        return holds(await self._read())

    async def _is_back(self, doomed: Sequence[ChildProcess], before: Mapping[str, int | None]) -> bool:
        return all(child.pid != before[child.name] for child in doomed) and await self._is_ready()

    async def _read(self) -> dict[str, Any]:
        return await self._get("carol", ("tickets", self._key))

    async def _get(self, person: str, address: Segments, **query: int) -> dict[str, Any]:
        return self._body(await self._http.get(path(address), params=query, headers={"X-Actor": person}))

    async def _post(self, person: str, address: Segments, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._body(await self._http.post(path(address), json=body, headers={"X-Actor": person}))

    def _body(self, response: httpx.Response) -> dict[str, Any]:
        self._expect(response.is_success, f"{response.request.url.path} answers {response.text}")
        body: dict[str, Any] = response.json()
        return body

    async def _is_ready(self) -> bool:
        try:
            return (await self._http.get("/readyz")).is_success
        except httpx.TransportError:
            return False

    @staticmethod
    def _expect(holds: bool, what: str) -> None:
        if not holds:
            raise StoryError(f"this did not hold: {what}")


async def _poll(question: Callable[[], Awaitable[bool]]) -> None:
    """Repeats the question until the answer is yes."""
    while not await question():  # noqa: ASYNC110  the event is in another process
        await asyncio.sleep(0.1)


@asynccontextmanager
async def _in_time(what: str) -> AsyncIterator[None]:
    """Raises StoryError where the block takes longer than TIMEOUT."""
    try:
        async with asyncio.timeout(TIMEOUT):
            yield
    except TimeoutError:
        raise StoryError(f"this did not happen within {TIMEOUT:g} s: {what}") from None


def _open_requests(detail: dict[str, Any]) -> list[str]:
    return [
        request["person"]
        for approval in detail["approvals"]
        if approval["open"]
        for request in approval["requests"]
        if request["vote"] is None
    ]


def _steps(approvers: Sequence[str]) -> Mapping[str, Callable[[dict[str, Any]], bool]]:
    """The entries that the timeline must hold exactly once."""
    return (
        {"opened": partial(_is, "opened")}
        | {f"{event} sent": partial(_is, "event", name=event) for event in ("submit", "assessed")}
        | {f"vote of {person}": partial(_is, "vote", who=person) for person in approvers}
        | {
            f"{state} entered": partial(_is, "moved", entered=[state])
            for state in ("assess", "authorize", "scheduled", "implement")
        }
    )


def _is(kind: str, entry: dict[str, Any], *, who: str | None = None, **data: Any) -> bool:
    same = all(entry["data"].get(name) == value for name, value in data.items())
    return entry["kind"] == kind and who in (None, entry["actor"]) and same
