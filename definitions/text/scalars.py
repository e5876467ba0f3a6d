"""Plain YAML scalars: their values (YAML 1.2 core schema; LANGUAGE, section 1) and their words in messages."""

from __future__ import annotations

import re
from typing import TypeAlias

Scalar: TypeAlias = str | int | float | bool | None

_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,18})")
_OCTAL = re.compile(r"0o[0-7]{1,21}")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]{1,16}")
_FLOAT = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?(e[-+][0-9]{1,3})?")
_INT64 = range(-(2**63), 2**63)


def plain_scalar(text: str) -> Scalar:
    """The value of an unquoted scalar.

    Text is a number only if the number is written in exactly this way. So ``1.10``, ``007`` and a 20-digit reference
    stay text. ``0o17`` and ``0x1F`` are the core schema's octal and hexadecimal numbers.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "-0123456789":
        return text
    return _number(text)


def _number(text: str) -> Scalar:
    number: int | None = None
    if _DECIMAL.fullmatch(text):
        number = int(text)
        if str(number) != text:
            return text
    elif _OCTAL.fullmatch(text):
        number = int(text[2:], 8)
    elif _HEXADECIMAL.fullmatch(text):
        number = int(text[2:], 16)
    if number is not None:
        return number if number in _INT64 else text
    if _FLOAT.fullmatch(text) and repr(float(text)) == text:
        return float(text)
    return text


def shown(value: object) -> str:
    """A value of a file in words, cut to a readable length."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, int | float):
        return f"the number {value}"
    text = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in str(value)[:61])
    return f"'{text[:60]}…'" if len(text) > 60 else f"'{text}'"
