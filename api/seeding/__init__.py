"""A plausible month: tickets that people opened and worked on, played in virtual time and put where they would be.

The same way in serves imports from another system: a ``PlayedTicket`` is a list of macrosteps for the records and,
where it is open, a snapshot that its workflow goes on from.
"""

from __future__ import annotations

from api.seeding.planting import SeedReport, play_month, seed
from api.seeding.played import PlayedTicket

__all__ = ["PlayedTicket", "SeedReport", "play_month", "seed"]
