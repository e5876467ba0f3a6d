"""What the organization is right now: replaced as a whole when its files change, never altered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from definitions.directory import Directory
from definitions.schema.organization import Organization


@dataclass(frozen=True, slots=True)
class World:
    """An organization and its texts, as loaded together."""

    organization: Organization
    templates: Mapping[str, str] = field(default_factory=dict)
    """Texts of notifications by name, each with ``Subject: …`` as its first line."""
    directory: Directory = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "directory", Directory(self.organization))


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
