"""Single files to check, wherever they lie: laid over the definitions as if they were in their place."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from api.cli.checked_scenarios import with_scenarios_checked
from api.definition_store.proved import load_proved
from definitions.checks.actions import ActionSpec
from definitions.loading.folders import KINDS
from definitions.text.problems import Problem

_KEY = re.compile(rb"^(process|scenario)\s*:", re.MULTILINE)


def problems_of(
    layers: Sequence[Path], files: Sequence[Path], actions: Mapping[str, ActionSpec] | None = None
) -> tuple[Problem, ...]:
    """The problems of these files, among the definitions of ``layers``; their own names stand in them."""
    folders = list(layers)
    with TemporaryDirectory(prefix="stanchion-check-") as name:
        names = {file.resolve().as_posix(): file.as_posix() for file in files}
        for file in files:
            own = _folder_of(file)
            if own is None:
                place = _lay(file, Path(name))
                names[place.as_posix()] = file.as_posix()
            elif own not in [folder.resolve() for folder in folders]:
                folders.append(own)
        found = with_scenarios_checked(load_proved([*folders, Path(name)], actions)).problems
    resolved = [(Path(problem.file).resolve().as_posix(), problem) for problem in found]
    return tuple(replace(problem, file=names[place]) for place, problem in resolved if place in names)


def _folder_of(file: Path) -> Path | None:
    """The definitions folder that a file lies in, if it does."""
    return file.resolve().parent.parent if file.resolve().parent.name in KINDS else None


def _lay(file: Path, folder: Path) -> Path:
    """Copies a file to where its kind belongs."""
    key = _KEY.search(file.read_bytes())
    kind = {b"process": "processes", b"scenario": "scenarios"}[key[1]] if key else "organization"
    place = folder.resolve() / kind / f"{file.stem}{KINDS[kind]}"
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, place)
    return place
