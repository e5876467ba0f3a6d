"""The last good definitions, kept as files for a server that restarts while newer ones have errors."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from api.settings import not_in_use
from definitions.loading.folders import find_files
from definitions.loading.loader import Loaded, load
from definitions.text.problems import DefinitionError, Problem


class LastGood:
    """The folder of the last good definitions."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, sources: Sequence[Path], is_unchanged: Callable[[], bool] = lambda: True) -> None:
        """Copies the files in use. The folder is replaced as a whole: a crash leaves the old ones or the new.

        Files that have changed during the copy, as ``is_unchanged`` tells, are not kept.
        """
        draft = self._folder.with_name(self._folder.name + ".new")
        shutil.rmtree(draft, ignore_errors=True)
        for relative, path in find_files(sources).paths.items():
            place = draft / relative
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
        if not is_unchanged():
            shutil.rmtree(draft, ignore_errors=True)
            return
        shutil.rmtree(self._folder, ignore_errors=True)
        draft.rename(self._folder)

    def load(self) -> Loaded | None:
        """The kept definitions; None where there are none, or where this version finds errors in them."""
        if not self._folder.is_dir():
            return None
        loaded = load((self._folder,))
        return None if loaded.errors else loaded

    def complain(self, text: str | None) -> None:
        """Writes down why newer definitions are not in use, for the terminal of ``up``; None where they are."""
        complaint = not_in_use(self._folder)
        if text is None:
            complaint.unlink(missing_ok=True)
            return
        complaint.parent.mkdir(parents=True, exist_ok=True)
        draft = complaint.with_suffix(".new")
        draft.write_text(text, encoding="utf-8")
        draft.replace(complaint)


def good_or_last_good(loaded: Loaded | None, problems: tuple[Problem, ...], kept: LastGood | None) -> Loaded:
    """The definitions to use: the loaded ones, or the last good ones where these have errors or can't be read at all.

    Raises DefinitionError with the problems where no good ones are kept.
    """
    if loaded is not None and not loaded.errors:
        return loaded
    last = kept.load() if kept else None
    if last is None:
        raise DefinitionError(tuple(problem for problem in problems if problem.severity == "error"))
    return last
