"""Calendars that a process names, and the durations that it counts by them."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.calendars.rules import ALWAYS
from definitions.checks.subject import Subject
from definitions.durations import LONGEST_DAYS, is_too_long, parse_duration
from definitions.schema.process import ServiceLevel
from definitions.text.problems import Path, Problem

NEVER = "none"
"""The target of a clock that is never due."""


def calendars(subject: Subject) -> Iterator[Problem]:
    """A named calendar exists."""
    for path, name, _ in _places(subject):
        if name is None:
            continue
        if name.startswith("="):
            yield from subject.expression(path, name, "text")
        elif name not in (known := (*subject.organization.calendars, ALWAYS)):
            yield subject.unknown(path, "calendar", name, known)
    for path, step in subject.steps():
        quiet = step.notify.quiet if step.notify else None
        if quiet is not None and quiet not in (known := (*subject.organization.calendars, ALWAYS)):
            yield subject.unknown((*path, "notify", "quiet"), "calendar", quiet, known)


def durations(subject: Subject) -> Iterator[Problem]:
    """A duration is one number and one unit, or an expression; weeks can't be counted with a calendar."""
    for _, calendar, spans in _places(subject):
        for path, text in spans:
            if text.startswith("="):
                yield from subject.expression(path, text, "duration")
                continue
            try:
                unit = parse_duration(text).unit
            except ValueError:
                hint = "write one number and one unit: 90s, 15m, 4h, 3d or 2w"
                yield subject.problem(path, "bad-duration", f"'{text}' is not a duration", hint)
                continue
            if is_too_long(parse_duration(text)):
                yield too_long(subject, path, text)
            if unit == "w" and calendar not in (None, ALWAYS):
                hint = f"count working days: {5 * parse_duration(text).number}d"
                yield subject.problem(path, "weeks-with-calendar", "weeks can't be counted with a calendar", hint)


def too_long(subject: Subject, path: Path, text: str, *, key: bool = False) -> Problem:
    message = f"{text} is longer than a hundred years"
    return subject.problem(path, "duration-too-long", message, f"write at most {LONGEST_DAYS}d", key=key)


def needless(subject: Subject) -> Iterator[Problem]:
    """A calendar beside ``until`` counts nothing: a moment is a moment."""
    for one in subject.placed:
        for index, timed in enumerate(one.state.after):
            if timed.until is not None and timed.calendar is not None:
                message = "'calendar' has no effect beside 'until': a calendar counts a 'for'"
                path = (*one.path, "after", index, "calendar")
                yield subject.problem(path, "needless-calendar", message, "delete the calendar", key=True)


def lengths(subject: Subject) -> Iterator[Problem]:
    """The times for a task and for an attempt, and the thresholds of a service level, are within a hundred years."""
    for one in subject.placed:
        for index, task in enumerate(one.state.tasks or ()):
            if task.due is not None and is_too_long(parse_duration(task.due)):
                yield too_long(subject, (*one.path, "tasks", index, "due"), task.due)
        for index, step in enumerate(one.state.run or ()):
            if is_too_long(parse_duration(step.timeout)):
                yield too_long(subject, (*one.path, "run", index, "timeout"), step.timeout)
    for name, level in subject.process.service_levels.items():
        for threshold in level.at:
            if threshold[:1] in ("+", "-") and _is_long(threshold[1:]):
                yield too_long(subject, ("service_levels", name, "at", threshold), threshold, key=True)


def _is_long(text: str) -> bool:
    try:
        return is_too_long(parse_duration(text))
    except ValueError:
        return False  # reported by the check of thresholds


def _places(subject: Subject) -> Iterator[tuple[Path, str | None, list[tuple[Path, str]]]]:
    """Every place for a calendar, the calendar there, and the durations that it counts."""
    for one in subject.placed:
        for index, timed in enumerate(one.state.after):
            path = (*one.path, "after", index)
            spans = [((*path, "for"), timed.for_)] if timed.for_ is not None else []
            yield (*path, "calendar"), timed.calendar, spans
        approval, path = one.state.approval, (*one.path, "approval")
        if approval is not None:
            given = ((key, getattr(approval, key)) for key in ("within", "remind"))
            yield (*path, "calendar"), approval.calendar, [((*path, key), text) for key, text in given if text]
    for name, level in subject.process.service_levels.items():
        yield from _of_clock(("service_levels", name), level)


def _of_clock(path: Path, level: ServiceLevel) -> Iterator[tuple[Path, str | None, list[tuple[Path, str]]]]:
    if isinstance(level.target, str):
        yield (*path, "calendar"), level.calendar, [((*path, "target"), level.target)]
    else:
        rows = [(key, text) for key, text in level.target.items() if key != "by" and not text.startswith("=")]
        spans = [((*path, "target", key), text) for key, text in rows if text != NEVER]
        yield (*path, "calendar"), level.calendar, spans


CHECKS = (calendars, durations, lengths, needless)
