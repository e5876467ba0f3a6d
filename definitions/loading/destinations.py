"""The files to which scenarios migrate: other versions of a process, which are not in use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from definitions.loading.folders import Files, read_bytes
from definitions.text.problems import Problem
from definitions.text.source import scan_source

Destinations = Mapping[str, Mapping[str, Path]]
"""By the path of a scenario within the folder: the file of each ``to``, if it exists."""


def find_destinations(files: Files, folders: Sequence[Path]) -> Destinations:
    """The file that each ``migrate`` of each scenario names. A missing file is reported when the scenario is played.

    A file is searched beside the scenario, then in the folders of definitions, the last folder first.
    """
    found: dict[str, dict[str, Path]] = {}
    for relative, path in files.of("scenarios"):
        for name in _named_in(path):
            place = _place(name, path, folders)
            if place is not None:
                found.setdefault(relative, {})[name] = place
    return found


def without_destinations(files: Files, destinations: Destinations) -> Files:
    """The files without the destinations in ``scenarios/``, and without the problems reported for them."""
    meant = {place.resolve() for several in destinations.values() for place in several.values()}
    kept = {
        relative: path
        for relative, path in files.paths.items()
        if PurePosixPath(relative).parts[0] != "scenarios" or path.resolve() not in meant
    }
    problems = [one for one in files.problems if one.code != "file-not-read" or Path(one.file).resolve() not in meant]
    return Files(kept, problems)


def _named_in(path: Path) -> Iterator[str]:
    text = read_bytes(path)
    if isinstance(text, Problem) or b"migrate" not in text:
        return
    source, _ = scan_source(text, path.as_posix())
    steps = source.data.get("steps") if source is not None else None
    for step in steps if isinstance(steps, list) else ():
        migration = step.get("migrate") if isinstance(step, dict) else None
        name = migration.get("to") if isinstance(migration, dict) else None
        if isinstance(name, str):
            yield name


def _place(name: str, scenario: Path, folders: Sequence[Path]) -> Path | None:
    for folder in (scenario.parent, *reversed(folders)):
        try:
            if (folder / name).is_file():
                return folder / name
        except (OSError, ValueError):  # the name is not a path
            continue
    return None
