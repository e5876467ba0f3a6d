"""``expect: {started, sent}``: what went beyond the ticket since the last ``expect``, in order, on the keys given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from definitions.schema import expectations as written
from definitions.schema.model import Json
from definitions.schema.process import FieldSpec
from workflows.engine.scenarios.comparing import same_value
from workflows.engine.scenarios.differences import beside, lists, shown
from workflows.engine.scenarios.other_tickets import SentEvent, StartedTicket
from workflows.engine.scenarios.setting import Setting

E = TypeVar("E")
F = TypeVar("F")
Difference = tuple[tuple[str | int, ...], str]
"""The path below ``expect``, and what is expected there beside what was found."""


def started_differences(
    setting: Setting, expected: Sequence[written.ExpectedStart], found: Sequence[StartedTicket]
) -> Iterator[Difference]:
    """Which tickets were started; where these are the right ones, whether it was with the right fields."""

    def is_meant(one: written.ExpectedStart, other: StartedTicket) -> bool:
        name = one.workflow if other.is_workflow else one.process
        return name == other.name and one.key in (None, other.key) and one.link in (None, other.link)

    def said(one: written.ExpectedStart) -> str:
        return str(StartedTicket(one.process or one.workflow or "", one.key, link=one.link))

    if not _same(expected, found, is_meant):
        yield ("started",), lists(_worded(expected, found, is_meant, said), [str(other) for other in found])
        return
    for index, (one, other) in enumerate(zip(expected, found, strict=True)):
        process = setting.known(other.name)
        specs = process.fields if process and not other.is_workflow else {}
        for key, values in (("with", one.with_), ("fields", one.fields)):
            for name, text in _in_values(specs, values, other.fields):
                yield ("started", index, key, name), text


def sent_differences(expected: Sequence[written.ExpectedSend], found: Sequence[SentEvent]) -> Iterator[Difference]:
    """Which events went where; where these are the right ones, whether it was with the right values."""

    def is_meant(one: written.ExpectedSend, other: SentEvent) -> bool:
        return one.event == other.event and one.to in (None, other.to, (other.written,))

    def said(one: written.ExpectedSend) -> str:
        return str(SentEvent(one.event, one.to, "")) if one.to else one.event

    if not _same(expected, found, is_meant):
        yield ("sent",), lists(_worded(expected, found, is_meant, said), [str(other) for other in found])
        return
    for index, (one, other) in enumerate(zip(expected, found, strict=True)):
        for name, text in _in_values({}, one.with_, other.fields):
            yield ("sent", index, "with", name), text


def _same(expected: Sequence[E], found: Sequence[F], is_meant: Callable[[E, F], bool]) -> bool:
    return len(expected) == len(found) and all(map(is_meant, expected, found))


def _worded(
    expected: Sequence[E], found: Sequence[F], is_meant: Callable[[E, F], bool], said: Callable[[E], str]
) -> list[str]:
    """What was expected, in the words of what answers to it, so that a difference is one line."""
    left = list(found)
    words: list[str] = []
    for one in expected:
        met = next((other for other in left if is_meant(one, other)), None)
        if met is not None:
            left.remove(met)
        words.append(said(one) if met is None else str(met))
    return words


def _in_values(
    specs: Mapping[str, FieldSpec], expected: Mapping[str, Json], found: Mapping[str, Json]
) -> Iterator[tuple[str, str]]:
    for name, value in expected.items():
        if not same_value(specs.get(name), value, found.get(name)):
            yield name, beside(shown(value), shown(found.get(name)))
