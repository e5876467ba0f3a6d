"""A worker that dies between a record and the end of its workflow task, and the Temporal server with it.

The file that ``DEADLY_RECORDS`` names holds the process id of the server; while it exists, the next record is the last.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from activities.actions import Context, action
from activities.records.outbox import ByRevision
from activities.records.store import Records
from tests.servers.deploying import Verdict, Wave
from workflows.contracts import RecordBatch, RecordResult

FILE = "DEADLY_RECORDS"
_record = Records.record


def record(self: Records, batch: RecordBatch, notifications: ByRevision) -> RecordResult:
    """Records as always; then, where the file exists, everything that knows of it dies."""
    result = _record(self, batch, notifications)
    file = Path(os.environ[FILE])
    if file.exists():
        server = int(file.read_text())
        file.unlink()
        os.kill(server, signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)
    return result


@action("answer")
def answer(wanted: Wave, context: Context) -> Verdict:
    """Answers at once: a worker loads this module for its actions."""
    return Verdict(healthy=bool(wanted.targets and context.id))


if FILE in os.environ:  # in the worker alone: a crash at this very point can't be timed from outside
    Records.record = record  # type: ignore[method-assign]
