"""Loading ends, and ends soon, whatever a folder holds."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from api.definition_store.proved import load_proved
from definitions.freezes import in_need_of, needed_by
from definitions.loading.loader import Loaded, load
from definitions.text.problems import MOST_ERRORS
from workflows.engine.proofs import prove

HEAD = "process: demo\ntitle: Demo\npractice: demo\nprefix: DEM\ninitial: new\n"
STATES = "states: {{new: {{on: {{go: {{to: over, by: everyone{more}}}}}}}, over: {{final: true}}}}\n"
PLAIN = STATES.format(more="")
PROVED = "invariants: [{never: over, without: [new.go]}]\n"
PEOPLE = "people: {alice: {name: Alice}}\n"


def proved(folder: Path, process: str, organization: str = PEOPLE) -> Loaded:
    """A process and an organization, loaded and proved."""
    for kind, text in (("processes", process), ("organization", organization)):
        (folder / kind).mkdir()
        (folder / kind / "demo.yaml").write_text(text)
    return load_proved([folder])


def codes(loaded: Loaded) -> list[str]:
    return [problem.code for problem in loaded.problems]


def row(length: int) -> str:
    """Fields of which each is computed from the one before; the first is written."""
    fields = "".join(f"  f{one}: {{type: integer, value: ticket.f{one - 1} + 1}}\n" for one in range(1, length + 1))
    return f"fields:\n  f0: {{type: integer}}\n{fields}"


def layers(number: int) -> str:
    """Layers of two computed fields, each of which reads both fields of the layer before."""
    fields = "".join(
        f"  {side}{one}: {{type: boolean, value: ticket.a{one - 1} || ticket.b{one - 1}}}\n"
        for one in range(1, number + 1)
        for side in "ab"
    )
    return f"fields:\n  a0: {{type: boolean}}\n  b0: {{type: boolean}}\n{fields}"


def test_many_paths_through_computed_fields_are_one_walk(tmp_path: Path) -> None:
    """25 layers of two computed fields have 2^25 paths: they load, and a proof decides a guard on the last layer."""
    guarded = STATES.format(more=", when: ticket.a25")
    assert proved(tmp_path, HEAD + layers(25) + guarded + PROVED).errors == ()


def test_a_long_row_of_computed_fields_loads_and_is_proved(tmp_path: Path) -> None:
    """A hundred computed fields in a row load, and a proof evaluates all of them."""
    booleans = row(100).replace("integer", "boolean").replace(" + 1", "")
    guarded = STATES.format(more=", when: ticket.f100")
    assert proved(tmp_path, HEAD + booleans + guarded + PROVED).errors == ()


def test_a_row_of_computed_fields_has_a_bound(tmp_path: Path) -> None:
    """A row of a thousand computed fields is refused at the first field beyond the bound."""
    loaded = proved(tmp_path, HEAD + row(1_000) + PLAIN)
    assert [(one.code, one.crumb, one.line) for one in loaded.problems] == [
        ("computed-too-deep", "field 'f101' › value", 108)
    ]


def test_a_circle_of_a_thousand_computed_fields_is_reported(tmp_path: Path) -> None:
    """A circle of any length is found, and its message names the first fields alone."""
    fields = "".join(f"  f{one}: {{type: integer, value: ticket.f{(one + 1) % 1_000}}}\n" for one in range(1_000))
    loaded = proved(tmp_path, f"{HEAD}fields:\n{fields}{PLAIN}")
    assert [(one.code, one.message) for one in loaded.problems] == [
        ("computed-circle", f"these fields depend on each other: {' → '.join(f'f{one}' for one in range(10))} → … → f0")
    ]


def test_proofs_have_a_bound_of_work(tmp_path: Path) -> None:
    """A proof about forty fields, with 2^40 combinations of values, is given up at its bound, and says so."""
    names = [f"f{one}" for one in range(40)]
    fields = "fields: {" + ", ".join(f"{name}: {{type: boolean}}" for name in names) + "}\n"
    guard = " && ".join(f"ticket.{name}" for name in names)
    states = STATES.format(more=f', when: "{guard}"')
    (tmp_path / "processes").mkdir()
    (tmp_path / "processes" / "demo.yaml").write_text(HEAD + fields + states + "invariants: [{eventually: over}]\n")
    loaded = load([tmp_path])
    file = loaded.processes["demo"]
    found = prove(file.process, file.source, loaded.organization, file.digest, most_work=2_000)
    assert [(one.code, one.message) for one in found] == [
        (
            "not-proved",
            "too large to prove: 2,000 guards and steps of the process were examined without a counterexample",
        )
    ]


@pytest.mark.parametrize("guard", ["!" * 3_000 + "true", " && ".join(["true"] * 490)])
def test_deep_conditions_are_proved(tmp_path: Path, guard: str) -> None:
    """A condition of any depth that an expression may have is proved."""
    assert proved(tmp_path, HEAD + STATES.format(more=f', when: "{guard}"') + PROVED).errors == ()


def test_a_long_chain_of_states_is_checked(tmp_path: Path) -> None:
    """A thousand transitions without events in a row are no endless loop, and a loop of a thousand is one."""
    chain = "".join(f"  s{one}: {{always: s{one + 1}}}\n" for one in range(1_000))
    head = HEAD.replace("initial: new", "initial: s0")
    straight, round_ = tmp_path / "straight", tmp_path / "round"
    straight.mkdir()
    round_.mkdir()
    assert proved(straight, f"{head}states:\n{chain}  s1000: {{final: true}}\n").errors == ()
    loop = proved(round_, f"{head}states:\n{chain}  s1000: {{always: s0}}\n")
    assert [one.code for one in loop.errors].count("endless-always") == 1
    assert "s8 → s9 → … → s0" in next(one for one in loop.errors if one.code == "endless-always").message


def test_a_chain_of_histories_has_a_bound(tmp_path: Path) -> None:
    """Histories that lead to each other in a long row are refused."""
    rows = "".join(f"      s{one}: {{history: deep, initial: s{one + 1}}}\n" for one in range(1_500))
    states = (
        f"states:\n  p:\n    initial: s0\n    states:\n{rows}      s1500: {{on: {{go: {{to: over, by: everyone}}}}}}\n"
    )
    loaded = proved(tmp_path, HEAD.replace("initial: new", "initial: p") + states + "  over: {final: true}\n")
    assert "too-many-histories" in codes(loaded)


def test_circles_of_the_organization_do_no_harm(tmp_path: Path) -> None:
    """Services that need each other, and managers and delegates in a circle, are taken."""
    number = 500
    people = "".join(
        f"  p{one}: {{name: P, manager: p{(one + 1) % number},"
        f" out_of_office: [{{from: 2026-01-01, to: 2026-12-01, delegate: p{(one + 1) % number}}}]}}\n"
        for one in range(number)
    )
    services = "".join(f"  s{one}: {{title: S, depends_on: [s{(one + 1) % number}]}}\n" for one in range(number))
    loaded = proved(tmp_path, HEAD + PLAIN, f"people:\n{people}services:\n{services}")
    assert loaded.errors == ()
    assert len(needed_by(loaded.organization, ("s0",))) == len(in_need_of(loaded.organization, "s0")) == number - 1


@pytest.mark.parametrize(
    ("process", "organization"),
    [
        (HEAD + PLAIN + "".join(f"key_{one}: 1\n" for one in range(5_000)), PEOPLE),
        (
            HEAD
            + "fields: {" + ", ".join(f"field_{one}: {{type: boolean}}" for one in range(2_000)) + "}\n"
            + STATES.format(more=", requires: [" + ", ".join(f"fld_{one}" for one in range(2_000)) + "]"),
            PEOPLE,
        ),
        (HEAD + PLAIN, "people:\n" + "".join(f"  p{one}: {{name: P, time_zone: X{one}}}\n" for one in range(5_000))),
    ],
    ids=["unknown keys", "unknown fields", "unknown zones"],
)  # fmt: skip
def test_a_file_has_a_bound_of_problems(tmp_path: Path, process: str, organization: str) -> None:
    """Checking a file stops after a hundred errors, and says so."""
    found = codes(proved(tmp_path, process, organization))
    assert len(found) == MOST_ERRORS + 1
    assert found.count("too-many-problems") == 1


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    """A pipe, a device, a socket, a folder and broken links are each a problem of their own, and nothing waits."""
    folder = tmp_path / "processes"
    folder.mkdir()
    (folder / "demo.yaml").write_text(HEAD + PLAIN)
    os.mkfifo(folder / "pipe.yaml")
    (folder / "dir.yaml").mkdir()
    (folder / "device.yaml").symlink_to("/dev/zero")
    (folder / "loop.yaml").symlink_to("loop.yaml")
    (folder / "piped.yaml").symlink_to("pipe.yaml")
    (folder / "disk").symlink_to("/")
    with (folder / "sparse.yaml").open("wb") as sparse:
        sparse.truncate(10**9)
    (tmp_path / "templates").mkdir()
    os.mkfifo(tmp_path / "templates" / "pipe.md")
    with socket.socket(socket.AF_UNIX) as listening:
        here = Path.cwd()
        os.chdir(folder)  # the path of a socket has a hundred characters at most
        try:
            listening.bind("socket.yaml")
        finally:
            os.chdir(here)
        loaded = load([tmp_path])
    odd = "this is not a file, but a pipe, device or folder"
    assert {Path(one.file).name: (one.code, one.message) for one in loaded.problems} == {
        "pipe.yaml": ("unreadable", odd),
        "dir.yaml": ("file-not-read", "this file is not read"),
        "device.yaml": ("unreadable", odd),
        "loop.yaml": ("unreadable", "can't be read: Too many levels of symbolic links"),
        "piped.yaml": ("unreadable", odd),
        "sparse.yaml": ("file-too-large", "the file has more than 1,000,000 bytes"),
        "pipe.md": ("unreadable", odd),
        "socket.yaml": ("unreadable", "can't be read: No such device or address"),
    }
    assert list(loaded.processes) == ["demo"]
