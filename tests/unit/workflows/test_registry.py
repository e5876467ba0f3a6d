"""Which workflows in Python an installation runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflows.registry import WorkflowsError, clash, load_workflows
from workflows.rollout import Rollout

OWN = """\
from temporalio import workflow


@workflow.defn(name={name!r})
class Own:
    @workflow.run
    async def run(self) -> None: ...
"""
DYNAMIC = """\
from collections.abc import Sequence
from temporalio import workflow
from temporalio.common import RawValue


@workflow.defn(dynamic=True)
class Anything:
    @workflow.run
    async def run(self, args: Sequence[RawValue]) -> None: ...
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def error_of(*modules: str) -> str:
    with pytest.raises(WorkflowsError) as caught:
        load_workflows(modules)
    return str(caught.value)


def test_what_is_shipped_is_always_there() -> None:
    """A worker runs ``rollout`` without configuration, and offers the workflow of schedules to no process."""
    assert load_workflows() == {"rollout": Rollout}


def test_a_module_brings_its_workflows(folder: Path) -> None:
    """Every class with ``@workflow.defn`` in a named module is run; a class imported from elsewhere is taken once."""
    (folder / "own_migration.py").write_text("from workflows.rollout import Rollout\n" + OWN.format(name="migration"))
    assert sorted(load_workflows(["own_migration"])) == ["migration", "rollout"]


def test_an_installed_distribution_brings_its_workflows(folder: Path) -> None:
    """Entry points of the group ``stanchion.workflows`` name a module or a class."""
    (folder / "own_installed.py").write_text(OWN.format(name="move"))
    about = folder / "own_installed-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: own-installed\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[stanchion.workflows]\nmove = own_installed:Own\n")
    assert sorted(load_workflows()) == ["move", "rollout"]


def test_a_module_that_can_not_be_imported_is_named(folder: Path) -> None:
    """The error names the module and the reason."""
    (folder / "own_broken.py").write_text("import no_such_thing\n")
    assert error_of("own_broken") == "own_broken: ModuleNotFoundError: No module named 'no_such_thing'"


def test_a_module_without_workflows_is_refused(folder: Path) -> None:
    """A named module must hold a workflow."""
    (folder / "own_empty.py").write_text("\n")
    assert error_of("own_empty") == "own_empty: it holds no class with @workflow.defn"


@pytest.mark.parametrize("name", ["rollout", "stanchion.open_scheduled"])
def test_a_name_is_given_once(folder: Path, name: str) -> None:
    """A workflow can't take the name of another workflow, not even of one that only the installation starts."""
    module = f"own_{name.replace('.', '_')}"
    (folder / f"{module}.py").write_text(OWN.format(name=name))
    assert error_of(module) == f"{module}: stanchion has a workflow {name!r} already"


def test_a_dynamic_workflow_is_refused(folder: Path) -> None:
    """A dynamic workflow would take the tickets of every process."""
    (folder / "own_dynamic.py").write_text(DYNAMIC)
    assert error_of("own_dynamic") == "own_dynamic: Anything is dynamic, which only the workflow of tickets may be"


def test_a_workflow_has_no_name_of_a_process() -> None:
    """Temporal would run it in place of that process's tickets."""
    assert clash({"rollout"}, {"change", "rollout"}) == "rollout: a process and a workflow in Python share this name"
    assert clash({"rollout"}, {"change"}) is None
