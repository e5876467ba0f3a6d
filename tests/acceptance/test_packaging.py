"""What is built is what is installed elsewhere: the four packages with all their data, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("workflows", "activities", "definitions", "api")
ISOLATED = ("-I", "-c")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source distribution; the wheel is built of the latter."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return folder


def files_of_the_packages() -> set[str]:
    """Every file of the four packages that is not made by running them."""
    found = (path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file())
    return {str(path.relative_to(ROOT)) for path in found if "__pycache__" not in path.parts}


def test_the_wheel_holds_the_packages_with_their_data(built: Path) -> None:
    """The wheel has every file of the four packages, be it code, process, text, page or migration, and no other."""
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.split("/")[0].endswith(".dist-info")}
    assert names == files_of_the_packages()
    assert {"definitions/processes/change.yaml", "definitions/templates/change_scheduled.md"} <= names
    assert any(name.startswith("activities/records/migrations/versions/0001") for name in names)


def test_the_source_distribution_can_be_worked_on(built: Path) -> None:
    """The source distribution has the tests, the documents and everything that the commands need."""
    (source,) = built.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert files_of_the_packages() <= names
    assert {"Makefile", "constraints.txt", "pyproject.toml", "LICENSE", "CHANGELOG.md", ".ci/run"} <= names
    assert {"tests/acceptance/test_packaging.py", "docs/index.md", "Dockerfile", "docker-compose.yml"} <= names


def test_the_wheel_works_where_it_is_installed(built: Path, tmp_path: Path) -> None:
    """Installed elsewhere, the command runs from there and finds its definitions without fault."""
    (wheel,) = built.glob("*.whl")
    site = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(site)]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)
    assert (site / "bin" / "stanchion").exists()
    program = (
        f"import sys; sys.path.insert(0, {str(site)!r}); sys.argv = ['stanchion', 'check']\n"
        "import api, definitions; print(api.__file__, definitions.__file__)\n"
        "from api.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, *ISOLATED, program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(str(site)) == 2
