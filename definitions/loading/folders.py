"""The files of definitions: folders laid over each other, file by file (LANGUAGE, section 1)."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath

from definitions.text.problems import Problem
from definitions.text.yaml_reader import MAX_BYTES

SHIPPED = Path(__file__).parents[1]
"""The definitions that come with Stanchion. They lie beside its code."""

KINDS = {"processes": ".yaml", "organization": ".yaml", "templates": ".md", "scenarios": ".yaml"}
"""The folders that are read, with the extension of their files."""

MOST_STRAYS = 100
"""Files in a folder that is not read that are reported."""


@dataclass(slots=True)
class Files:
    """The files that are read, by their path within a folder, and the problems of the folders themselves."""

    paths: dict[str, Path] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def of(self, kind: str) -> Iterator[tuple[str, Path]]:
        """The path of each file within the folder, and its path on disk, sorted by name."""
        for relative in sorted(self.paths):
            if PurePosixPath(relative).parts[0] == kind:
                yield relative, self.paths[relative]


def layers(directory: Path | None, *, standalone: bool = False) -> tuple[Path, ...]:
    """The folders to read, lowest first: the shipped folder and the organization's own, or the organization's alone."""
    if directory is None:
        return (SHIPPED,)
    return (directory,) if standalone else (SHIPPED, directory)


def find_files(folders: Sequence[Path]) -> Files:
    """The files of ``folders``, lowest first. A file in a later folder replaces an earlier file with the same path."""
    files = Files()
    for folder in folders:
        if not folder.is_dir():
            what = "is not a folder" if folder.exists() else "does not exist"
            files.problems.append(
                Problem(folder.as_posix(), 1, 1, "no-folder", f"the definitions folder {what}",
                        hint="give the folder that holds processes/, organization/ …")
            )  # fmt: skip
            continue
        try:
            _add_folder(files, folder)
        except OSError as error:
            files.problems.append(_unreadable(folder, error))
    return files


def _add_folder(files: Files, folder: Path) -> None:
    for entry in sorted(folder.iterdir()):
        if entry.name in KINDS and entry.is_dir():
            for inner in sorted(entry.iterdir()):
                _add_file(files, inner, entry.name)
        elif entry.suffix in (".yaml", ".yml"):
            files.problems.append(_unread(entry, "put it into processes/, organization/ or scenarios/"))
        elif entry.is_dir() and not entry.name.startswith((".", "_")):
            strays = sorted(islice((path for path in entry.glob("*") if path.suffix in (".yaml", ".yml")), MOST_STRAYS))
            files.problems.extend(_unread(path, f"only {', '.join(f'{kind}/' for kind in KINDS)} are read")
                                  for path in strays)  # fmt: skip


def _add_file(files: Files, path: Path, kind: str) -> None:
    ending = KINDS[kind]
    if path.name.startswith(".") or path.stem.upper() == "README":
        return
    if path.is_dir():
        strays = () if path.is_symlink() else sorted(islice(path.rglob(f"*{ending}"), MOST_STRAYS))
        files.problems.extend(_unread(inner, f"put it into {kind}/ itself") for inner in strays)
        if path.suffix == ending:
            files.problems.append(_unread(path, f"it is a folder: put its files into {kind}/ itself"))
    elif path.suffix != ending:
        files.problems.append(_unread(path, f"name it {path.stem}{ending}"))
    else:
        files.paths[f"{kind}/{path.name}"] = path


def _unread(path: Path, hint: str) -> Problem:
    return Problem(path.as_posix(), 1, 1, "file-not-read", "this file is not read", hint=hint, severity="warning")


def _unreadable(path: Path, error: Exception) -> Problem:
    why = error.strerror if isinstance(error, OSError) else None
    return Problem(path.as_posix(), 1, 1, "unreadable", f"can't be read: {why or error}")


def read_bytes(path: Path) -> bytes | Problem:
    """The content of a file, up to one byte more than a file may have.

    Only a regular file is read: reading a pipe or a device may never end. It is asked after the file is open, so that
    no other file can take its place in between.
    """
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return Problem(path.as_posix(), 1, 1, "unreadable", "this is not a file, but a pipe, device or folder")
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        return _unreadable(path, error)
