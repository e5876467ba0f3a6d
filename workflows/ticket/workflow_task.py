"""The identity of a workflow task, by which the records tell the writes of one task from those of another."""

from __future__ import annotations

from temporalio import workflow


def this_task() -> str:
    """Text that sorts in the order of a ticket's workflow tasks, over all its runs. Only in a workflow.

    When the run began, how long its history was then, what time it is: a task that is tried again finds a longer
    history or, from the third attempt on, a later time.
    """
    info = workflow.info()
    begun = int(info.start_time.timestamp() * 1_000_000)
    return f"{begun:017d}.{info.get_current_history_length():08d}.{workflow.time_ns():020d}"
