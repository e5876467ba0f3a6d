"""All that a shell must know about time."""

from __future__ import annotations

from workflows.engine.snapshot import Instant, Snapshot


def next_deadline(snapshot: Snapshot) -> Instant | None:
    """The earliest moment (UTC seconds) at which ``step`` wants a ``Due``; None where nothing waits for time."""
    if snapshot.ended_at is not None:
        return None
    moments = [timer.at for timer in snapshot.timers if not timer.fired and timer.at is not None]
    for approval in snapshot.approvals.values():
        if approval.outcome is None:
            moments += [moment for moment in (approval.expires, approval.remind_at) if moment is not None]
    moments += [
        task.due
        for board in snapshot.tasks.values()
        for task in board
        if task.status == "open" and task.due is not None and not task.reminded
    ]
    moments += [clock.next_at for clock in snapshot.clocks.values() if clock.next_at is not None]
    moments += [held.at for held in snapshot.held]
    return min(moments, default=None)
