"""The command that plays scenarios: test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from api.cli import options
from api.cli.output import REFUSED, USAGE, err, fail, print_json, print_problems, say

if TYPE_CHECKING:
    from definitions.loader import Loaded, ScenarioFile
    from workflows.engine.scenarios import ScenarioResult

Engine = Literal["core", "temporal"]


def register(app: typer.Typer) -> None:
    app.command(name="test")(play_scenarios)


def play_scenarios(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SCENARIO…]", help="Files, or the names of files in scenarios/. Default: all."),
    ] = None,
    engine: Annotated[
        Engine, typer.Option(help="The pure core, in milliseconds; or a real Temporal server in skipped time.")
    ] = "core",
    definitions: options.Definitions = None,
    standalone: options.Standalone = False,
    as_json: options.AsJson = False,
) -> None:
    """Play scenarios: tests of processes in virtual time. Exits with 1 where one fails or definitions have errors."""
    from definitions.folders import layers
    from definitions.loader import load

    chosen = options.settings(definitions=definitions, standalone=standalone)
    loaded = load(layers(chosen.definitions, standalone=chosen.standalone))
    wanted = _wanted(loaded, scenarios or [])
    if loaded.errors and not as_json:
        print_problems(loaded.errors)
    failed = asyncio.run(_play(loaded, wanted, engine, as_json))
    if failed or loaded.errors:
        raise typer.Exit(REFUSED)


async def _play(loaded: Loaded, wanted: Sequence[ScenarioFile], engine: Engine, as_json: bool) -> int:
    results: list[ScenarioResult] = []
    async for result in _results(loaded, wanted, engine):
        results.append(result)
        if not as_json:
            _print(result)
    failed = sum(bool(result.failures) for result in results)
    skipped = sum(result.skipped is not None for result in results)
    broken = len(wanted) - len(results)
    if as_json:
        print_json(
            {
                "ok": not failed and not loaded.errors,
                "engine": engine,
                "scenarios": [_document(result) for result in results],
                "problems": [asdict(problem) for problem in loaded.errors],
            }
        )
    else:
        not_played = f", {skipped} skipped: on the core only" if skipped else ""
        not_played += f", {broken} not played: their process has errors" if broken else ""
        total = "1 scenario" if len(results) == 1 else f"{len(results)} scenarios"
        say(f"{total}: {len(results) - failed - skipped} ok, {failed} failed{not_played}")
    return failed + broken


async def _results(loaded: Loaded, wanted: Sequence[ScenarioFile], engine: Engine) -> AsyncIterator[ScenarioResult]:
    """One result after the other; scenarios of processes that have errors are left out."""
    from api.scenarios import core_only, run_on_temporal, skipping_server
    from workflows.engine.scenarios import ScenarioResult, run_scenario, setting_of

    playable = [one for one in wanted if one.scenario.process in loaded.processes]
    known = {name: file.process for name, file in loaded.processes.items()}
    settings = []
    for one in playable:
        process = loaded.processes[one.scenario.process]
        settings.append(setting_of(one.scenario, process.process, process.digest, loaded.organization, known))
    if engine == "core":
        for one, setting in zip(playable, settings, strict=True):
            yield run_scenario(one.scenario, setting, one.source)
    elif playable:
        async with skipping_server() as server:
            for one, setting in zip(playable, settings, strict=True):
                on_core = run_scenario(one.scenario, setting, one.source)
                if core_only(on_core):
                    why = "it has other tickets, which are played on the core only"
                    yield ScenarioResult(one.scenario.scenario, one.source.file, (), skipped=why)
                    continue
                yield await run_on_temporal(one.scenario, setting, loaded.templates, server, one.source)


def _wanted(loaded: Loaded, names: Sequence[str]) -> list[ScenarioFile]:
    """The scenarios that are meant: all, or each by its path or by its name. Fails for one that there is not."""
    if not names:
        return list(loaded.scenarios.values())
    found: list[ScenarioFile] = []
    for name in names:
        meant = [one for path, one in loaded.scenarios.items() if _is_meant(name, path, one)]
        if not meant:
            broken = any(_same_file(name, problem.file) for problem in loaded.errors)
            if broken:
                print_problems(loaded.errors)
                raise typer.Exit(REFUSED)
            fail(USAGE, f"there is no scenario {name!r}; there are: {', '.join(map(_name, loaded.scenarios))}")
        found += [one for one in meant if one not in found]
    return found


def _is_meant(name: str, path: str, one: ScenarioFile) -> bool:
    return name in (path, _name(path)) or _same_file(name, one.source.file)


def _same_file(name: str, file: str) -> bool:
    return Path(name).resolve() == Path(file).resolve()


def _name(path: str) -> str:
    return Path(path).stem


def _print(result: ScenarioResult) -> None:
    word = "ok    " if result.passed else "FAILED" if result.failures else "skipped"
    because = f" ({result.skipped})" if result.skipped else ""
    say(f"{word} {_name(result.file)}: {result.scenario}{because}")
    for failure in result.failures:
        err.print(str(failure), markup=False, style="red")


def _document(result: ScenarioResult) -> dict[str, Any]:
    return {
        "scenario": result.scenario,
        "file": result.file,
        "ok": result.passed,
        "skipped": result.skipped,
        "steps": result.steps,
        "failures": [asdict(failure) for failure in result.failures],
    }
