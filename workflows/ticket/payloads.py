"""The sizes of payloads: Temporal fails a workflow task whose command has a larger one, and tries it again for ever."""

from __future__ import annotations

from typing import Any, Final

from temporalio import workflow

from workflows.engine.model.interpreter import STRICT_CORE

LIMIT: Final = 2 * 1024 * 1024
"""Bytes that Temporal takes in one payload."""
MOST: Final = 1_900_000
"""Bytes that a run hands over in one payload: a codec that encrypts payloads adds a little."""


def fits(value: Any, interpreter: int) -> bool:
    """Whether a value fits into one payload of a run of this version. Only in a workflow.

    Older versions went to the limit: what they have handed over, a replay hands over again.
    """
    most = MOST if interpreter >= STRICT_CORE else LIMIT
    return len(workflow.payload_converter().to_payload(value).data) <= most
