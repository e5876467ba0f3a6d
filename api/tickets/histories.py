"""The histories of a ticket's workflow: fetched from Temporal or read from files, and replayed against this build."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from temporalio.api.history.v1 import WorkflowExecutionStartedEventAttributes
from temporalio.client import Client, WorkflowHistory
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Interceptor, Replayer, UnsandboxedWorkflowRunner

from api.settings import EdgeSettings
from definitions.text.json_text import NotJson
from workflows.ticket.converter import data_converter
from workflows.ticket.messages import TicketInput
from workflows.ticket.names import workflow_id
from workflows.ticket.tracing import Traced, TracedTicket, recording

WRITTEN_BY = "Give a file that `temporal workflow show --output json` has written"
"""The way out for a file that is no history; the place that reports it ends the sentence."""


class NoHistoryError(Exception):
    """Temporal has no history of this ticket."""


class BadHistoryError(Exception):
    """What was given is not the history of a ticket."""


class TemporalAwayError(Exception):
    """Temporal does not answer."""


@dataclass(frozen=True, slots=True)
class Histories:
    """The runs of a ticket's workflow, the oldest first."""

    runs: tuple[WorkflowHistory, ...]
    complete: bool = True
    """False where Temporal has deleted the oldest runs."""


@dataclass(frozen=True, slots=True)
class RunTrace:
    """What a replay of one run has shown."""

    key: str
    events: tuple[Traced, ...]
    carried: int = 0
    """The revision with which the run began; 0 if the ticket was opened in this run."""
    failure: str | None = None
    """Why the replay has stopped: this build does not do what is in the history."""


async def fetch(settings: EdgeSettings, key: str) -> Histories:
    """The histories of a ticket that runs, or has ended and is still retained.

    Raises NoHistoryError and TemporalAwayError.
    """
    patience = timedelta(seconds=settings.request_seconds)
    try:
        client = await Client.connect(
            settings.temporal, namespace=settings.temporal_namespace, data_converter=data_converter()
        )
        return await runs_of(client, key, patience)
    except (RPCError, RuntimeError) as error:
        raise TemporalAwayError(f"{settings.temporal}: {why_away(error)}") from error


def why_away(error: Exception) -> str:
    """Why the server does not answer, without the structures that Temporal's library writes out."""
    found = re.search(r'(?:message|error): "((?:[^"\\]|\\.)*)"', str(error))
    return found[1] if found else str(error)


async def runs_of(client: Client, key: str, patience: timedelta) -> Histories:
    """The histories of a ticket, read by a client. Raises NoHistoryError, and what the client raises."""
    found: list[WorkflowHistory] = []
    run: str | None = None
    while run != "":
        try:
            handle = client.get_workflow_handle(workflow_id(key), run_id=run)
            history = await handle.fetch_history(rpc_timeout=patience)
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND or "namespace" in str(error).lower():
                raise
            if not found:
                raise NoHistoryError(key) from error
            return Histories(tuple(reversed(found)), complete=False)
        found.append(history)
        run = _started(history).continued_execution_run_id
    return Histories(tuple(reversed(found)))


def read(files: Sequence[Path]) -> Histories:
    """Histories as ``temporal workflow show --output json`` writes them, a file a run, in any order.

    Raises BadHistoryError.
    """
    found: dict[str, WorkflowHistory] = {}
    for file in files:
        try:
            history = WorkflowHistory.from_json(str(file), file.read_text(encoding="utf-8"))
        except OSError as error:
            raise BadHistoryError(f"{file} can't be read: {error.strerror}") from error
        except ValueError as error:  # not JSON, or not text
            why = NotJson(error) if isinstance(error, json.JSONDecodeError) else "it is not text in UTF-8"
            raise BadHistoryError(f"{file} is not a history of a workflow: {why}. {WRITTEN_BY}") from error
        except Exception as error:  # JSON, its reader for Protobuf, text that is none: each has errors of its own
            raise BadHistoryError(f"{file} is not a history of a workflow: {error}. {WRITTEN_BY}") from error
        run = _started(history).original_execution_run_id or str(file)
        if run in found:
            raise BadHistoryError(f"{found[run].workflow_id} and {file} are the same run: each run is replayed once")
        found[run] = history
    return Histories(tuple(sorted(found.values(), key=lambda one: one.events[0].event_time.ToNanoseconds())))


async def replay(history: WorkflowHistory, interceptors: Sequence[Interceptor] = ()) -> RunTrace:
    """Runs the ticket's workflow of this build over a history. Raises BadHistoryError where it is not a ticket's."""
    given = await _given(history)
    key = given.carried.snapshot.key if given.carried else given.opening.key if given.opening else ""
    events: list[Traced] = []
    replayer = Replayer(
        workflows=[TracedTicket],
        data_converter=data_converter(),
        interceptors=interceptors,
        workflow_runner=UnsandboxedWorkflowRunner(),
        debug_mode=True,  # a breakpoint in ``step`` is no deadlock
        runtime=_silent(),
    )
    with recording(history.workflow_id, events.append):
        result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
    failure = result.replay_failure
    carried = given.carried.snapshot.revision if given.carried else 0
    return RunTrace(key, tuple(events), carried, None if failure is None else _reason(str(failure)))


def _reason(failure: str) -> str:
    """The message in what Temporal's library says of a failed replay, which is a structure written out."""
    found = re.search(r'message: "((?:[^"\\]|\\.)*)"', failure)
    return found[1].replace("\\n", "\n").replace('\\"', '"') if found else failure


@cache
def _silent() -> Runtime:
    """Without a log of its own: what a replay finds is the answer."""
    quiet = LoggingConfig(TelemetryFilter(core_level="OFF", other_level="OFF"))
    return Runtime(telemetry=TelemetryConfig(logging=quiet))


async def _given(history: WorkflowHistory) -> TicketInput:
    started = _started(history)
    try:
        (given,) = await data_converter().decode(started.input.payloads, [TicketInput])
    except Exception as error:  # each converter of a payload has errors of its own
        raise _not_of_ticket(history, started) from error
    if not isinstance(given, TicketInput):
        raise _not_of_ticket(history, started)
    return given


def _not_of_ticket(history: WorkflowHistory, started: WorkflowExecutionStartedEventAttributes) -> BadHistoryError:
    of = f"workflow {started.workflow_type.name!r} is not a ticket of a process, or its first event was changed"
    return BadHistoryError(f"{history.workflow_id}: {of}")


def _started(history: WorkflowHistory) -> WorkflowExecutionStartedEventAttributes:
    events = list(history.events)
    if not events or not events[0].HasField("workflow_execution_started_event_attributes"):
        raise BadHistoryError(f"{history.workflow_id}: this is not the history of a workflow from its start")
    return events[0].workflow_execution_started_event_attributes
