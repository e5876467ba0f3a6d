"""Definitions in use: the current files if they are good, else the last good definitions."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any, NoReturn

import pytest

from api.definition_store import proved
from api.definition_store import store as in_store
from api.definition_store.store import Definitions, DefinitionStore, fingerprint
from api.local.installation import follow
from api.problems import RequestRefused
from api.settings import EdgeSettings
from definitions.loading import loader
from definitions.loading.folders import SHIPPED
from definitions.text.problems import DefinitionError
from workflows.engine import business_time

HOUR = 3_600
DAY = 24 * HOUR
STILL = 0.01
"""Seconds for which files must be unchanged here: nobody writes them meanwhile."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of definitions that a test may change: two of the shipped processes, which are proved in no time."""
    for kind in ("organization", "templates"):
        shutil.copytree(SHIPPED / kind, tmp_path / kind)
    (tmp_path / "processes").mkdir()
    for name in ("access_request", "knowledge_article"):
        shutil.copy(SHIPPED / "processes" / f"{name}.yaml", tmp_path / "processes")
    return tmp_path


@pytest.fixture(scope="module")
def shipped() -> DefinitionStore:
    """The definitions that come with the product, for tests that change nothing: proving them takes a second."""
    return DefinitionStore((SHIPPED,))


def retitle(folder: Path, title: str) -> None:
    file = folder / "processes" / "access_request.yaml"
    file.write_text(file.read_text().replace("title: Access request", title, 1))


async def test_changed_files_are_taken(folder: Path) -> None:
    """A reload takes the changed files and notifies the listeners."""
    store = DefinitionStore((folder,), None, STILL)
    heard: list[str] = []
    store.on_change(lambda new: heard.extend(one.title for one in new.summaries() if one.id == "access_request"))
    before = store.current.pinned("access_request", 0).digest
    retitle(folder, "title: Interruption")
    assert await store.reload()
    assert heard == ["Interruption"]
    assert store.current.pinned("access_request", 0).digest != before


async def test_last_good_definitions_stay(folder: Path) -> None:
    """With an error in a file the last good definitions stay and the error is reported, until the file is repaired."""
    store = DefinitionStore((folder,), None, STILL)
    retitle(folder, "titel: Interruption")
    assert not await store.reload()
    told = store.view()
    assert not told.current
    assert {one.code for one in told.problems if one.severity == "error"} >= {"unknown-key"}
    assert [one.title for one in told.processes if one.id == "access_request"] == ["Access request"]
    assert "the last good ones stay in use" in store.complaint()
    assert "access_request.yaml" in store.complaint()
    file = folder / "processes" / "access_request.yaml"
    file.write_text(file.read_text().replace("titel:", "title:"))
    assert await store.reload()
    assert store.view().current


WRONG = {
    'hours: {mon-thu: ["09:00-12:30", "13:30-18:00"], fri': 'hours: {mon-thu: ["25:00-26:00"], fri',
    "fri: [": 'thu: ["10:00-11:00"], fri: [',
    "time_zone: Europe/Berlin, calendar": "time_zone: Nowhere/Else, calendar",
    "members: [alice]": "members: [alice, zed]",
    "bob@example.com": '"bob@example.com\\r\\nBcc: eve@example.com"',
    "erin:  {name": "engine:  {name",
}
"""Mistakes in the organization's file: a text of the file, and the text in its place."""


@pytest.mark.parametrize("right", WRONG)
async def test_a_wrong_organization_is_never_taken(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, right: str
) -> None:
    """With a wrong organization the last good one stays, the log names the file, and a restart works as before."""
    kept = tmp_path_factory.mktemp("state") / "last-good"
    store = DefinitionStore((folder,), kept, STILL)
    file = folder / "organization" / "organization.yaml"
    changed = file.read_text().replace(right, WRONG[right], 1)
    assert changed != file.read_text()
    file.write_text(changed)
    assert not await store.reload()
    assert f"\nnot in use: {file.as_posix()}\n" in store.complaint()
    restarted = DefinitionStore((folder,), kept, STILL)
    assert restarted.current.pinned("access_request", 0).digest == store.current.pinned("access_request", 0).digest


async def test_a_half_written_file_is_never_taken(folder: Path) -> None:
    """A process whose file is still being written is taken when it is whole: its first half has no invariants."""
    store = DefinitionStore((folder,), None, 0.2)
    file = folder / "processes" / "access_request.yaml"
    whole = file.read_text().replace("title: Access request", "title: Interruption", 1)
    half = whole[: whole.index("invariants:")]
    seen: list[int] = []
    store.on_change(lambda new: seen.append(len(new.known("access_request").process.invariants)))

    async def write() -> None:
        for number in range(6):  # every look finds another half
            file.write_text(half + "#" * number)
            await asyncio.sleep(0.05)
        file.write_text(whole)

    writing = asyncio.create_task(write())
    await asyncio.sleep(0.01)
    assert await store.reload()
    await writing
    assert seen
    assert all(number > 0 for number in seen)
    assert [one.title for one in store.current.summaries() if one.id == "access_request"] == ["Interruption"]


