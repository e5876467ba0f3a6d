"""The command ``test``: plays scenarios."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import typer

from api.cli import options
from api.cli.coverage import Measures, coverage_document, print_coverage
from api.cli.output import REFUSED, USAGE, err, fail, print_json, print_problems, say
from definitions.text.counts import counted

if TYPE_CHECKING:
    from definitions.loading.loader import Loaded, ScenarioFile
    from workflows.engine.scenarios import ProcessCoverage, ScenarioResult

    Played: TypeAlias = list[tuple[ScenarioFile, ScenarioResult]]

Engine = Literal["core", "temporal"]


def register(app: typer.Typer) -> None:
    app.command(name="test")(play_scenarios)


def play_scenarios(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SCENARIO…]", help="Files, or the names of files in scenarios/. Default: all."),
    ] = None,
    engine: Annotated[
        Engine, typer.Option(help="The pure core, in milliseconds; or a real Temporal server that skips time.")
    ] = "core",
    coverage: Annotated[bool, typer.Option("--coverage", help="Print what no scenario has covered.")] = False,
    fail_under: Annotated[
        float | None,
        typer.Option(metavar="PERCENT", min=0, max=100, help="Exit with 1 if less is covered; implies --coverage."),
    ] = None,
    definitions: options.Definitions = None,
    standalone: options.Standalone = False,
    as_json: options.AsJson = False,
) -> None:
    """Play scenarios: tests of processes in virtual time. Exits with 1 if one fails or definitions have errors."""
    from definitions.loading.folders import layers
    from definitions.loading.loader import load

    limit = _limit(engine, coverage, fail_under)
    chosen = options.settings(definitions=definitions, standalone=standalone)
    loaded = load(layers(chosen.definitions, standalone=chosen.standalone))
    wanted = _wanted(loaded, scenarios or [])
    if loaded.errors and not as_json:
        print_problems(loaded.errors)
    played = asyncio.run(_play(loaded, wanted, engine, as_json))
    measures = None if limit is None else Measures(_measured(loaded, played, everything=not scenarios), limit)
    if as_json:
        print_json(_document(loaded, played, engine, measures))
    else:
        say(_totals(played, len(wanted) - len(played)))
        if measures is not None:
            print_coverage(measures)
    failed = any(result.failures for _, result in played) or len(played) < len(wanted)
    if failed or loaded.errors or (measures is not None and measures.is_under):
        raise typer.Exit(REFUSED)


def _limit(engine: Engine, coverage: bool, fail_under: float | None) -> float | None:
    """The required coverage in percent; None where coverage is not measured."""
    if fail_under is None and not coverage:
        return None
    if engine != "core":
        fail(USAGE, "coverage is measured on the core alone: leave --engine out")
    return fail_under or 0.0


async def _play(loaded: Loaded, wanted: Sequence[ScenarioFile], engine: Engine, as_json: bool) -> Played:
    """Every scenario with its result, printed as it comes; processes with errors are left out."""
    playable = [one for one in wanted if one.scenario.process in loaded.processes]
    played: Played = []
    async for result in _results(loaded, playable, engine):
        played.append((playable[len(played)], result))
        if not as_json:
            _print(result)
    return played


def _totals(played: Played, broken: int) -> str:
    failed = sum(bool(result.failures) for _, result in played)
    total = counted(len(played), "scenario")
    rest = f", {broken} not played: their process has errors" if broken else ""
    return f"{total}: {len(played) - failed} ok, {failed} failed{rest}"


def _measured(loaded: Loaded, played: Played, *, everything: bool) -> list[ProcessCoverage]:
    """The coverage of every process, or of the processes of the chosen scenarios."""
    from workflows.engine.scenarios import coverage_of

    chosen = {one.scenario.process for one, _ in played}
    files = [file for name, file in sorted(loaded.processes.items()) if everything or name in chosen]
    return [
        coverage_of(file.process, file.source, [r for one, r in played if one.scenario.process == file.process.process])
        for file in files
    ]


def _document(loaded: Loaded, played: Played, engine: Engine, measures: Measures | None) -> dict[str, Any]:
    ok = not loaded.errors and not any(result.failures for _, result in played)
    return {
        "ok": ok and not (measures is not None and measures.is_under),
        "engine": engine,
        "scenarios": [_of_scenario(result) for _, result in played],
        **({} if measures is None else {"coverage": coverage_document(measures)}),
        "problems": [asdict(problem) for problem in loaded.errors],
    }


async def _results(loaded: Loaded, playable: Sequence[ScenarioFile], engine: Engine) -> AsyncIterator[ScenarioResult]:
    """The results, one after another."""
    from api.cli.checked_scenarios import settings_of
    from api.scenarios.on_temporal import run_on_temporal, skipping_server
    from workflows.engine.scenarios import run_scenario

    settings = settings_of(loaded, playable)
    if engine == "core":
        for one, setting in zip(playable, settings, strict=True):
            yield run_scenario(one.scenario, setting, one.source)
    elif playable:
        async with skipping_server() as server:
            for one, setting in zip(playable, settings, strict=True):
                yield await run_on_temporal(one.scenario, setting, loaded.templates, server, one.source)


def _wanted(loaded: Loaded, names: Sequence[str]) -> list[ScenarioFile]:
    """All scenarios, or those given by path or name. Fails for an unknown scenario."""
    from definitions.text.suggestions import closest

    if not names:
        return list(loaded.scenarios.values())
    found: list[ScenarioFile] = []
    for name in names:
        meant = [one for path, one in loaded.scenarios.items() if _is_meant(name, path, one)]
        if not meant:
            broken = [problem for problem in loaded.errors if _is_of(name, problem.file)]
            if broken:
                print_problems(broken)
                fail(REFUSED, f"scenario {name!r} can't be played: its file has {counted(len(broken), 'error')}")
            missing = [problem for problem in loaded.errors if problem.code == "no-folder"]
            if missing:
                print_problems(missing)
                raise typer.Exit(REFUSED)
            hint = closest(name, map(_name, loaded.scenarios))
            there = f"`stanchion test` without a name plays all {len(loaded.scenarios)}."
            fail(USAGE, f"There is no scenario {name!r}. " + (f"{hint[0].upper()}{hint[1:]} " if hint else "") + there)
        found += [one for one in meant if one not in found]
    return found


def _is_meant(name: str, path: str, one: ScenarioFile) -> bool:
    return name in (path, _name(path)) or _same_file(name, one.source.file)


def _is_of(name: str, file: str) -> bool:
    """Whether a file with an error is the scenario that is meant by its path or its name."""
    path = Path(file)
    own = (f"scenarios/{path.name}", path.stem) if path.parent.name == "scenarios" else ()
    return name in own or _same_file(name, file)


def _same_file(name: str, file: str) -> bool:
    return Path(name).resolve() == Path(file).resolve()


def _name(path: str) -> str:
    return Path(path).stem


def _print(result: ScenarioResult) -> None:
    say(f"{'ok    ' if result.passed else 'FAILED'} {_name(result.file)}: {result.scenario}")
    for failure in result.failures:
        err.print(str(failure), style="red")


def _of_scenario(result: ScenarioResult) -> dict[str, Any]:
    return {
        "scenario": result.scenario,
        "file": result.file,
        "ok": result.passed,
        "steps": result.steps,
        "failures": [asdict(failure) for failure in result.failures],
    }
