"""Commands on definitions: check, diagram."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options
from api.cli.output import REFUSED, USAGE, fail, print_json, print_problems, say

if TYPE_CHECKING:
    from definitions.checks.actions import ActionSpec


def register(app: typer.Typer) -> None:
    app.command()(check)
    app.command()(diagram)


def check(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Report only the problems of these files. Default: all files.")
    ] = None,
    definitions: options.Definitions = None,
    standalone: options.Standalone = False,
    actions: options.Actions = None,
    as_json: options.AsJson = False,
) -> None:
    """Check definitions and print every problem as file:line:col CODE message. Exits with 1 on errors."""
    from api.cli.checked_scenarios import with_scenarios_checked
    from api.cli.loose_files import problems_of
    from api.definition_store.models import DefinitionProblem
    from api.definition_store.proved import load_proved
    from definitions.loading.folders import layers
    from definitions.text.counts import counted

    chosen = options.settings(definitions=definitions, standalone=standalone)
    folders = layers(chosen.definitions, standalone=chosen.standalone)
    folders_given = [str(file) for file in files or () if file.is_dir()]
    if folders_given:
        fail(USAGE, f"{', '.join(folders_given)} is a folder: check its files, or name it with --definitions.")
    missing = [str(file) for file in files or () if not file.exists()]
    if missing:
        fail(USAGE, f"no such file: {', '.join(missing)}")
    odd = [str(file) for file in files or () if not file.is_file()]
    if odd:
        fail(USAGE, f"{', '.join(odd)} is not a regular file: name a YAML file of definitions.")
    specs = _specs(actions)
    with _collector_paused():
        loaded = with_scenarios_checked(load_proved(folders, specs))
        problems = problems_of(folders, files, specs) if files else loaded.problems
    errors = [one for one in problems if one.severity == "error"]
    if as_json:
        print_json({"ok": not errors, "problems": [DefinitionProblem.of(one).model_dump() for one in problems]})
    else:
        print_problems(problems)
        if errors:
            say(counted(len(errors), "error"))
        else:
            what = counted(len(files), "file") if files else counted(len(loaded.processes), "process")
            say(f"ok: {what}" + ("" if files else f", {counted(len(loaded.scenarios), 'scenario')}"))
    if errors:
        raise typer.Exit(REFUSED)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Pauses the garbage collector, which takes a tenth of the time here and frees nothing."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _specs(modules: list[str] | None) -> Mapping[str, ActionSpec]:
    """The inputs of each action that a worker with the same settings has."""
    from activities.actions.registry import ActionsError, load_actions, specs_of
    from activities.settings import Settings

    try:
        return specs_of(load_actions(modules or Settings().actions))
    except ActionsError as error:
        fail(USAGE, f"actions: {error}")


def diagram(
    process: Annotated[str, typer.Argument(help="The id of a process.")],
    definitions: options.Definitions = None,
    standalone: options.Standalone = False,
    as_json: options.AsJson = False,
) -> None:
    """Draw a process as a Mermaid state diagram, which many Markdown viewers render."""
    from definitions.documents.diagram import mermaid
    from definitions.loading.folders import layers
    from definitions.loading.loader import load

    chosen = options.settings(definitions=definitions, standalone=standalone)
    loaded = load(layers(chosen.definitions, standalone=chosen.standalone))
    found = loaded.processes.get(process)
    if found is None:
        print_problems(loaded.errors)
        fail(REFUSED, f"There is no valid process '{process}'. There are: {', '.join(loaded.processes)}.")
    drawn = mermaid(found.process)
    if as_json:
        print_json({"process": process, "mermaid": drawn})
    else:
        say(drawn.rstrip())