async def test_many_reloads_are_one(folder: Path) -> None:
    """Whoever asks while the files are read gets the same answer, and unchanged files are not read again."""
    store = DefinitionStore((folder,), None, STILL)
    taken: list[Definitions] = []
    store.on_change(taken.append)
    retitle(folder, "title: Interruption")
    assert await asyncio.gather(*(store.reload() for _ in range(20))) == [True] * 20
    assert [one is store.current for one in taken] == [True]
    assert await store.reload()
    assert len(taken) == 1


async def test_problems_name_files_below_their_folder(folder: Path) -> None:
    """What the API gives of a problem never holds the path of the folder on the server."""
    store = DefinitionStore((folder,), None, STILL)
    text = (folder / "processes" / "access_request.yaml").read_text()
    (folder / "processes" / "second.yaml").write_text(text)
    assert not await store.reload()
    told = store.view()
    assert {one.file for one in told.problems if one.severity == "error"} == {"processes/second.yaml"}
    assert any("processes/access_request.yaml:" in one.hint for one in told.problems)
    assert folder.as_posix() not in told.model_dump_json()


def test_nothing_good_to_begin_with(folder: Path) -> None:
    """Without last good definitions, definitions with errors are refused, and the error holds every problem."""
    retitle(folder, "titel: Interruption")
    with pytest.raises(DefinitionError, match="unknown-key"):
        DefinitionStore((folder,), None, STILL)


