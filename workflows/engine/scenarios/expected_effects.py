"""``expect: {started, sent}``: tickets started and events sent since the last ``expect``, on the given keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from definitions.schema import expectations as written
from definitions.schema.model import Json
from definitions.schema.process import FieldSpec
from workflows.engine.scenarios.comparison import same_value
from workflows.engine.scenarios.differences import beside, lists, shown
from workflows.engine.scenarios.other_tickets import SentEvent, StartedTicket
from workflows.engine.scenarios.setting import Setting

E = TypeVar("E")
F = TypeVar("F")
Difference = tuple[tuple[str | int, ...], str]
"""The path below ``expect``, and the difference in words."""


def started_differences(
    setting: Setting, expected: Sequence[written.ExpectedStart], found: Sequence[StartedTicket]
) -> Iterator[Difference]:
    """The differences of the started tickets; if these are as expected, of their fields."""

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
    """The differences of the sent events and their addresses; if these are as expected, of their values."""

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
    """The expected elements, in the words of the found ones that match them, so that only real differences show."""
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
