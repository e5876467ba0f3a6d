"""The command ``counterexample``: a broken invariant as a scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options
from api.cli.output import REFUSED, USAGE, fail, print_json, print_problems, say

if TYPE_CHECKING:
    from definitions.loading.loader import Loaded, ProcessFile


def register(app: typer.Typer) -> None:
    app.command()(counterexample)


def counterexample(
    process: Annotated[str, typer.Argument(help="The id of a process.")],
    number: Annotated[
        int | None, typer.Argument(min=1, help="The invariant, counted from 1. Default: the first broken invariant.")
    ] = None,
    definitions: options.Definitions = None,
    standalone: options.Standalone = False,
    as_json: options.AsJson = False,
) -> None:
    """Print the scenario that breaks an invariant of a process. Exits with 1 if there is none."""
    from definitions.loading.folders import layers
    from definitions.loading.loader import load
    from definitions.text.counts import counted

    chosen = options.settings(definitions=definitions, standalone=standalone)
    loaded = load(layers(chosen.definitions, standalone=chosen.standalone))
    found = loaded.processes.get(process)
    if found is None:
        print_problems(loaded.errors)
        fail(REFUSED, f"There is no valid process '{process}'. There are: {', '.join(loaded.processes)}.")
    count = len(found.process.invariants)
    if number is not None and number > count:
        way_out = f"Give a number from 1 to {count}, or none for the first that is broken." if count else ""
        fail(
            USAGE, f"'{process}' has {counted(count, 'invariant')}: there is no invariant {number}. {way_out}".rstrip()
        )
    shown = _first(loaded, found, range(count) if number is None else [number - 1])
    if shown is None:
        which = "any invariant" if number is None else "this invariant"
        fail(
            REFUSED,
            f"No scenario breaks {which} of '{process}': it holds, or no person of the organization can take the path "
            "that `stanchion check` shows.",
        )
    index, scenario = shown
    if as_json:
        print_json({"process": process, "invariant": index + 1, "scenario": scenario})
    else:
        say(scenario.rstrip())


def _first(loaded: Loaded, file: ProcessFile, indexes: range | list[int]) -> tuple[int, str] | None:
    """The index of the first of these invariants that a scenario breaks, with the scenario."""
    from workflows.engine.proofs.counterexamples import counterexample as scenario_of

    for index in indexes:
        scenario = scenario_of(file.process, loaded.organization, index, file.digest)
        if scenario is not None:
            return index, scenario
    return None
