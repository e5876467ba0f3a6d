"""Commands on definitions: check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli import options
from api.cli.output import REFUSED, fail, print_json, print_problems, say
from definitions.problems import Problem


def register(app: typer.Typer) -> None:
    app.command()(check)
    app.command()(diagram)


def check(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Only what concerns these files; all are read in any case.")
    ] = None,
    definitions: options.Definitions = None,
    standalone: options.Standalone = False,
    as_json: options.AsJson = False,
) -> None:
    """Check definitions: each problem of each file, as file:line:col CODE message. Exits with 1 on errors."""
    from api.catalogue import problem_view
    from definitions.folders import layers
    from definitions.loader import load

    chosen = options.settings(definitions=definitions, standalone=standalone)
    loaded = load(layers(chosen.definitions, standalone=chosen.standalone))
    problems = [one for one in loaded.problems if not files or _concerns(one, files)]
    errors = [one for one in problems if one.severity == "error"]
    if as_json:
        print_json(
            {
                "ok": not errors,
                "processes": sorted(loaded.processes),
                "problems": [problem_view(one).model_dump() for one in problems],
            }
        )
    else:
        print_problems(problems)
        if errors:
            say(f"{len(errors)} errors")
        else:
            say(f"ok: {len(loaded.processes)} processes, {len(loaded.scenarios)} scenarios")
    if errors:
        raise typer.Exit(REFUSED)


def diagram(
    process: Annotated[str, typer.Argument(help="The id of a process.")],
    definitions: options.Definitions = None,
    standalone: options.Standalone = False,
    as_json: options.AsJson = False,
) -> None:
    """Draw a process as a Mermaid state diagram: the text that Markdown renders."""
    from definitions.diagram import mermaid
    from definitions.folders import layers
    from definitions.loader import load

    chosen = options.settings(definitions=definitions, standalone=standalone)
    loaded = load(layers(chosen.definitions, standalone=chosen.standalone))
    found = loaded.processes.get(process)
    if found is None:
        print_problems(loaded.errors)
        fail(REFUSED, f"There is no process '{process}' that could be drawn. There are: {', '.join(loaded.processes)}.")
    drawn = mermaid(found.process)
    if as_json:
        print_json({"process": process, "mermaid": drawn})
    else:
        say(drawn.rstrip())


def _concerns(problem: Problem, files: list[Path]) -> bool:
    return any(Path(problem.file).resolve() == file.resolve() for file in files)
