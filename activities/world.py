"""What the organization is right now: replaced as a whole when its files change, never altered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from definitions.loading.loader import ProcessFile
from definitions.people.directory import Directory
from definitions.pinned import DAY, Pinned, pin
from definitions.schema.organization import Organization
from workflows.engine.opening_trial import Openable


@dataclass(frozen=True, slots=True)
class World:
    """An organization and its texts, as loaded together."""

    organization: Organization
    templates: Mapping[str, str] = field(default_factory=dict)
    """Texts of notifications by name, each with ``Subject: …`` as its first line."""
    processes: Mapping[str, ProcessFile] = field(default_factory=dict)
    """What new tickets are opened of, by process id."""
    directory: Directory = field(init=False)
    _pinned: Callable[[str, int], Pinned] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "directory", Directory(self.organization))
        object.__setattr__(self, "_pinned", lru_cache(maxsize=256)(self._pin))

    def pinned(self, process: str, at: int) -> Pinned:
        """What a ticket of ``process`` opened at ``at`` (UTC seconds) carries; the same for the whole day.

        Raises KeyError for a process that there is none of.
        """
        return self._pinned(process, at // DAY)

    def openable(self, process: str, at: int) -> Openable:
        """``process`` as a ticket opens at ``at`` (UTC seconds). Raises KeyError for an unknown process."""
        return Openable(self.processes[process].process, self.pinned(process, at), self.organization, self.directory)

    def _pin(self, process: str, day: int) -> Pinned:
        file = self.processes[process]
        return pin(file.process, file.digest, self.organization, day * DAY)


class CurrentWorld:
    """The newest world that loaded; activities read ``now`` once and keep to it."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def now(self) -> World:
        return self._world

    def replace(self, world: World) -> None:
        """From here on activities answer by ``world``; one reference is swapped, so that no lock is needed."""
        self._world = world
