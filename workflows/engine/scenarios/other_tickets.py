"""Other tickets, as a scenario has them: those that were started, by made-up keys, and what was sent to them."""

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
    """A ticket, or a workflow written in Python, that was started."""

    name: str
    """Of the process or the workflow."""
    key: str | None
    """None for one that a trigger has started beside the scenario's own: nothing refers to it."""
    fields: Mapping[str, Json] = field(default_factory=dict)
    link: str | None = None
    is_workflow: bool = False

    def __str__(self) -> str:
        return " ".join(one for one in (self.name, self.key or "", f"as {self.link}" if self.link else "") if one)


@dataclass(frozen=True, slots=True)
class SentEvent:
    """An event that was sent, to one ticket or several at once."""

    event: str
    to: tuple[str, ...]
    """Keys; empty where the address is one of links that point here."""
    written: str
    """The address as the step has it."""
    fields: Mapping[str, Json] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.event} to {', '.join(self.to) or self.written}"


class Others:
    """Starts nothing and sends nothing: gives keys, and keeps what was wanted."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._numbers = Counter({setting.process.prefix: 1})
        self._keys: dict[str, str] = {}
        """By the ids of starts: one that is wanted again is the same one."""
        self._ids_sent: set[str] = set()
        self.started: list[StartedTicket] = []
        self.sent: list[SentEvent] = []

    def start(self, effect: StartTicket) -> Started:
        """Answers with a key: ``PRB-1`` by the prefix of the process, counted in the scenario."""
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
        """Keeps what is sent; taken by whom it goes to, as far as the scenario's ticket knows."""
        if effect.id in self._ids_sent:
            return
        self._ids_sent.add(effect.id)
        written = effect.written or (f"linked:{effect.linked}" if effect.linked else "")
        self.sent.append(SentEvent(effect.event, effect.to, written, effect.fields))
