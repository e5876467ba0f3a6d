"""Divergences of the records from Temporal: the pure comparison, and its words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from activities.records.inspecting import OnRecord
from activities.records.record import entries_of
from activities.records.taking_back import content_of
from api.reconciliation.replayed import Replayed

NO_HISTORY = "Temporal has no history of the ticket"


@dataclass(frozen=True, slots=True)
class Divergence:
    """One difference, for an operator."""

    thing: str
    """The key of a ticket, or the prefix of a counter."""
    found: str
    done: str
    repaired: bool = False

    def __str__(self) -> str:
        return f"{self.thing}: {self.found}; {self.done}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The revisions of a ticket, compared on record and in its history."""

    missing: tuple[int, ...] = ()
    """Revisions that are in the history, but not on record."""
    lost: tuple[int, ...] = ()
    """Revisions that are neither on record nor in the history that Temporal still keeps."""
    ahead: tuple[int, ...] = ()
    """Revisions on record that the open ticket does not have."""
    different: tuple[int, ...] = ()
    """Revisions whose recorded step differs from the step of the history."""
    unrecorded: tuple[int, ...] = ()
    """Revisions that the ticket has not recorded yet; the ticket keeps trying."""


def compared(recorded: OnRecord | None, replayed: Replayed | None) -> Comparison:
    """Compares the steps of one ticket."""
    known = recorded.contents if recorded else {}
    steps = {step.revision: step for batch in replayed.batches for step in batch.steps} if replayed else {}
    newest = max([*known, *steps], default=0)
    missing = [one for one in range(1, newest + 1) if one not in known]
    ahead = [one for one in known if replayed and not replayed.ended and one > replayed.revision]
    other = [
        one
        for one, step in sorted(steps.items())
        if known.get(one) is not None and known[one] != content_of(entries_of(step))
    ]
    return Comparison(
        tuple(one for one in missing if one in steps),
        tuple(one for one in missing if one not in steps),
        tuple(sorted(ahead)),
        tuple(other),
        tuple(range(replayed.recorded + 1, replayed.revision + 1)) if replayed else (),
    )


def revisions(numbers: Iterable[int]) -> str:
    """Revision numbers in words: ``revision 3``, ``revisions 2, 4–7``."""
    ordered = sorted(numbers)
    starts = [ordered[0], *(after for before, after in pairwise(ordered) if after != before + 1)]
    ends = [*(before for before, after in pairwise(ordered) if after != before + 1), ordered[-1]]
    runs = [f"{a}" if a == b else f"{a}–{b}" for a, b in zip(starts, ends, strict=True)]
    return f"{'revision' if len(ordered) == 1 else 'revisions'} {', '.join(runs)}"
