"""``expect: {service_levels: …}``: the present readings of clocks, on the given keys (LANGUAGE, sections 6 and 9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from definitions.durations import format_seconds
from definitions.schema.expectations import ClockExpectation
from definitions.schema.model import Json
from definitions.times import Instant, to_text
from workflows.engine import business_time
from workflows.engine.model.clock import ClockReading
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.scenarios.comparison import length
from workflows.engine.scenarios.differences import beside, shown
from workflows.engine.scenarios.setting import Setting
from workflows.engine.service_levels.clocks import readings


def clocks_at(setting: Setting, snapshot: Snapshot, now: Instant) -> Mapping[str, ClockReading]:
    """The reading of every service level at ``now``, by calendars that are long enough."""
    compiled = setting.compiled
    while True:
        try:
            return readings(compiled, snapshot, now)
        except business_time.BeyondHorizon as beyond:
            compiled = setting.longer(compiled, beyond.needed_until)


def differences(expected: ClockExpectation, found: ClockReading) -> Iterator[tuple[str, str]]:
    """The differences of one service level, by key."""
    for key in _KEYS:
        if key not in expected.model_fields_set:
            continue
        wanted, value = getattr(expected, key), getattr(found, key)
        read, show = _KEYS[key]
        try:
            same = (None if wanted is None else read(wanted)) == value
        except ValueError:
            yield key, f"{wanted!r} is not a length: write 3m45s"
            continue
        if not same:
            in_words = to_text(wanted) if isinstance(wanted, int) else shown(wanted)
            yield key, beside(in_words, "null" if value is None else show(value))


def _same(value: Json) -> Json:
    return value


_KEYS: Mapping[str, tuple[Callable[[Json], Json], Callable[[Json], str]]] = {
    "status": (_same, str),
    "due": (_same, to_text),
    "elapsed": (length, format_seconds),
    "actual": (length, format_seconds),
    "remaining": (length, format_seconds),
    "breached_at": (_same, to_text),
}
