"""A plausible month: tickets that people open and work on, played in virtual time, then written and started.

The same path serves imports from another system: a ``PlayedTicket`` is a list of macrosteps for the records and,
where it is open, a snapshot from which its workflow continues.
"""

from __future__ import annotations

from api.seeding.planting import SeedReport, play_month, seed
from api.seeding.played import PlayedTicket

__all__ = ["PlayedTicket", "SeedReport", "play_month", "seed"]
