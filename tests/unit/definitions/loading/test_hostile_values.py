"""Whatever value stands in a file, its checks end in problems and never in an error of their own."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from definitions.calendars import compile_calendar
from definitions.checks import check_process
from definitions.checks.organizations import check_organization
from definitions.loading.folders import SHIPPED
from definitions.loading.loader import Loaded, load
from definitions.loading.validation import validate
from definitions.people.directory import Directory
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.schema.scenario import Scenario
from definitions.text.problems import Path
from definitions.text.source import Source, scan_source
from workflows.engine.proofs import prove
from workflows.engine.scenarios import run_scenario, setting_of

ANY: tuple[Any, ...] = (
    None, True, 0, -1, 2**63 - 1, -(2**63), 2**70, 1e308, "1e999", "", "\0", "\ud800", "\u202e", "a\r\nb", "x" * 5_000,
    "=", "=1/0", "=now + duration('99999999w')", "=9223372036854775807 + 1", "=[1][5]", "=ticket.", "{{ x", "{% for",
    "manager_of(" * 8, "person:", "team:\n", "../../etc", [], {}, [[]], {"a": {}},
)  # fmt: skip
"""Values for every place."""
OF_TIME: tuple[Any, ...] = (
    "99999999w", "999999999d", "999999999h", "999999999s", "0s", "٣d", "24:00", "* * * * *", "Mars/One", "0000-01-01",
    "0001-01-01", "9999-12-31", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-23:00", "2026-01-01T00:00:00+99:00",
    10**12, 2**63 - 1, "now - duration('999999999w')", "=now + duration('999999999d')", "=duration('999999999w')",
)  # fmt: skip
"""Values for the places of durations, dates, moments, hours and cron texts."""
_TIME = re.compile(r"\d+[smhdw]|\d{4}-\d\d-\d\d.*|[\d*/, -]{9,}|.*now.*|.*duration.*|\d\d:\d\d.*", re.DOTALL)
AT = 1_770_000_000


@cache
def shipped() -> Loaded:
    return load([SHIPPED])


def places(data: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value of a file, with its place."""
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inner:
        yield (*path, key), value
        yield from places(value, (*path, key))


def replaced(source: Source, draw: random.Random, *, of_time: bool) -> Source | None:
    """A file with one value replaced by a hostile one; None where the text itself is refused."""
    is_time = (lambda value: isinstance(value, str) and _TIME.fullmatch(value)) if of_time else lambda _: True
    found = [path for path, value in places(source.data) if is_time(value)]
    if not found:
        return None
    data = holder = copy.deepcopy(source.data)
    *way, last = draw.choice(found)
    for key in way:
        holder = holder[key]  # type: ignore[index]
    holder[last] = draw.choice(OF_TIME if of_time else ANY)  # type: ignore[index]
    return scan_source(json.dumps(data).encode(), source.file)[0]


def is_sound(problems: list[Any]) -> bool:
    """Whether there is no error; every problem can be printed."""
    return all(str(one) and one.severity == "warning" for one in problems)


@pytest.mark.parametrize("seed", range(40))
def test_a_hostile_value_in_a_process(seed: int) -> None:
    """A process with any value is refused with problems, or is proved."""
    draw, loaded = random.Random(seed), shipped()
    known = {name: file.process for name, file in loaded.processes.items()}
    for turn in range(3):
        file = draw.choice(list(loaded.processes.values()))
        source = replaced(file.source, draw, of_time=turn > 0)
        process = validate(source, Process)[0] if source is not None else None
        if source is None or process is None:
            continue
        if is_sound(check_process(process, source, loaded.organization, loaded.templates, known, {})) and turn == 2:
            is_sound(prove(process, source, loaded.organization))


@pytest.mark.parametrize("seed", range(20))
def test_a_hostile_value_in_an_organization(seed: int) -> None:
    """An organization with any value is refused with problems, or its calendars and absences can be used."""
    draw, loaded = random.Random(seed), shipped()
    files = [source for name, source in loaded.sources.items() if "/organization/" in name]
    for turn in range(10):
        source = replaced(draw.choice(files), draw, of_time=turn % 2 == 0)
        organization = validate(source, Organization)[0] if source is not None else None
        if source is None or organization is None or not is_sound(list(check_organization(organization, [source]))):
            continue
        for calendar in organization.calendars:
            compile_calendar(organization, calendar, AT, AT + 10_000_000)
        for person in organization.people:
            Directory(organization).next_absence(person, AT)


@pytest.mark.parametrize("seed", range(30))
def test_a_hostile_value_in_a_scenario(seed: int) -> None:
    """A scenario with any value is refused with problems, passes, or fails with its failures."""
    draw, loaded = random.Random(seed), shipped()
    known = {name: file.process for name, file in loaded.processes.items()}
    for turn in range(4):
        source = replaced(draw.choice(list(loaded.scenarios.values())).source, draw, of_time=turn % 2 == 0)
        scenario = validate(source, Scenario)[0] if source is not None else None
        file = loaded.processes.get(scenario.process) if scenario else None
        if scenario is None or file is None:
            continue
        result = run_scenario(scenario, setting_of(scenario, file.process, file.digest, loaded.organization, known, {}))
        assert all(str(one) for one in result.failures)
