"""The definitions in use: read from their files, kept while newer ones have errors, pinned for new tickets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from time import sleep

from activities.world import World
from api.clock import now
from api.definition_store import models
from api.definition_store.last_good import LastGood, good_or_last_good
from api.definition_store.people import People
from api.definition_store.proved import load_proved
from api.problems import unknown_process
from definitions.calendars import compile_calendar
from definitions.documents.diagram import mermaid
from definitions.loading.containment import unexpected
from definitions.loading.folders import KINDS
from definitions.loading.loader import Loaded, ProcessFile
from definitions.people.directory import Actor
from definitions.pinned import (
    DAY,
    HORIZON,
    Pinned,
    calendar_names,
    pin_calendars,
    unpin_calendars,
    unpin_process,
)
from definitions.schema.process import Process
from definitions.text.counts import counted
from definitions.text.problems import Problem
from definitions.text.suggestions import closest
from definitions.times import to_text
from workflows.engine.compiled import Compiled, compile_pinned, compile_process

LOG = logging.getLogger("stanchion.definitions")
STILL_SECONDS = 0.5
"""How long files must have been unchanged before they are taken."""
MOST_LOOKS = 20
"""Looks at files that keep changing; after these the next reload tries again."""
Fingerprint = tuple[tuple[str, int, int, int, int], ...]
"""Each file with the times of its content and of its entry (nanoseconds), its size and its inode."""
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
        self._own = lru_cache(maxsize=256)(self._compile_own)

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

    def compiled_own(self, digest: str, definition: str, opened_at: int, calendars: str | None) -> Compiled | None:
        """A packed definition that a ticket carries, for views of it, with its own or the present calendars.

        None where this build can't read it.
        """
        return self._own(digest, definition, opened_at // YEAR, now() // DAY, calendars)

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

    def _compile_own(self, digest: str, definition: str, year: int, day: int, calendars: str | None) -> Compiled | None:
        organization = self.loaded.organization
        try:
            process = unpin_process(definition)
            names = {name for name in calendar_names(process, organization) if name in organization.calendars}
            start, end = year * YEAR - DAY, day * DAY + HORIZON
            present = {name: compile_calendar(organization, name, start, end) for name in (*names, "always")}
            own = {**present, **(unpin_calendars(calendars) if calendars is not None else {})}
            return compile_process(process, digest, own, organization.organization.calendar)
        except (ValueError, KeyError):
            LOG.warning("the definition %s of a ticket can't be read by this build", digest)
            return None

    def _compile_carrying(self, process: str, year: int, day: int, calendars: str) -> Compiled:
        today = compile_pinned(self._reaching_back(process, year, day))
        return replace(today, calendars={**today.calendars, **unpin_calendars(calendars)})


class DefinitionStore:
    """Holds the newest good definitions, and the problems of newer ones."""

    def __init__(self, sources: Sequence[Path], keep: Path | None = None, still_seconds: float = STILL_SECONDS) -> None:
        """``keep`` is the folder in which the last good definitions survive a restart.

        ``still_seconds`` is how long the files must have been unchanged before they are read. Raises DefinitionError
        where the definitions have errors and no good ones are kept.
        """
        self._kept = LastGood(keep) if keep else None
        self._sources = tuple(sources)
        self._still_seconds = still_seconds
        self._listeners: list[Callable[[Definitions], None]] = []
        self._reloading: asyncio.Task[bool] | None = None
        self._fingerprint = still_files(self._sources, still_seconds)
        loaded, self.problems = read(self._sources)
        self.current = Definitions(good_or_last_good(loaded, self.problems, self._kept), now())
        self._tell()
        self._keep()

    def actor(self, person: str) -> Actor | None:
        """The facts of a person by the newest good organization; None where there is no such person."""
        return self.current.people.actor(person)

    @property
    def is_current(self) -> bool:
        """False while the files have errors and older definitions stay in use."""
        return not _errors(self.problems)

    async def reload(self) -> bool:
        """Reads the files again. True where they are good; else the last good ones stay, and the log says why.

        However many callers ask, the files are read and proved once at a time, and not at all while they are
        unchanged. Files that are being written are not taken: a part of a process may lack its invariants.
        """
        if self._reloading is None or self._reloading.done():
            self._reloading = asyncio.create_task(self._reload())
        return await asyncio.shield(self._reloading)

    async def _reload(self) -> bool:
        found = await self._still_files()
        if found is None:
            LOG.warning("the definitions are being written: they are taken as soon as they stay unchanged")
            return False
        if found == self._fingerprint:
            return self.is_current
        loaded, problems = await asyncio.to_thread(read, self._sources)
        if await asyncio.to_thread(fingerprint, self._sources) != found:
            LOG.warning("the definitions have changed while they were read: they are read again")
            return False
        self._fingerprint, self.problems = found, problems
        self._tell()
        if loaded is None or not self.is_current:
            return False
        await asyncio.to_thread(self._keep)
        self.current = Definitions(loaded, now())
        for listener in self._listeners:
            listener(self.current)
        return True

    async def _still_files(self) -> Fingerprint | None:
        """The files as they are, once two looks have found the same; None while every look finds others."""
        before = await asyncio.to_thread(fingerprint, self._sources)
        for _ in range(MOST_LOOKS if before != self._fingerprint else 0):
            await asyncio.sleep(self._still_seconds)
            after = await asyncio.to_thread(fingerprint, self._sources)
            if after == before:
                return after
            before = after
        return before if before == self._fingerprint else None

    def _keep(self) -> None:
        if not self._kept or not self.is_current:
            return
        try:
            self._kept.keep(self._sources, lambda: fingerprint(self._sources) == self._fingerprint)
        except OSError as error:
            LOG.warning("the definitions in use can't be kept for a restart: %s", error)

    def _tell(self) -> None:
        """Says in the log, and at the terminal of ``up``, why newer definitions are not in use."""
        complaint = None if self.is_current else self.complaint()
        if complaint is not None:
            LOG.warning("%s", complaint)
        try:
            if self._kept:
                self._kept.complain(complaint)
        except OSError as error:
            LOG.warning("the problems of the definitions can't be written down: %s", error)

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
        """The message while the files have errors: which files are not in use, and every error."""
        errors = _errors(self.problems)
        files = list(dict.fromkeys(problem.file for problem in errors))
        text = "\n".join(str(problem) for problem in errors)
        return (
            f"definitions have {counted(len(errors), 'error')}; the last good ones stay in use\n"
            f"not in use: {', '.join(files)}\n{text}"
        )

    def view(self) -> models.DefinitionsView:
        return models.DefinitionsView(
            current=self.is_current,
            loaded_at=to_text(self.current.loaded_at),
            processes=self.current.summaries(),
            problems=[models.DefinitionProblem.of(one, self._sources) for one in self.problems],
        )


def read(sources: Sequence[Path]) -> tuple[Loaded | None, tuple[Problem, ...]]:
    """The definitions of the files with every problem; None where they can't be read, whatever the reason."""
    try:
        loaded = load_proved(sources)
    except Exception as failure:  # the definitions in use stay, and people are told
        LOG.exception("the definitions could not be read")
        return None, (unexpected(str(sources[-1]), failure),)
    return loaded, loaded.problems


def fingerprint(sources: Sequence[Path]) -> Fingerprint:
    """A value that changes whenever a file of definitions appears, disappears or is written."""
    return tuple(sorted(_stamps(sources)))


def still_files(sources: Sequence[Path], seconds: float) -> Fingerprint:
    """The files at a start: as long as one has just been written, they are looked at until they stay unchanged."""
    found = fingerprint(sources)
    for _ in range(MOST_LOOKS):
        latest = max((one[1] for one in found), default=0) / 1e9
        if latest + seconds < now():
            break
        sleep(seconds)
        before, found = found, fingerprint(sources)
        if before == found:
            break
    return found


def _stamps(sources: Sequence[Path]) -> Iterator[tuple[str, int, int, int, int]]:
    for folder in sources:
        for kind, ending in KINDS.items():
            for file in (folder / kind).glob(f"*{ending}"):
                try:
                    stat = file.stat()
                except OSError:
                    continue
                yield str(file), stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino


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
