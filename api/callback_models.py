"""What other systems say when they call back, and what they are answered."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from api.models import Body, PlainJson, Words

Reason = Annotated[Words, Field(max_length=2_000)]


class CallbackBody(Body):
    """What became of a request: either `done` with the result, which may be null, or `failed` with the reason."""

    done: PlainJson = Field(default=None, description="the result: any JSON, 100,000 bytes at most")
    failed: Reason | None = Field(default=None, description="why it failed, for people")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if len(self.model_fields_set) != 1 or (self.failed is None and "failed" in self.model_fields_set):
            raise ValueError("needs either done, with the result, or failed, with the reason")
        return self


class CallbackTaken(BaseModel):
    """The step has ended so; said again in the same way, it is answered the same."""

    ticket: str
    state: str
    outcome: Literal["done", "failed"]
