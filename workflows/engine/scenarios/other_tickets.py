"""Other tickets of a scenario: those that were started, under generated keys, and the events sent to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from definitions.schema.model import Json
from workflows.engine.model.automation import SendEvent, StartTicket
from workflows.engine.model.events import Started
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
    """A stand-in for other tickets: generates keys, and records the starts and events in place of performing them."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._numbers = Counter({setting.process.prefix: 1})
        self._keys: dict[str, str] = {}
        """The keys by the ids of starts: a repeated start has the same key."""
        self._ids_sent: set[str] = set()
        self.started: list[StartedTicket] = []
        self.sent: list[SentEvent] = []

    def start(self, effect: StartTicket) -> Started:
        """Answers with a key: the prefix of the process and a number that counts in the scenario (``PRB-1``)."""
        key = self._keys.get(effect.id)
        if key is None:
            key = self._keys[effect.id] = self._begin(effect)
        return Started(effect.id, key, effect.link, effect.place)

    def _begin(self, effect: StartTicket) -> str:
        name = effect.process or effect.workflow or ""
        prefix = self._setting.prefix(name)
        self._numbers[prefix] += 1
        key = f"{prefix}-{self._numbers[prefix]}"
        self.started.append(StartedTicket(name, key, effect.fields, effect.link, effect.process is None))
        return key

    def send(self, effect: SendEvent) -> None:
        """Records the event. The scenario's ticket sees no refusal by its receivers."""
        if effect.id in self._ids_sent:
            return
        self._ids_sent.add(effect.id)
        written = effect.written or (f"linked:{effect.linked}" if effect.linked else "")
        self.sent.append(SentEvent(effect.event, effect.to, written, effect.fields))
