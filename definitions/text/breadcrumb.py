"""The name of the object at a path of a file: ``state 'authorize' › approval › need``."""

from __future__ import annotations

from definitions.text.problems import Path

_NAMED = {
    "states": "state", "fields": "field", "tables": "table", "service_levels": "service level", "on": "on",
    "people": "person", "teams": "team", "roles": "role", "services": "service", "calendars": "calendar",
    "freezes": "freeze", "at": "at",
}  # fmt: skip
"""Keys whose content has names: the key and the name make one crumb."""
_COUNTED = {
    "entry": "entry › {} step", "exit": "exit › {} step", "do": "do › {} step",
    "stages": "{} stage", "after": "after › {} transition", "always": "always › {} transition",
    "invariants": "{} invariant", "triggers": "{} trigger", "schedules": "{} schedule", "tasks": "{} task",
    "run": "run › {} step", "steps": "{} step", "out_of_office": "{} out of office",
}  # fmt: skip
"""Keys whose content is a list: the key and the position make one crumb."""


def crumb(path: Path) -> str:
    """Name the object at ``path``. The elements of a list are counted from 1."""
    words: list[str] = []
    rest = list(path)
    while rest:
        key = rest.pop(0)
        if isinstance(key, int):
            words.append(ordinal(key + 1) + _element_of(words[-1] if words else ""))
        elif rest and key in _NAMED and isinstance(rest[0], str) and not _is_value(words, path):
            words.append(f"{_NAMED[key]} '{rest.pop(0)}'")
        elif rest and key in _COUNTED and isinstance(rest[0], int) and not (key == "after" and _in_task(words)):
            words.append(_COUNTED[key].format(ordinal(int(rest.pop(0)) + 1)))
        else:
            words.append(key)
    return " › ".join(words)


def _element_of(word: str) -> str:
    """The kind of the elements of a named list: the transitions of an event, or the steps of a threshold."""
    return " transition" if word.startswith("on '") else " step" if word.startswith("at '") else ""


def _in_task(words: list[str]) -> bool:
    """Under a task, ``after`` holds names and not transitions."""
    return bool(words) and words[-1].endswith(" task")


def _is_value(words: list[str], path: Path) -> bool:
    """Inside ``expect`` and ``given`` of a scenario, ``fields`` holds values and not declarations."""
    return bool(path) and path[0] in ("steps", "given") and bool(words)


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th … 11th … 21st."""
    last = number % 10
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(last, "th") if number % 100 not in (11, 12, 13) else "th"
    return f"{number}{suffix}"
