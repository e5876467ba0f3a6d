"""Other tickets of a scenario: those that were started, under generated keys, and the events sent to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from definitions.people.directory import Actor
from definitions.schema.model import Json
from definitions.times import Instant
from workflows.engine.model.automation import Parent, SendEvent, StartTicket
from workflows.engine.model.bounds import MOST_STARTS_OF_A_CHAIN
from workflows.engine.model.chain_count import too_many_starts
from workflows.engine.model.events import Started
from workflows.engine.model.result import Refusal
from workflows.engine.scenarios.setting import Setting


@dataclass(frozen=True, slots=True)
class StartedTicket:
    """A started ticket, or a started workflow that is written in Python."""

    name: str
    """The name of the process or the workflow."""
    key: str | None
    """None for a second ticket that a trigger has started: nothing refers to it."""
    fields: Mapping[str, Json] = field(default_factory=dict)
    link: str | None = None
    is_workflow: bool = False

    def __str__(self) -> str:
        return " ".join(one for one in (self.name, self.key or "", f"as {self.link}" if self.link else "") if one)


@dataclass(frozen=True, slots=True)
class SentEvent:
    """An event that was sent to one ticket, or to several at once."""

    event: str
    to: tuple[str, ...]
    """The keys of its receivers; empty if the address is a link that points to this ticket."""
    written: str
    """The address as the step writes it."""
    fields: Mapping[str, Json] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.event} to {', '.join(self.to) or self.written}"


class Others:
    """A stand-in for other tickets: generates keys, and records the starts and events in place of performing them.

    A start is tried out on the core as a server tries it out: an opening that its process refuses starts nothing.
    """

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._numbers = Counter({setting.process.prefix: 1})
        self._keys: dict[str, str] = {}
        """The keys by the ids of starts: a repeated start has the same key."""
        self._of_chains: Counter[str] = Counter()
        """The number of starts of each chain."""
        self._ids_sent: set[str] = set()
        self.started: list[StartedTicket] = []
        self.sent: list[SentEvent] = []

    def start(self, effect: StartTicket, ticket: str, at: Instant) -> Started:
        """Answers the ticket with the key of the started ticket, or with the problem of a refused opening.

        The key is the prefix of the process and a number that counts in the scenario (``PRB-1``). ``at`` is the time of
        the ticket, UTC seconds.
        """
        key = self._keys.get(effect.id)
        if key is None:
            if refused := self._refused(effect, ticket, at):
                return Started(effect.id, None, effect.link, effect.place, f"{refused.code}: {refused.reason}")
            key = self._keys[effect.id] = self._begin(effect)
        return Started(effect.id, key, effect.link, effect.place)

    def _refused(self, effect: StartTicket, ticket: str, at: Instant) -> Refusal | None:
        """The refusal of an opening; workflows in Python and unknown processes are not tried out, and never refused."""
        openable = self._setting.openable(effect.process or "", at)
        if openable is None:
            return None
        if effect.chain and self._of_chains[effect.chain] >= MOST_STARTS_OF_A_CHAIN:
            return Refusal("too_many_hops", too_many_starts(effect.chain))
        parent = Parent(ticket, effect.place)
        trial = openable.try_out(
            Actor(f"ticket:{ticket}"), effect.fields, at, parent=parent, hops=effect.hops, chain=effect.chain
        )
        return trial if isinstance(trial, Refusal) else None

    def _begin(self, effect: StartTicket) -> str:
        name = effect.process or effect.workflow or ""
        prefix = self._setting.prefix(name)
        self._numbers[prefix] += 1
        key = f"{prefix}-{self._numbers[prefix]}"
        self._of_chains[effect.chain] += 1
        self.started.append(StartedTicket(name, key, effect.fields, effect.link, effect.process is None))
        return key

    def send(self, effect: SendEvent) -> None:
        """Records the event. The scenario's ticket sees no refusal by its receivers."""
        if effect.id in self._ids_sent:
            return
        self._ids_sent.add(effect.id)
        written = effect.written or (f"linked:{effect.linked}" if effect.linked else "")
        self.sent.append(SentEvent(effect.event, effect.to, written, effect.fields))
