"""The request to correct the time of a step; what is made of it is the core's."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from api.models import INT64, Body, Text
from definitions.times import to_instant


def _moment(text: str) -> str:
    try:
        to_instant(text)
    except OverflowError as error:
        raise ValueError("a moment is within the calendar's years") from error
    return text


class CorrectionBody(Body):
    step: int = Field(ge=1, lt=INT64, description="the revision of the step, as the timeline has it")
    at: Annotated[str, AfterValidator(_moment)] = Field(description="when it has really happened: RFC 3339")
    comment: Text = Field(default="", description="why; required")

    @property
    def instant(self) -> int:
        """UTC seconds."""
        return to_instant(self.at)
