"""The definitions in use: read from their files, kept while newer ones have errors, pinned for new tickets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from activities.world import World
from api.clock import now
from api.definition_store import models
from api.definition_store.last_good import LastGood, good_or_last_good
from api.definition_store.people import People
from api.definition_store.proved import load_proved
from api.problems import unknown_process
from definitions.documents.diagram import mermaid
from definitions.loading.loader import Loaded, ProcessFile
from definitions.people.directory import Actor
from definitions.pinned import DAY, HORIZON, Pinned, pin_calendars, unpin_calendars
from definitions.schema.process import Process
from definitions.text.problems import Problem
from definitions.text.suggestions import closest
from definitions.times import to_text
from workflows.engine.compiled import Compiled, compile_pinned

LOG = logging.getLogger("stanchion.definitions")
YEAR = 365 * DAY
"""Tickets opened within the same period of this length are viewed with the same compiled calendars."""


class Definitions:
    """One good set of definitions; never changes."""

    def __init__(self, loaded: Loaded, loaded_at: int) -> None:
        self.loaded = loaded
        self.loaded_at = loaded_at
        self.world = World(loaded.organization, loaded.templates, loaded.processes)
        self.people = People(loaded.organization)
        self._reaching_back = lru_cache(maxsize=256)(self._pin_since)
        self._carrying = lru_cache(maxsize=256)(self._compile_carrying)

    def process(self, process: str) -> Process | None:
        found = self.loaded.processes.get(process)
        return found.process if found else None

    def known(self, process: str) -> ProcessFile:
        """A process with its file. Raises RequestRefused (unknown_process)."""
        found = self.loaded.processes.get(process)
        if found is None:
            hint = closest(process, self.loaded.processes)
            there = "There are: " + ", ".join(sorted(self.loaded.processes))
            raise unknown_process(process, f"{hint[0].upper()}{hint[1:]} {there}" if hint else there)
        return found

    def pinned(self, process: str, at: int) -> Pinned:
        """What a ticket opened at ``at`` (UTC seconds) carries. Raises RequestRefused (unknown_process)."""
        self.known(process)
        return self.world.pinned(process, at)

    def compiled(self, process: str) -> Compiled | None:
        """A process ready to run, with present calendars; None for an unknown process."""
        if process not in self.loaded.processes:
            return None
        return compile_pinned(self.world.pinned(process, now()))

    def compiled_since(self, process: str, opened_at: int) -> Compiled | None:
        """A process for views of a ticket: its calendars reach back to the ticket's opening (UTC seconds)."""
        if process not in self.loaded.processes:
            return None
        return compile_pinned(self._reaching_back(process, opened_at // YEAR, now() // DAY))

    def compiled_with(self, process: str, opened_at: int, calendars: str) -> Compiled | None:
        """The same, with the ticket's own packed calendars in place of the present ones."""
        if process not in self.loaded.processes:
            return None
        return self._carrying(process, opened_at // YEAR, now() // DAY, calendars)

    def summaries(self) -> list[models.ProcessSummary]:
        return [_summary(one) for one in self.loaded.processes.values()]

    def detail(self, process: str) -> models.ProcessDetail:
        found = self.known(process)
        definition = found.process.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return models.ProcessDetail(**_summary(found).model_dump(), definition=definition)

    def diagram(self, process: str) -> models.Diagram:
        """Raises RequestRefused (unknown_process)."""
        return models.Diagram(process=process, mermaid=mermaid(self.known(process).process))

    def _pin_since(self, process: str, year: int, day: int) -> Pinned:
        pinned = self.world.pinned(process, day * DAY)
        calendars = pin_calendars(
            self.loaded.processes[process].process, self.loaded.organization, year * YEAR - DAY, day * DAY + HORIZON
        )
        return replace(pinned, calendars=calendars)

    def _compile_carrying(self, process: str, year: int, day: int, calendars: str) -> Compiled:
        today = compile_pinned(self._reaching_back(process, year, day))
        return replace(today, calendars={**today.calendars, **unpin_calendars(calendars)})


class DefinitionStore:
    """Holds the newest good definitions, and the problems of newer ones."""

    def __init__(self, sources: Sequence[Path], keep: Path | None = None) -> None:
        """``keep`` is the folder in which the last good definitions survive a restart.

        Raises DefinitionError where the definitions have errors and no good ones are kept.
        """
        self._kept = LastGood(keep) if keep else None
        self._sources = tuple(sources)
        self._listeners: list[Callable[[Definitions], None]] = []
        self._fingerprint = fingerprint(self._sources)
        self.problems: tuple[Problem, ...]
        loaded, self.problems = good_or_last_good(load_proved(self._sources), self._kept)
        self.current = Definitions(loaded, now())
        if not self.is_current:
            LOG.warning("%s", self.complaint())
        self._keep()

    def actor(self, person: str) -> Actor | None:
        """The facts of a person by the newest good organization; None where there is no such person."""
        return self.current.people.actor(person)

    @property
    def is_current(self) -> bool:
        """False while the files have errors and older definitions stay in use."""
        return not _errors(self.problems)

    async def reload(self) -> bool:
        """Reads the files again. True where they are good; else the last good ones stay, and the log says why."""
        self._fingerprint = fingerprint(self._sources)
        loaded = await asyncio.to_thread(load_proved, self._sources)
        self.problems = loaded.problems
        if not self.is_current:
            LOG.warning("%s", self.complaint())
            return False
        await asyncio.to_thread(self._keep)
        self.current = Definitions(loaded, now())
        for listener in self._listeners:
            listener(self.current)
        return True

    def _keep(self) -> None:
        if not self._kept or not self.is_current:
            return
        try:
            self._kept.keep(self._sources)
        except OSError as error:
            LOG.warning("the definitions in use can't be kept for a restart: %s", error)

    def on_change(self, listener: Callable[[Definitions], None]) -> None:
        """Calls ``listener`` with every new set of good definitions."""
        self._listeners.append(listener)

    async def watch(self, seconds: float, say: Callable[[str], None]) -> None:
        """Checks the files every ``seconds``, and reloads when one has changed, until it is cancelled."""
        while True:
            await asyncio.sleep(seconds)
            try:
                changed = await asyncio.to_thread(fingerprint, self._sources) != self._fingerprint
                if changed and await self.reload():
                    say("definitions reloaded")
            except Exception:  # the definitions in use stay, and the next change is tried again
                LOG.exception("the definitions could not be read")

    def complaint(self) -> str:
        """The message while the files have errors."""
        errors = _errors(self.problems)
        text = "\n".join(str(problem) for problem in errors)
        return f"definitions have {len(errors)} errors; the last good ones stay in use\n{text}"

    def view(self) -> models.DefinitionsView:
        return models.DefinitionsView(
            current=self.is_current,
            loaded_at=to_text(self.current.loaded_at),
            processes=self.current.summaries(),
            problems=[models.DefinitionProblem.of(one) for one in self.problems],
        )


def fingerprint(sources: Sequence[Path]) -> tuple[tuple[str, int, int], ...]:
    """A value that changes whenever a file of definitions appears, disappears or is written."""
    return tuple(sorted(_stamps(sources)))


def _stamps(sources: Sequence[Path]) -> Iterator[tuple[str, int, int]]:
    for folder in sources:
        for pattern in ("*/*.yaml", "*/*.md"):
            for file in folder.glob(pattern):
                try:
                    stat = file.stat()
                except OSError:
                    continue
                yield str(file), stat.st_mtime_ns, stat.st_size


def _errors(problems: Sequence[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity == "error"]


def _summary(loaded: ProcessFile) -> models.ProcessSummary:
    process = loaded.process
    return models.ProcessSummary(
        id=process.process,
        title=process.title,
        practice=process.practice,
        prefix=process.prefix,
        description=process.description,
        digest=loaded.digest,
    )
