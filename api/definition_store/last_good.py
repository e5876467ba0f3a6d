"""The last good definitions, kept as files: a server that restarts while newer ones have errors goes on with these."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from definitions.loading.folders import find_files
from definitions.loading.loader import Loaded, load
from definitions.text.problems import Problem


class LastGood:
    """A folder that holds the definitions which were good last."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, sources: Sequence[Path]) -> None:
        """Copies the files that are in use; replaced in one piece, so that a crash leaves the old ones or the new."""
        draft = self._folder.with_name(self._folder.name + ".new")
        shutil.rmtree(draft, ignore_errors=True)
        for relative, path in find_files(sources).paths.items():
            place = draft / relative
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
        shutil.rmtree(self._folder, ignore_errors=True)
        draft.rename(self._folder)

    def load(self) -> Loaded | None:
        """What is kept; None where nothing is, or where it is not good for this version."""
        if not self._folder.is_dir():
            return None
        loaded = load((self._folder,))
        return None if loaded.errors else loaded


def good_or_last_good(loaded: Loaded, kept: LastGood | None) -> tuple[Loaded, tuple[Problem, ...]]:
    """The definitions to go on with, and the problems of those that were read.

    Raises DefinitionError where these have errors and nothing good is kept.
    """
    if not loaded.errors:
        return loaded, loaded.problems
    last = kept.load() if kept else None
    return last or loaded.or_raise(), loaded.problems
