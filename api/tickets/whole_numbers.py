"""Whole numbers in the bodies of requests."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

EXACT = 2**53
"""The bound below which every reader of JSON reads a whole number exactly (RFC 8259, section 6)."""


def _whole(value: object) -> object:
    """Reads ``7.0`` as the whole number 7, as JSON Schema does (2020-12, section 4.2.3)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


FromZero = Annotated[int, Field(ge=0, lt=EXACT), BeforeValidator(_whole)]
FromOne = Annotated[int, Field(ge=1, lt=EXACT), BeforeValidator(_whole)]
