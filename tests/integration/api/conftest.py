"""The API over a real Temporal server, a real worker and real records."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from api.cli import main
from api.local.installation import Installation
from tests.servers.installations import Person, Run, installed


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One installation for all of these tests; each test opens its own tickets."""
    with installed(tmp_path_factory.mktemp("installation")) as running:
        yield running


@pytest.fixture
def person(installation: Installation) -> Iterator[Callable[[str | None], Person]]:
    """The person with this id; None is an anonymous caller."""
    people: list[Person] = []

    def named(who: str | None) -> Person:
        people.append(Person(installation.url, who))
        return people[-1]

    yield named
    for one in people:
        one.http.close()


@pytest.fixture
def alice(person: Callable[[str], Person]) -> Person:
    """Opens tickets; a member of the service desk."""
    return person("alice")


@pytest.fixture
def carol(person: Callable[[str], Person]) -> Person:
    """The change manager and owner of the e-mail service."""
    return person("carol")


@pytest.fixture
def erin(person: Callable[[str], Person]) -> Person:
    """A member of the CAB who has no part in incidents."""
    return person("erin")


@pytest.fixture
def run(installation: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line as alice and returns its exit code, output and errors."""
    monkeypatch.setenv("STANCHION_URL", installation.url)
    monkeypatch.setenv("STANCHION_ACTOR", "alice")

    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["stanchion", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return command
