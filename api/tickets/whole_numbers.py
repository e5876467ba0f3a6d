"""Whole numbers in the bodies of requests."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

EXACT = 2**53
"""Every reader of JSON, and so of OpenAPI, reads a whole number below it exactly (RFC 8259, section 6)."""


def _whole(value: object) -> object:
    """``7.0`` is a whole number in JSON, as JSON Schema has it (2020-12, section 4.2.3)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


FromZero = Annotated[int, Field(ge=0, lt=EXACT), BeforeValidator(_whole)]
FromOne = Annotated[int, Field(ge=1, lt=EXACT), BeforeValidator(_whole)]
