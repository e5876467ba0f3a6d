"""What counts as a failure of a workflow task, and how its cause is worded."""

from __future__ import annotations

import pytest
from temporalio.api.enums.v1 import EventType, TimeoutType
from temporalio.api.enums.v1 import WorkflowTaskFailedCause as Cause
from temporalio.api.history.v1 import HistoryEvent
from temporalio.exceptions import ApplicationError, TerminatedError

from api.workflow_failures import CAUSES, LONGEST_CAUSE, failures_since_success, in_one_line, worded_cause

COMPLETED = HistoryEvent(event_id=1, event_type=EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)
FAILED = HistoryEvent(event_id=2, event_type=EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED)


def timed_out(kind: TimeoutType.ValueType) -> HistoryEvent:
    event = HistoryEvent(event_id=3, event_type=EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT)
    event.workflow_task_timed_out_event_attributes.timeout_type = kind
    return event


def test_failures_are_counted_since_the_last_success() -> None:
    """A failure before the last task that succeeded is over."""
    assert failures_since_success([FAILED, FAILED, COMPLETED, FAILED]) == [FAILED, FAILED]
    assert failures_since_success([COMPLETED, FAILED]) == []


def test_a_task_that_timed_out_has_not_failed() -> None:
    """A worker that is gone, dies or is held up tells nothing about the ticket: the next worker continues it."""
    held_up = timed_out(TimeoutType.TIMEOUT_TYPE_START_TO_CLOSE)
    gone = timed_out(TimeoutType.TIMEOUT_TYPE_SCHEDULE_TO_START)
    assert failures_since_success([held_up, gone]) == []
    assert failures_since_success([held_up, FAILED, gone]) == [FAILED]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ApplicationError("no summary", type="refused:missing_fields"), "refused:missing_fields: no summary"),
        (ApplicationError("1 error\n  Input: 'secret'", type="ValidationError"), "ValidationError: 1 error"),
        (TerminatedError("by hand"), "by hand"),
        (None, ""),
    ],
)
def test_a_cause_is_one_line(error: BaseException | None, words: str) -> None:
    """Only the first line of a failure is shown: further lines often hold the values that were wrong."""
    assert in_one_line(error) == words


@pytest.mark.parametrize(
    ("cause", "words", "told"),
    [
        (
            Cause.WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND,
            "",
            "force_close_command: Temporal ended the workflow task",
        ),
        (
            Cause.WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND,
            "ForceCloseCommand",
            "force_close_command: Temporal ended",
        ),
        (Cause.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR, "no timer 3", "non_deterministic_error: no timer 3"),
        (Cause.WORKFLOW_TASK_FAILED_CAUSE_BAD_BINARY, "", "bad_binary"),
        (9_999, "", "cause 9999"),
    ],
)
def test_a_cause_without_words_is_explained(cause: Cause.ValueType, words: str, told: str) -> None:
    """Temporal's own name alone does not tell an operator what to look for; the words of a worker come first."""
    assert worded_cause(cause, words).startswith(told)


def test_an_explained_cause_is_short() -> None:
    """Our own words have the bound of every other cause, and each stands for a cause that Temporal knows."""
    names = {name.removeprefix("WORKFLOW_TASK_FAILED_CAUSE_").lower() for name, _ in Cause.items()}
    assert set(CAUSES) <= names
    assert all(len(f"{name}: {words}") <= LONGEST_CAUSE for name, words in CAUSES.items())


def test_a_cause_is_cut() -> None:
    """A cause is bounded, however long the message is."""
    assert len(in_one_line(ApplicationError("x" * 10_000))) == LONGEST_CAUSE
