"""Notices that wait for the opening of a ``quiet`` calendar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from definitions.times import Instant
from workflows.engine.draft.draft import Draft
from workflows.engine.draft.view import View
from workflows.engine.model.coming import Coming
from workflows.engine.model.snapshot import Snapshot


def fire(draft: Draft) -> None:
    """Sends the notices held until now."""
    draft.release_held(draft.now)


def moments(snapshot: Snapshot) -> Sequence[Instant]:
    """The openings of the calendars of held notices."""
    return [held.at for held in snapshot.held] if snapshot.held else ()


def coming(view: View) -> Iterator[Coming]:
    """The same moments, worded for people."""
    for held in view.held:
        yield Coming(held.at, "a notice held until working hours goes out", str(held.notice.context.get("state") or ""))
