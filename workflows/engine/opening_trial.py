"""Tries out an opening on the core before a ticket opens: at the edge, in the worker, and in scenarios for children.

An opening that is refused here uses no number and starts nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from definitions.people.directory import Actor, Directory
from definitions.people.references import facts, unknown, with_defaults
from definitions.pinned import Pinned
from definitions.schema.model import Json
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.times import Instant
from workflows.engine.compiled import Compiled, compile_pinned
from workflows.engine.deadlines import advance
from workflows.engine.model.automation import Parent
from workflows.engine.model.events import Open, Send
from workflows.engine.model.result import Refusal
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.step import refused_before_values, step


@dataclass(frozen=True, slots=True)
class OpeningTrial:
    """An opening that the core takes, under a placeholder key until it has a number."""

    process: Process
    pinned: Pinned
    """What the ticket carries."""
    opening: Open
    first: Send | None
    """The event that is sent with it, taken by the core as well."""
    snapshot: Snapshot
    """The ticket after everything that is due in the moment of its opening, before ``first``."""

    def numbered(self, key: str) -> Open:
        """The opening under the ticket's own key."""
        return replace(self.opening, key=key)

    def opened(self, key: str, at: Instant) -> Snapshot | Refusal:
        """The ticket under its own key, opened at ``at`` (UTC seconds)."""
        return _opened(compile_pinned(self.pinned), self.numbered(key), at)


@dataclass(frozen=True, slots=True)
class Openable:
    """A process of which a ticket can be opened, with the organization in which it opens."""

    process: Process
    pinned: Pinned
    """The form in which the ticket would carry the process."""
    organization: Organization
    directory: Directory
    """Of the same organization."""

    def try_out(
        self,
        actor: Actor,
        fields: Mapping[str, Json],
        at: Instant,
        *,
        parent: Parent | None = None,
        declared: bool = False,
        first: Send | None = None,
        hops: int = 0,
        chain: str = "",
    ) -> OpeningTrial | Refusal:
        """An opening at ``at`` (UTC seconds) with the event that follows it, or the refusal of one of them.

        Values that name nobody are refused. Facts of services are added, for the ``first`` event too.
        ``hops`` counts the links of the chain of events and starts that has led here, ``chain`` is its id.
        """
        if wrong := self._unknown(fields):
            return wrong
        compiled = compile_pinned(self.pinned)
        opening = Open(
            key=f"{self.process.prefix}-0",
            actor=actor,
            fields=fields,
            services=facts(self.directory, self.process, with_defaults(self.process, fields)),
            parent=parent,
            declared=declared,
            organization=self.directory.digest,
            at=at,
            hops=hops,
            chain=chain,
        )
        opened = _opened(compiled, opening, at)
        if isinstance(opened, Refusal):
            return opened
        if first is not None:
            first = replace(first, services=facts(self.directory, self.process, first.fields))
            if refusal := _refused(compiled, opened, first, self._unknown(first.fields), at):
                return refusal
        return OpeningTrial(self.process, self.pinned, opening, first, opened)

    def _unknown(self, fields: Mapping[str, Json]) -> Refusal | None:
        wrong = unknown(self.organization, self.process, fields)
        return Refusal("invalid_fields", "; ".join(wrong.values()), tuple(wrong)) if wrong else None


def _opened(compiled: Compiled, opening: Open, at: Instant) -> Snapshot | Refusal:
    """The ticket after everything that is due in the moment of its opening."""
    opened = step(compiled, None, opening, at)
    if isinstance(opened, Refusal):
        return opened
    due = advance(compiled, opened.snapshot, at)
    return due[-1].snapshot if due else opened.snapshot


def _refused(compiled: Compiled, opened: Snapshot, first: Send, wrong: Refusal | None, at: Instant) -> Refusal | None:
    """The refusal of the first event; one that does not depend on its values comes first, as for every event."""
    if wrong:
        return refused_before_values(compiled, opened, first, at) or wrong
    taken = step(compiled, opened, first, at)
    return taken if isinstance(taken, Refusal) else None