async def test_last_good_definitions_outlive_a_restart(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A server that starts while the files have errors uses the last good definitions and reports that."""
    kept = tmp_path_factory.mktemp("state") / "last-good"
    DefinitionStore((folder,), kept, STILL)
    retitle(folder, "titel: Interruption")
    restarted = DefinitionStore((folder,), kept, STILL)
    assert not restarted.view().current
    assert [one.title for one in restarted.current.summaries() if one.id == "access_request"] == ["Access request"]
    retitle_back = folder / "processes" / "access_request.yaml"
    retitle_back.write_text(retitle_back.read_text().replace("titel:", "title:"))
    assert await restarted.reload()
    assert [
        one.title for one in DefinitionStore((folder,), kept, STILL).current.summaries() if one.id == "access_request"
    ] == ["Interruption"]


def test_fingerprint(folder: Path) -> None:
    """A file that is written, added or removed changes the fingerprint; an unrelated file does not."""
    seen = [fingerprint((folder,))]
    (folder / "notes.txt").write_text("hello")
    assert fingerprint((folder,)) == seen[0]
    retitle(folder, "title: Interruption of something")
    seen.append(fingerprint((folder,)))
    (folder / "templates" / "new.md").write_text("Subject: New\n\nNew.")
    seen.append(fingerprint((folder,)))
    (folder / "templates" / "new.md").unlink()
    (folder / "processes" / "knowledge_article.yaml").unlink()
    seen.append(fingerprint((folder,)))
    assert len(set(seen)) == len(seen)


def test_people(shipped: DefinitionStore) -> None:
    """An actor carries the organization's facts about them, and is every principal that follows from those facts."""
    people = shipped.current.people
    carol = people.actor("carol")
    assert carol is not None
    assert ("change_manager" in carol.roles, "email" in carol.owns, "alice" in carol.reports) == (True, True, True)
    principals = people.principals(carol)
    assert {"person:carol", "role:change_manager", "owner:email", "everyone", "manager_of(person:alice)"} <= principals
    assert "manager_of(team_of:email)" in principals
    assert not people.may_see(carol, ("person:bob", "team:cab"))
    assert people.actor("zed") is None


def test_unknown_ids(shipped: DefinitionStore) -> None:
    """Written fields that name a person, team or service that does not exist are reported, each with its reason."""
    definitions = shipped.current
    process = definitions.process("change")
    assert process is not None
    wrong = definitions.people.unknown(process, {"requester": "zed", "service": "email", "summary": "zed"})
    assert wrong == {"requester": "requester: there is no person 'zed'"}
    facts = definitions.people.facts(process, {"service": "email"})
    assert (facts["email"].owner, facts["email"].title) == ("carol", "E-mail")


def test_unknown_process(shipped: DefinitionStore) -> None:
    """A process that does not exist is a problem that names the existing processes."""
    with pytest.raises(RequestRefused, match=r"There are: .*change.*incident"):
        shipped.current.pinned("nothing", 0)


def test_machines_are_nobody_here(shipped: DefinitionStore) -> None:
    """Only people sign in at the edge: the engine and its like have no facts."""
    assert [shipped.actor(name) for name in ("engine", "schedule", "ticket:CHG-1", "")] == [None] * 4
    alice = shipped.actor("alice")
    assert alice is not None
    assert (alice.id, "service_desk" in alice.teams, "email" in alice.serves) == ("alice", True, True)


async def test_a_ticket_is_looked_at_with_its_own_calendars(folder: Path) -> None:
    """A ticket uses the calendars that it carries, not the organization's later hours; other calendars are today's."""
    store = DefinitionStore((folder,), None, STILL)
    carried = store.current.pinned("access_request", 0).calendars
    file = folder / "organization" / "organization.yaml"
    file.write_text(file.read_text().replace('"09:00-12:30", "13:30-18:00"', '"10:00-11:00"'))
    assert await store.reload()
    old, new = (
        store.current.compiled_with("access_request", 0, carried),
        store.current.compiled_since("access_request", 0),
    )
    assert old is not None
    assert new is not None
    week = [business_time.working_seconds(one.calendars["office"], 0, 7 * DAY) // HOUR for one in (old, new)]
    assert week == [38, 10]
    assert store.current.compiled_with("gone", 0, carried) is None


PAST = """\
process: remembered
title: Remembered
practice: incident_management
prefix: RMB
initial: work
states:
  work:
    initial: open
    states:
      open: {on: {touch: {to: past, by: everyone}, close: {to: closed, by: everyone}}}
      past: {history: shallow}
  closed: {final: true}
"""


async def test_a_history_without_initial_comes_into_use(folder: Path) -> None:
    """The reference's own example of a history keeps no server from starting, and no reload from an answer."""
    store = DefinitionStore((folder,))
    (folder / "processes" / "remembered.yaml").write_text(PAST)
    assert await store.reload()
    assert "remembered" in DefinitionStore((folder,)).current.loaded.processes


def fail(*_: object, **__: object) -> NoReturn:
    raise RuntimeError("no such luck\nat all")


@pytest.mark.parametrize("place", ["loader.check_process", "loader.validate", "proved.prove"])
async def test_a_fault_of_a_check_is_a_problem_of_its_file(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Where a check fails unexpectedly, the last good definitions stay in use, and the complaint names the file."""
    kept = tmp_path_factory.mktemp("state") / "last-good"
    store = DefinitionStore((folder,), kept)
    file = folder / "processes" / "remembered.yaml"
    file.write_text(PAST)
    module, name = place.split(".")
    target = {"loader": loader, "proved": proved}[module]
    whole = getattr(target, name)

    def failing(*given: Any, **more: Any) -> Any:
        return fail() if "remembered" in str(given[:2]) else whole(*given, **more)

    monkeypatch.setattr(target, name, failing)
    assert not await store.reload()
    (problem,) = [one for one in store.view().problems if one.severity == "error"]
    assert (problem.file, problem.line, problem.code) == ("processes/remembered.yaml", 1, "not-checked")
    assert problem.message == "this file can't be checked: RuntimeError: no such luck at all"
    assert store.complaint().splitlines()[:2] == [
        "definitions have 1 error; the last good ones stay in use",
        f"not in use: {file.as_posix()}",
    ]
    restarted = DefinitionStore((folder,), kept)
    assert not restarted.is_current
    assert [one.id for one in restarted.view().processes] == ["access_request", "knowledge_article"]


async def test_definitions_that_can_not_be_read_at_all(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure that belongs to no file leaves the last good definitions in use, too, and is no exception."""
    kept = tmp_path_factory.mktemp("state") / "last-good"
    store = DefinitionStore((folder,), kept)
    monkeypatch.setattr(in_store, "load_proved", fail)
    retitle(folder, "title: Interruption")
    assert not await store.reload()
    assert [one.code for one in store.view().problems] == ["not-checked"]
    assert not store.view().current
    assert not DefinitionStore((folder,), kept).is_current
    with pytest.raises(DefinitionError, match="not-checked"):
        DefinitionStore((folder,))


async def test_the_terminal_is_told_what_is_not_in_use(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The complaint lies beside the last good definitions while newer ones are not in use; ``up`` says it."""
    settings = EdgeSettings(state_folder=tmp_path_factory.mktemp("state"))
    store = DefinitionStore((folder,), settings.last_good("api"))
    said: asyncio.Queue[str] = asyncio.Queue()
    following = asyncio.create_task(follow(settings.not_in_use("api"), said.put_nowait, seconds=0.005))
    retitle(folder, "titel: Interruption")
    assert not await store.reload()
    file = folder / "processes" / "access_request.yaml"
    assert await asyncio.wait_for(said.get(), 20) == store.complaint()
    file.write_text(file.read_text().replace("titel:", "title:"))
    assert await store.reload()
    assert await asyncio.wait_for(said.get(), 20) == "the definitions are good again, and in use"
    following.cancel()
