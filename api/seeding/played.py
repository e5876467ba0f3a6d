"""A ticket as it was played: what the records are told of it, and where its workflow begins."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from activities.records.counters import Allocation, Start
from activities.records.migrate import migrate
from activities.records.outbox import ByRevision
from activities.records.shapes import Booking, InTheWay
from activities.records.store import Records
from workflows.contracts import RecordBatch
from workflows.engine.model.snapshot import Snapshot
from workflows.ticket.messages import TicketInput


@dataclass(slots=True)
class PlayedTicket:
    """One ticket."""

    process: str
    records: list[tuple[RecordBatch, ByRevision]] = field(default_factory=list)
    """What ``Records.record_all`` takes, in order; each batch is what happened in one moment."""
    given: TicketInput | None = None
    """What the workflow of an open ticket is started with: its clocks stand where they would."""
    booking: Booking | None = None
    """The time that an open ticket has booked."""

    @property
    def snapshot(self) -> Snapshot:
        """The ticket at the end."""
        return self.records[-1][0].snapshot

    @property
    def key(self) -> str:
        return self.snapshot.key


class RehearsalRecords(Records):
    """A store for the play alone; only the numbers of tickets come from the one that is meant.

    So the play finds nothing but its own tickets, and comes to the same however often it is repeated.
    """

    def __init__(self, folder: Path, meant: Records) -> None:
        url = f"sqlite:///{folder / 'rehearsal.sqlite3'}"
        migrate(url)
        super().__init__(url, durable=False)
        self._meant = meant
        self.booked: dict[str, Booking] = {}
        """By ticket."""

    def allocate(self, start: Start) -> Allocation:
        """The number that the store which is meant gives: always the same for one start."""
        return self._meant.allocate(start)

    def book(self, wanted: Booking, services: Collection[str], above: Collection[str], *, may: bool) -> InTheWay:
        """As the store does; keeps who has booked what."""
        found = super().book(wanted, services, above, may=may)
        self.booked.pop(wanted.ticket, None)
        if may and found == InTheWay():
            self.booked[wanted.ticket] = wanted
        return found
