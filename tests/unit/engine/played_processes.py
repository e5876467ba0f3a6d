"""A ticket of a random process on the core, beside the same events in a second reading of SCXML."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from definitions.calendars import compile_calendar
from definitions.people.directory import Actor
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from tests.unit.engine.random_processes import RandomProcess, as_scxml
from tests.unit.engine.statechart.scxml import Endless, Interpreter
from workflows.engine.compiled import Compiled, compile_process
from workflows.engine.model.events import Edit, Event, Open, Send
from workflows.engine.model.result import Refusal, Step
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.step import step

NOW = 1_772_442_000
ALICE = Actor("alice")
ALWAYS = compile_calendar(Organization(), "always", NOW, NOW + 86_400)


def compiled_of(data: dict[str, Any]) -> Compiled:
    return compile_process(Process.model_validate(data), json.dumps(data), {"always": ALWAYS})


class Played:
    """One ticket. It is over at its end, and after an event that never comes to rest (``is_endless``)."""

    def __init__(self, given: RandomProcess, compiled: Compiled) -> None:
        self.compiled = compiled
        self.reading = Interpreter(as_scxml(given.data), language=True, regions_alone=True)
        self.snapshot: Snapshot | None = None
        self.is_endless = self.over = False
        self.difference: str | None = None
        """The first difference between the core and the second reading."""

    def open(self, *, flag: bool = False) -> bool:
        """Opens the ticket with a value of its field; False where the opening never comes to rest."""
        self.reading.flag = flag
        return self._take(Open("PP-1", ALICE, {"flag": flag}), self._begin)

    def send(self, event: str) -> bool:
        """Sends an event; False where nothing takes it."""
        return self._take(Send(event, ALICE, {}), partial(self.reading.send, event))

    def edit(self, *, flag: bool) -> None:
        """Edits the field."""
        self._take(Edit(ALICE, {"flag": flag}), partial(self._change, flag))

    def _begin(self) -> bool:
        self.reading.interpret()
        return True

    def _change(self, flag: bool) -> bool:
        self.reading.flag, self.reading.microsteps = flag, 0
        self.reading.finish_macrostep()
        return True

    def _take(self, event: Event, read: Callable[[], bool]) -> bool:
        self.reading.lines.clear()
        endless = taken = False
        try:
            taken = read()
        except Endless:
            endless = True
        done = step(self.compiled, self.snapshot, event, NOW)
        refused = isinstance(done, Refusal)
        if isinstance(done, Step):
            self.snapshot = done.snapshot
        if taken == refused or (endless and not refused):
            self.difference = f"{event}: {'taken' if taken else 'not taken'}, but {done}"
        elif isinstance(done, Step) and self._expected() != self._found(done):
            self.difference = f"{event}:\n{self._expected()}\n{self._found(done)}"
        self.is_endless = endless
        self.over = endless or not self.reading.running or self.difference is not None
        return taken

    def _expected(self) -> tuple[object, ...]:
        reading = self.reading
        return (
            tuple(node.id for node in reading.configuration),
            {name: tuple(one.id for one in several) for name, several in reading.history_value.items()},
            reading.flag,
            [line[1:] for line in reading.lines if line.startswith("-")],
            [line[1:] for line in reading.lines if line.startswith("+")],
            reading.running,
        )

    def _found(self, done: Step) -> tuple[object, ...]:
        moved = [entry.data for entry in done.audit if entry.kind == "moved"]
        return (
            done.snapshot.configuration,
            dict(done.snapshot.history),
            done.snapshot.fields["flag"],
            [state for data in moved for state in data["exited"]],
            [state for data in moved for state in data["entered"]],
            done.snapshot.ended_at is None,
        )
