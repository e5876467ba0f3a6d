"""The container files, as far as they can be checked without a container engine."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from activities.secrets import checked_reference
from activities.settings import Settings as WorldSettings
from api.cli.main import app
from api.settings import EdgeSettings
from tests.paths import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OWN = sorted(name for name, service in SERVICES.items() if "build" in service)
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def instructions(word: str) -> list[str]:
    """What follows a Dockerfile's instructions of one kind."""
    return re.findall(rf"^{word}\s+(.+)$", DOCKERFILE, re.MULTILINE)


def stanchion_variables() -> set[str]:
    fields = {*EdgeSettings.model_fields, *WorldSettings.model_fields}
    return {f"STANCHION_{name.upper()}" for name in fields}


def exit_code(command: list[str]) -> int:
    """Of a command line that is read but not run: 0, or 2 for one that is wrong."""
    return CliRunner().invoke(app, [*command, "--help"]).exit_code


def expanded(text: str, environment: dict[str, str]) -> str:
    """A value of the file as Compose expands it; raises KeyError for a variable that must be set and is not."""

    def one(match: re.Match[str]) -> str:
        name, sign, default = match.groups()
        return environment[name] if sign != "-" else environment.get(name) or str(default)

    return VARIABLE.sub(one, text)


def images() -> list[str]:
    arguments = dict(argument.split("=", 1) for argument in instructions("ARG"))
    bases = [line.split()[0] for line in instructions("FROM")]
    return [*(service["image"] for service in SERVICES.values()), *(expanded(base, arguments) for base in bases)]


def test_the_parts_of_an_installation() -> None:
    """An installation is PostgreSQL, Temporal with its screen, the records' tables, a worker and the API."""
    assert set(SERVICES) == {"postgresql", "temporal", "temporal-ui", "records", "worker", "api"}
    assert OWN == ["api", "records", "worker"]


@pytest.mark.parametrize("name", OWN)
def test_settings_are_known(name: str) -> None:
    """Every STANCHION_ variable of a container is one that the settings read."""
    given = {variable for variable in SERVICES[name]["environment"] if variable.startswith("STANCHION_")}
    assert given
    assert given <= stanchion_variables()


@pytest.mark.parametrize("name", OWN)
def test_settings_are_valid(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of a container load, and what they call a secret is a reference that leads somewhere."""
    environment = {
        variable: expanded(str(value), {"POSTGRES_PASSWORD": "a:b/c@d"})
        for variable, value in SERVICES[name]["environment"].items()
    }
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    assert EdgeSettings().temporal == "temporal:7233"
    assert WorldSettings().records_password == checked_reference("env:PGPASSWORD")
    assert WorldSettings().records_location() == "postgresql://stanchion:a%3Ab%2Fc%40d@postgresql:5432/stanchion"


@pytest.mark.parametrize("name", OWN)
def test_commands_are_known(name: str) -> None:
    """Every container runs a command, with options, that the command line has."""
    assert exit_code(SERVICES[name]["command"]) == 0


def test_a_command_that_is_none_is_noticed() -> None:
    """A misspelt command or option does not pass for a known one."""
    assert exit_code(["workr"]) == 2
    assert exit_code(["worker", "--defs", "x"]) == 2


def test_the_image_runs_a_known_command() -> None:
    """The image's entry point is the installed command, and its default command is one of its own."""
    assert instructions("ENTRYPOINT") == ['["stanchion"]']
    assert exit_code(yaml.safe_load(instructions("CMD")[-1])) == 0


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_ports_are_published_on_loopback_only(name: str) -> None:
    """Nothing is reachable from outside the machine."""
    assert all(str(port).startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))
    assert SERVICES[name].get("network_mode") is None


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_services_wait_for_what_they_need(name: str) -> None:
    """A service waits for another that is there, and for its health only where that can be told."""
    for needed, wait in SERVICES[name].get("depends_on", {}).items():
        health = SERVICES[needed].get("healthcheck", {})
        if wait["condition"] == "service_healthy":
            assert "test" in health
        else:
            assert wait["condition"] == "service_completed_successfully"
            assert SERVICES[needed]["restart"] == "on-failure"


def test_images_have_versions() -> None:
    """No image is taken by a tag that moves to the next major version, and none without a tag."""
    for image in images():
        tag = image.partition(":")[2]
        assert re.match(r"\d+\.\d+", tag), image


def test_no_password_has_a_default() -> None:
    """A password is asked for: the file names where it comes from, and never holds one."""
    passwords = [
        str(value)
        for service in SERVICES.values()
        for variable, value in service["environment"].items()
        if re.search(r"PASSWORD|PWD|SECRET|TOKEN", variable)
    ]
    assert passwords
    for value in passwords:
        assert value.startswith("env:") or re.fullmatch(r"\$\{\w+:\?[^}]+\}", value), value


def test_the_example_environment_is_complete() -> None:
    """.env.example names every variable that the file takes, and nothing else; what must be set is empty there."""
    wanted = {name: sign for name, sign, _ in VARIABLE.findall((ROOT / "docker-compose.yml").read_text("utf-8"))}
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE)) == set(wanted)
    assert set(re.findall(r"^([A-Z_]+)=$", example, re.MULTILINE)) == {
        name for name, sign in wanted.items() if sign == "?"
    }


@pytest.mark.parametrize("name", OWN)
def test_the_example_settings_are_valid(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every container reads stanchion.env where there is one, and with all of the example set its settings load."""
    assert SERVICES[name]["env_file"] == [{"path": "stanchion.env", "required": False}]
    example = (ROOT / "stanchion.env.example").read_text(encoding="utf-8")
    given = dict(re.findall(r"^# ([A-Z_]+)=(.*)$", example, re.MULTILINE))
    own = {variable for variable in given if variable.startswith("STANCHION_")}
    assert own <= stanchion_variables()
    referred = {value.removeprefix("env:") for value in given.values() if value.startswith("env:")}
    assert referred == {variable for variable, value in given.items() if not value} == set(given) - own
    for variable in own:
        monkeypatch.setenv(variable, given[variable])
    settings = WorldSettings()
    assert (settings.smtp_password, settings.callback_keys) == ("env:SMTP_PASSWORD", ("env:CALLBACK_KEY",))


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_mounted_files_exist(name: str) -> None:
    """What is mounted is a declared volume, or a file or folder of this repository."""
    for volume in SERVICES[name].get("volumes", []):
        source = expanded(volume, {}).split(":")[0]
        assert (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]


def test_what_the_image_copies_exists() -> None:
    """Everything that the image copies is in the repository, and is not kept out of the build."""
    copied = [source for line in instructions("COPY") if "--from" not in line for source in shlex.split(line)[:-1]]
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    assert set(copied) == kept
    assert all((ROOT / source).exists() for source in copied)


def test_the_image_does_not_run_as_root() -> None:
    """The last user of the image is not root, and nothing runs before that one is made."""
    assert instructions("USER")[-1] == "10001"


def test_the_health_check_is_a_program() -> None:
    """The image's health check is Python that compiles, and asks the API's own health route."""
    check = DOCKERFILE.partition("HEALTHCHECK")[2].partition("CMD")[2].splitlines()[0]
    python, flag, program = yaml.safe_load(check)
    assert (python, flag) == ("python", "-c")
    compile(program, "HEALTHCHECK", "exec")
    assert "/healthz" in program
