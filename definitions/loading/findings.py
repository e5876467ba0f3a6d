"""The errors of the models in the words of the language: the value found and the values expected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from definitions.loading.model_types import either, keys_of, models_at, types_at, words_for
from definitions.text.invalid_values import expected, own_words
from definitions.text.problems import Path
from definitions.text.scalars import shown
from definitions.text.suggestions import closest

_INSTEAD = {
    "transitions": "on", "events": "on", "event": "on", "target": "to", "goto": "to", "next": "to", "guard": "when",
    "if": "when", "condition": "when", "cond": "when", "timeout": "within", "deadline": "within", "approvers": "from",
    "who": "by", "id": "process", "name": "title", "label": "title", "enum": "options", "choices": "options",
    "values": "options", "on_entry": "entry", "on_exit": "exit", "onentry": "entry", "onexit": "exit",
    "start": "initial", "actions": "do", "expression": "value", "formula": "value", "email_to": "to",
    "members_of": "members", "holiday": "holidays", "timezone": "time_zone", "tz": "time_zone", "fork": "parallel",
}  # fmt: skip
"""Keys of other tools, with the key of this language; suggested where that key is allowed."""


_YAML_1_1 = ("yes", "no", "on", "off", "y", "n", "Yes", "No", "On", "Off")


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem without its place."""

    code: str
    message: str
    hint: str = ""
    about_key: bool = False


def mistyped(model: type[BaseModel], path: Path, value: Any) -> Finding:
    """A finding for a value of a type that is not allowed at ``path``."""
    words = [word for annotation in types_at(model, path) for word in words_for(annotation)]
    expected = either(list(dict.fromkeys(words))) if words else "another value"
    hint = ""
    if isinstance(value, bool | int | float) and any(_takes_text(word) for word in words):
        hint = f'write it in quotes to make it text: "{str(value).lower()}"'
    elif value in _YAML_1_1 and "true or false" in words:
        hint = "yes, no, on and off are text: write true or false"
    elif isinstance(value, str):
        hint = closest(value, [word.strip("'") for word in words if word.startswith("'")])
    code = "unknown-value" if isinstance(value, str) and all(word.startswith("'") for word in words) else "wrong-type"
    return Finding(code, f"found {shown(value)}, expected {expected}", hint)


def _takes_text(word: str) -> bool:
    return word == "text"


def worded(model: type[BaseModel], path: Path, error: ErrorDetails, value: Any) -> Finding:
    """A finding for any other error of the models."""
    by_key = error["loc"][-1:] == ("[key]",)
    if error["type"] == "extra_forbidden":
        return _unknown_key(model, path)
    if error["type"] == "missing":
        return Finding("missing-key", f"the key '{error['loc'][-1]}' is missing")
    if error["type"] == "value_error":
        return Finding("invalid-value", _own_words(error, value))
    words = _expected(path, value, expected(error) or str(error["msg"]), by_key)
    return Finding("invalid-key" if by_key else "invalid-value", words, "", by_key)


def _expected(path: Path, value: Any, words: str, by_key: bool) -> str:
    return f"found {shown(path[-1] if by_key else value)}, expected {words}"


def _own_words(error: ErrorDetails, value: Any) -> str:
    words = own_words(error)
    return words if isinstance(value, dict | list) else f"found {shown(value)}: {words}"


def _unknown_key(model: type[BaseModel], path: Path) -> Finding:
    key = str(path[-1])
    known = [name for one in models_at(model, path[:-1]) for name in keys_of(one)]
    instead = _INSTEAD.get(key.lower())
    if instead in known:
        hint = f"the key is '{instead}'"
    elif close := closest(key, known):
        hint = close
    else:
        hint = f"the keys allowed here are {', '.join(known)}" if known else ""
    return Finding("unknown-key", f"unknown key {shown(key)}", hint, about_key=True)
