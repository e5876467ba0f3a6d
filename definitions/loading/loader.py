"""Folders of files → processes that can run, and every problem of all files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from definitions.checks import check_process
from definitions.checks.actions import ActionSpec
from definitions.checks.organizations import check_organization
from definitions.checks.templates import check_templates
from definitions.digest import digest
from definitions.loading.containment import contained
from definitions.loading.destinations import Destinations, find_destinations, without_destinations
from definitions.loading.folders import Files, find_files, read_bytes
from definitions.loading.merge import claimed_twice, given_twice, merged, with_tables
from definitions.loading.validation import validate
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.schema.scenario import Scenario
from definitions.text.problems import DefinitionError, Problem
from definitions.text.source import Source, scan_source
from definitions.text.suggestions import closest
from definitions.text.yaml_reader import MAX_BYTES
from definitions.text.yaml_syntax import TextProblem, decode

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class ProcessFile:
    """A process that can run, with the organization's tables in it."""

    process: Process
    source: Source
    digest: str
    """SHA-256, in hex, of the process as it will run."""


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """A scenario and its file."""

    scenario: Scenario
    source: Source
    destinations: Mapping[str, ProcessFile] = field(default_factory=dict)
    """The destinations of its ``migrate`` steps, by ``to``, without those that are missing or can't be used."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The loaded definitions, and every problem. A file with an error is in ``problems`` only."""

    processes: Mapping[str, ProcessFile]
    """By process id."""
    organization: Organization
    templates: Mapping[str, str]
    """By name: ``change_scheduled`` for ``templates/change_scheduled.md``."""
    scenarios: Mapping[str, ScenarioFile]
    """By path within the folder: ``scenarios/change.yaml``."""
    problems: tuple[Problem, ...]
    """Problems of all files, sorted by place, including warnings."""
    sources: Mapping[str, Source]
    """By file name, as in problems."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity == "error")

    def or_raise(self) -> Loaded:
        """These definitions, if there is no error. Raises DefinitionError with every error otherwise."""
        if self.errors:
            raise DefinitionError(self.errors)
        return self


@dataclass(slots=True)
class _Read:
    """Files of one kind, read and validated."""

    sources: dict[str, Source] = field(default_factory=dict)
    """By path within the folder. A file with problems is included if its data is known."""
    problems: list[Problem] = field(default_factory=list)


def load(folders: Sequence[Path], actions: Mapping[str, ActionSpec] | None = None) -> Loaded:
    """Load the definitions of ``folders``, lowest first (see ``definitions.loading.folders.layers``).

    Never raises for the content of files: every problem is in the result. ``actions`` are the known Python actions; if
    they are given, a call of an unknown action is a warning.
    """
    files = find_files(folders)
    destinations = find_destinations(files, folders)
    files = without_destinations(files, destinations)
    problems = list(files.problems)
    organization, organization_read = _organization(files)
    process_models, process_read = _models(files, "processes", Process)
    scenario_models, scenario_read = _models(files, "scenarios", Scenario)
    template_files = _templates(files, problems)
    templates = {name: text for name, (_, text) in template_files.items()}
    for read in (organization_read, process_read, scenario_read):
        problems.extend(read.problems)
    sources = list(process_read.sources.values())
    claims = [*claimed_twice(sources, "process"), *claimed_twice(sources, "prefix")]
    problems.extend(claims)
    problems.extend(_scenarios_of_nothing(scenario_models, process_read, scenario_read))
    taken = {problem.file for problem in claims}
    usable = {path: model for path, model in process_models.items() if process_read.sources[path].file not in taken}
    declared = _declared(process_read, usable)
    problems.extend(check_templates(template_files, declared.values()))
    checker = _Checker(organization, organization_read, templates, declared, actions)
    processes: dict[str, ProcessFile] = {}
    for path, process in usable.items():
        checked = checker.checked(process, process_read.sources[path])
        if checked is not None:
            processes[checked.process.process] = checked
    led_to = _read_destinations(destinations, checker)
    scenarios = {
        path: ScenarioFile(one, scenario_read.sources[path], led_to.get(path, {}))
        for path, one in scenario_models.items()
    }
    problems.extend(checker.problems)
    read_sources = (*sources, *organization_read.sources.values(), *scenario_read.sources.values())
    return Loaded(processes, organization, templates, scenarios, tuple(sorted(set(problems))),
                  {source.file: source for source in read_sources})  # fmt: skip


@dataclass(slots=True)
class _Checker:
    """Checks processes against all other files."""

    organization: Organization
    organization_read: _Read
    templates: Mapping[str, str]
    declared: Mapping[str, Process | None]
    actions: Mapping[str, ActionSpec] | None
    problems: list[Problem] = field(default_factory=list)

    def checked(self, process: Process, source: Source) -> ProcessFile | None:
        """The process as it will run; None if it has an error."""
        file, failed = contained(source.file, partial(self._checked, process, source))
        self.problems.extend(failed)
        return file

    def _checked(self, process: Process, source: Source) -> ProcessFile | None:
        run = with_tables(process, self.organization.tables)
        # With half an organization, every name of the other half would be reported as missing.
        found: list[Problem] = []
        if not self.organization_read.problems:
            found = check_process(run, source, self.organization, self.templates, self.declared, self.actions)
        self.problems.extend(found)
        if any(problem.severity == "error" for problem in found):
            return None
        return ProcessFile(run, source, digest(run))


def _read_destinations(destinations: Destinations, checker: _Checker) -> dict[str, dict[str, ProcessFile]]:
    """The destinations of scenarios, loaded and checked like any other process, each file once."""
    known: dict[Path, ProcessFile | None] = {}
    for path in (path for several in destinations.values() for path in several.values()):
        if path.resolve() in known:
            continue
        known[path.resolve()], failed = contained(path.as_posix(), partial(_read_destination, path, checker))
        checker.problems.extend(failed)
    return {
        scenario: {name: found for name, path in several.items() if (found := known[path.resolve()])}
        for scenario, several in destinations.items()
    }


def _read_destination(path: Path, checker: _Checker) -> ProcessFile | None:
    text = read_bytes(path)
    source, refused = (None, [text]) if isinstance(text, Problem) else scan_source(text, path.as_posix())
    checker.problems.extend(refused)
    process, problems = validate(source, Process) if source is not None else (None, [])
    checker.problems.extend(problems)
    return checker.checked(process, source) if source and process and not refused else None


def _models(files: Files, kind: str, model: type[M]) -> tuple[dict[str, M], _Read]:
    """The models of the files of one kind that have no problem, by path within the folder."""
    models: dict[str, M] = {}
    read = _Read()
    for relative, path in files.of(kind):
        text = read_bytes(path)
        if isinstance(text, Problem):
            read.problems.append(text)
            continue
        found, failed = contained(path.as_posix(), partial(_model, read, relative, path, text, model))
        read.problems.extend(failed)
        if found is not None:
            models[relative] = found
    return models, read


def _model(read: _Read, relative: str, path: Path, text: bytes, model: type[M]) -> M | None:
    """The model of one file; None where it has a problem."""
    source, refused = scan_source(text, path.as_posix())
    read.problems.extend(refused)
    if source is None:
        return None
    read.sources[relative] = source
    found, problems = validate(source, model)
    read.problems.extend(problems)
    return None if refused else found


def _organization(files: Files) -> tuple[Organization, _Read]:
    parts, read = _models(files, "organization", Organization)
    read.problems.extend(given_twice(list(read.sources.values())))
    organization = merged(parts.values())
    if not read.problems:  # half an organization lacks the names of the other half
        read.problems.extend(check_organization(organization, list(read.sources.values())))
    return organization, read


def _templates(files: Files, problems: list[Problem]) -> dict[str, tuple[str, str]]:
    """The file and the text of each template, by name."""
    templates: dict[str, tuple[str, str]] = {}
    for _, path in files.of("templates"):
        text = read_bytes(path)
        name = path.as_posix()
        if isinstance(text, Problem):
            problems.append(text)
            continue
        decoded = decode(text)
        if len(text) > MAX_BYTES:
            problems.append(Problem(name, 1, 1, "file-too-large", f"the file has more than {MAX_BYTES:,} bytes"))
        elif isinstance(decoded, TextProblem):
            mark = decoded.mark
            problems.append(Problem(name, mark.line, mark.column, decoded.code, decoded.message, hint=decoded.hint))
        else:
            templates[path.stem] = (name, decoded)
    return templates


def _scenarios_of_nothing(scenarios: Mapping[str, Scenario], processes: _Read, read: _Read) -> Iterator[Problem]:
    """A scenario must name a process that a file declares, valid or not."""
    known = [str(source.data.get("process")) for source in processes.sources.values()]
    for path, scenario in scenarios.items():
        if scenario.process not in known:
            source = read.sources[path]
            mark = source.at(("process",))
            yield Problem(source.file, mark.line, mark.column, "unknown-process",
                          f"no file declares the process '{scenario.process}'", "process",
                          closest(scenario.process, known))  # fmt: skip


def _declared(read: _Read, usable: Mapping[str, Process]) -> dict[str, Process | None]:
    """Every process that a file declares, by id; None if the file can't be used."""
    named: dict[str, Process | None] = {str(source.data.get("process")): None for source in read.sources.values()}
    return named | {process.process: process for process in usable.values()}
