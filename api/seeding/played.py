"""A played ticket: its records, and the input of its workflow."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from activities.records.counters import Allocation, TicketStart
from activities.records.migrate import migrate
from activities.records.outbox import ByRevision
from activities.records.shapes import Booking, InTheWay
from activities.records.store import Records
from workflows.contracts import RecordBatch
from workflows.engine.model.snapshot import Snapshot
from workflows.ticket.messages import TicketInput


@dataclass(slots=True)
class PlayedTicket:
    """One ticket of the month."""

    process: str
    records: list[tuple[RecordBatch, ByRevision]] = field(default_factory=list)
    """The argument of ``Records.record_all``, in order; each batch is one moment."""
    given: TicketInput | None = None
    """The input of an open ticket's workflow, with its clocks as they would stand."""
    booking: Booking | None = None
    """The window that an open ticket has booked."""

    @property
    def snapshot(self) -> Snapshot:
        """The ticket at the end of the month."""
        return self.records[-1][0].snapshot

    @property
    def key(self) -> str:
        return self.snapshot.key


class RehearsalRecords(Records):
    """A store for playing only; the numbers of tickets come from the target store.

    So a play finds only its own tickets, and every repetition has the same result.
    """

    def __init__(self, folder: Path, target: Records) -> None:
        url = f"sqlite:///{folder / 'rehearsal.sqlite3'}"
        migrate(url)
        super().__init__(url, durable=False)
        self._target = target
        self.booked: dict[str, Booking] = {}
        """By ticket."""

    def allocate(self, start: TicketStart) -> Allocation:
        """The number from the target store: always the same for the same start."""
        return self._target.allocate(start)

    def book(self, wanted: Booking, services: Collection[str], above: Collection[str], *, may: bool) -> InTheWay:
        """As the store does; remembers the booking of each ticket."""
        found = super().book(wanted, services, above, may=may)
        self.booked.pop(wanted.ticket, None)
        if may and found == InTheWay():
            self.booked[wanted.ticket] = wanted
        return found
