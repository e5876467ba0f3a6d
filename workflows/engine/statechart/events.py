"""Event descriptors, and how they match the name of an event (SCXML 3.12.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

ANY = "*"


def token(descriptor: str) -> str:
    """The descriptor without a redundant ending: ``deploy``, ``deploy.`` and ``deploy.*`` are equivalent."""
    return descriptor if descriptor == ANY else descriptor.removesuffix("*").removesuffix(".")


@dataclass(frozen=True, slots=True)
class Matcher:
    """The descriptors of one transition, prepared so that a match costs one look-up and one prefix test."""

    any_event: bool
    names: frozenset[str]
    prefixes: tuple[str, ...]

    @classmethod
    def of(cls, descriptors: Iterable[str]) -> Matcher:
        tokens = [token(descriptor) for descriptor in descriptors]
        names = frozenset(tokens) - {ANY}
        # The dot keeps `deploy` from matching `deployment`.
        return cls(ANY in tokens, names, tuple(f"{name}." for name in sorted(names)))

    def matches(self, event: str) -> bool:
        return self.any_event or event in self.names or event.startswith(self.prefixes)
