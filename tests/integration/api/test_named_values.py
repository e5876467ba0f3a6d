"""People, teams and services that values name: one reading and one refusal at the edge, the worker and in scenarios.

The same table is played on scenarios in ``tests/unit/engine/scenarios/test_named_values.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from activities.opening import open_ticket
from activities.records.migrate import migrate
from activities.records.store import Records
from activities.world import World
from api.local.installation import Installation
from definitions.digest import digest
from definitions.loading.loader import ProcessFile
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.text.source import Source, read_source
from tests.servers.installations import Person, created, installed, problem
from tests.servers.worlds import NOW, ORGANIZATION
from tests.unit.engine.scenarios.named_values import ASSIGNEES, FIRST, PATHS, PROCESS, ROWS, Taken, Wrong
from workflows.contracts import OpenRequest


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with the table's process beside the shipped ones."""
    own: Path = tmp_path_factory.mktemp("definitions")
    (own / "processes").mkdir()
    (own / "processes" / "named.yaml").write_text(PROCESS.replace("default: nobody_here", "default: erin"))
    with installed(tmp_path_factory.mktemp("installation"), definitions=own) as running:
        yield running


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Records]:
    """An empty store."""
    url = f"sqlite:///{tmp_path_factory.mktemp('records') / 'records.sqlite3'}"
    migrate(url)
    store = Records(url)
    yield store
    store.close()


def bring(person: Person, path: str, values: Mapping[str, Any], ticket: str) -> httpx.Response:
    match path.partition(" ")[0]:
        case "edit":
            return person.http.patch(f"/v1/tickets/{ticket}/fields", json=dict(values))
        case "event":
            return person.send(ticket, "ask", **values)
        case "task":
            return person.http.post(f"/v1/tickets/{ticket}/tasks/do", json={"fields": dict(values), "result": "done"})
        case _:
            return person.http.post("/v1/tickets", json={"process": "named", "fields": dict(values)})


@pytest.mark.parametrize("path", PATHS)
def test_the_edge_takes_and_refuses_the_values_of_the_table(path: str, alice: Person) -> None:
    """A value that names a person, team or service has one form and one refusal, however it arrives over HTTP."""
    found: dict[str, Taken | Wrong] = {}
    for row, (field, value, _) in ROWS.items():
        ticket = "" if path == "start" else str(alice.start("named")["key"])
        answer = bring(alice, path, {field: value}, ticket)
        if answer.is_success:
            found[row] = Taken(alice.read(created(answer)["key"])["fields"].get(field))
        else:
            told = problem(answer, 422, "invalid_fields")
            assert told["fields"] == [field]
            found[row] = Wrong(told["detail"])
    assert found == {row: outcome for row, (_, _, outcome) in ROWS.items()}


def test_the_edge_reads_an_assignee_as_the_table_says(alice: Person) -> None:
    """Blanks around an assignee are not part of the name."""
    found: dict[str, str | Wrong | None] = {}
    for row, (value, _) in ASSIGNEES.items():
        ticket = str(alice.start("named")["key"])
        answer = bring(alice, "event", {"assignee": value}, ticket)
        found[row] = answer.json()["assignee"] if answer.is_success else Wrong(answer.json()["detail"])
    assert found == {row: outcome for row, (_, outcome) in ASSIGNEES.items()}


@pytest.mark.parametrize("case", FIRST)
def test_the_edge_says_first_what_stands_before_the_values(case: str, person: Any) -> None:
    """A person without permission learns that, and not which people exist."""
    path, actor, code = FIRST[case]
    ticket = str(person("alice").start("named", reviewers=["erin"])["key"])
    if path.endswith("end"):
        created(person("alice").send(ticket, "close"))
    problem(bring(person(actor), path, {"who": "ghost"}, ticket), 409 if code == "ended" else 403, code)


@pytest.mark.parametrize("row", ROWS)
def test_the_worker_takes_and_refuses_the_values_of_the_table(row: str, records: Records) -> None:
    """A ticket opened by a schedule or another ticket accepts the same values as one opened by a person."""
    source = read_source(PROCESS.encode(), "named.yaml")
    assert isinstance(source, Source), source
    process = Process.model_validate(source.data)
    file = ProcessFile(process, source, digest(process))
    world = World(Organization.model_validate(ORGANIZATION), {}, {"named": file})
    field, value, outcome = ROWS[row]
    answer = open_ticket(world, records, OpenRequest(f"id of {row}", "named", {field: value}, "schedule"), NOW)
    if isinstance(outcome, Wrong):
        assert answer.problem is not None
        assert answer.problem.removeprefix("invalid_fields: ") == outcome.reason
    else:
        assert answer.problem is None
        assert answer.key
