"""Folders of definitions, laid over each other, become processes that can run."""

from __future__ import annotations

from pathlib import Path

import pytest

from definitions.digest import digest
from definitions.loading.folders import SHIPPED, layers
from definitions.loading.loader import Loaded, load
from definitions.schema.process import Process
from definitions.text.problems import DefinitionError

PROCESS = """\
process: {id}
title: Demo
practice: demo
prefix: {prefix}
initial: new
tables: {{risk: {{high: 3}}, cost: {{high: 9}}}}
states:
  new: {{on: {{go: {{to: done, by: everyone}}}}}}
  done: {{final: true}}
"""
SCENARIO = "scenario: opens\nprocess: {id}\ngiven: {{now: 2026-03-02T09:00:00Z, as: alice}}\n"


def write(folder: Path, **files: str) -> Path:
    """``processes__demo`` is ``processes/demo.yaml``."""
    for name, text in files.items():
        kind, _, stem = name.partition("__")
        path = folder / kind / (stem + (".md" if kind == "templates" else ".yaml"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def demo(process: str = "demo", prefix: str = "DEM") -> str:
    return PROCESS.format(id=process, prefix=prefix)


def printed(loaded: Loaded, folder: Path) -> list[str]:
    return [str(problem).replace(f"{folder.as_posix()}/", "") for problem in loaded.problems]


def test_a_folder_is_loaded_whole(tmp_path: Path) -> None:
    """Processes by id, templates by name, scenarios by path, and the organization merged from its files."""
    write(tmp_path, processes__demo=demo(), templates__hello="Subject: Hello\n",
          scenarios__demo=SCENARIO.format(id="demo"),
          organization__a="people: {alice: {name: Alice}}\n", organization__b="roles: {chair: [alice]}\n")  # fmt: skip
    loaded = load([tmp_path])
    assert loaded.problems == ()
    assert list(loaded.processes) == ["demo"]
    assert loaded.templates == {"hello": "Subject: Hello\n"}
    assert list(loaded.scenarios) == ["scenarios/demo.yaml"]
    assert list(loaded.organization.people) == ["alice"]
    assert loaded.organization.roles == {"chair": ("alice",)}
    assert loaded.or_raise() is loaded
    assert sorted(Path(name).name for name in loaded.sources) == ["a.yaml", "b.yaml", "demo.yaml", "demo.yaml"]


def test_a_later_folder_replaces_files_and_adds_some(tmp_path: Path) -> None:
    """A file in a later folder replaces the file with the same path, whose mistakes then don't matter."""
    lower = write(tmp_path / "lower", processes__demo="not: [closed\n", processes__kept=demo("kept", "KEP"))
    upper = write(tmp_path / "upper", processes__demo=demo(), processes__added=demo("added", "ADD"))
    loaded = load([lower, upper])
    assert loaded.problems == ()
    assert sorted(loaded.processes) == ["added", "demo", "kept"]
    assert loaded.processes["demo"].source.file == (upper / "processes" / "demo.yaml").as_posix()


def test_a_process_is_checked_against_the_others_and_the_actions(tmp_path: Path) -> None:
    """The process of a child is known even if its file can't be used; a call of an unknown action is reported."""
    blocks = "new: {child: {process: other, on_exit: detach}, on: {done: run, failed: run}}"
    blocks += "\n  run: {run: [{call: {action: wipe}}], on: {done: done, failed: done}}"
    text = demo().replace("new: {on: {go: {to: done, by: everyone}}}", blocks)
    write(tmp_path, processes__demo=text, processes__other=demo("other", "OTH").replace("done: {final", "Done: {final"))
    assert list(load([tmp_path]).processes) == ["demo"]
    assert [problem.code for problem in load([tmp_path], {}).problems] == ["unknown-action", "invalid-key"]


def test_an_organization_is_laid_over_what_is_shipped_or_stands_alone(tmp_path: Path) -> None:
    """The shipped folder lies below an organization's own, unless the organization's stands alone."""
    assert layers(None) == (SHIPPED,)
    assert layers(tmp_path) == (SHIPPED, tmp_path)
    assert layers(tmp_path, standalone=True) == (tmp_path,)


def test_an_id_of_the_organization_is_given_once(tmp_path: Path) -> None:
    """The same id in two files is an error that names both places."""
    write(tmp_path, organization__a="organization: {name: A}\npeople:\n  bob: {name: Bob}\n",
          organization__b="people:\n  bob: {name: Robert}\norganization: {name: B}\n")  # fmt: skip
    assert printed(load([tmp_path]), tmp_path) == [
        "organization/b.yaml:2:3 given-twice person 'bob' is given twice\n  at person 'bob'\n"
        "  hint: the first one is at organization/a.yaml:3:3",
        "organization/b.yaml:3:1 given-twice organization is given twice\n  at organization\n"
        "  hint: the first one is at organization/a.yaml:1:1",
    ]


def test_a_process_id_and_a_prefix_belong_to_one_file(tmp_path: Path) -> None:
    """Two files with the same id or prefix are an error, and the later file is not loaded."""
    write(tmp_path, processes__a=demo("demo", "DEM"), processes__b=demo("demo", "OTH"), processes__c=demo("c", "DEM"))
    loaded = load([tmp_path])
    assert printed(loaded, tmp_path) == [
        "processes/b.yaml:1:1 given-twice the process id 'demo' is claimed twice\n  at process\n"
        "  hint: the first one is at processes/a.yaml:1:1",
        "processes/c.yaml:4:1 given-twice the prefix 'DEM' is claimed twice\n  at prefix\n"
        "  hint: the first one is at processes/a.yaml:4:1",
    ]
    assert list(loaded.processes) == ["demo"]


def test_tables_of_the_organization_replace_those_of_a_process(tmp_path: Path) -> None:
    """Only tables that the process declares are replaced, and the digest is that of the process that will run."""
    plain = load([write(tmp_path / "plain", processes__demo=demo())]).processes["demo"]
    tables = "tables: {risk: {high: 5}, unused: {a: 1}}\n"
    loaded = load([write(tmp_path / "own", processes__demo=demo(), organization__tables=tables)])
    process = loaded.processes["demo"]
    assert process.process.tables == {"risk": {"high": 5}, "cost": {"high": 9}}
    assert process.digest == digest(process.process) != plain.digest


def test_problems_of_all_files_come_at_once_and_in_order(tmp_path: Path) -> None:
    """The problem of a file hides no other, and files without problems are loaded."""
    write(tmp_path, processes__a="a: [", processes__b=demo("Big"), processes__c=demo("fine", "FIN"),
          organization__o="peple: {}\n", scenarios__s="scenario: x\n")  # fmt: skip
    loaded = load([tmp_path])
    found = [(Path(problem.file).name, problem.code) for problem in loaded.problems]
    assert found == [
        ("o.yaml", "unknown-key"), ("a.yaml", "yaml-syntax"), ("b.yaml", "invalid-value"),
        ("s.yaml", "missing-key"), ("s.yaml", "missing-key"),
    ]  # fmt: skip
    assert list(loaded.processes) == ["fine"]
    with pytest.raises(DefinitionError) as raised:
        loaded.or_raise()
    assert raised.value.problems == loaded.errors


def test_a_folder_with_the_name_of_a_file(tmp_path: Path) -> None:
    """A folder whose name ends like a file's is a warning, also if it is empty."""
    write(tmp_path, processes__demo=demo())
    (tmp_path / "processes" / "dir.yaml").mkdir()
    assert printed(load([tmp_path]), tmp_path) == [
        "processes/dir.yaml:1:1 file-not-read warning: this file is not read\n"
        "  hint: it is a folder: put its files into processes/ itself"
    ]


def test_files_that_are_not_read_are_named(tmp_path: Path) -> None:
    """A file that people may believe to be read is a warning; READMEs and hidden files are not."""
    write(tmp_path, processes__demo=demo(), process__other=demo("other", "OTH"))
    for name in ("processes/late.yml", "templates/hello.txt", "stray.yaml", "processes/README.md", "processes/.hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x: 1")
    write(tmp_path / "processes", deeper__one=demo("one", "ONE"))
    loaded = load([tmp_path])
    assert {problem.severity for problem in loaded.problems} == {"warning"}
    assert printed(loaded, tmp_path) == [
        f"{name}:1:1 file-not-read warning: this file is not read\n  hint: {hint}"
        for name, hint in (
            ("process/other.yaml", "only processes/, organization/, templates/, scenarios/ are read"),
            ("processes/deeper/one.yaml", "put it into processes/ itself"),
            ("processes/late.yml", "name it late.yaml"),
            ("stray.yaml", "put it into processes/, organization/ or scenarios/"),
            ("templates/hello.txt", "name it hello.md"),
        )
    ]


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    """A missing folder, and a file in place of one, are problems and not empty definitions."""
    (tmp_path / "file").write_text("")
    loaded = load([tmp_path / "missing", tmp_path / "file"])
    assert printed(loaded, tmp_path) == [
        "file:1:1 no-folder the definitions folder is not a folder\n"
        "  hint: give the folder that holds processes/, organization/ …",
        "missing:1:1 no-folder the definitions folder does not exist\n"
        "  hint: give the folder that holds processes/, organization/ …",
    ]


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    """A dangling link is a problem of that file alone."""
    write(tmp_path, processes__demo=demo())
    (tmp_path / "processes" / "gone.yaml").symlink_to(tmp_path / "nowhere")
    loaded = load([tmp_path])
    assert printed(loaded, tmp_path) == ["processes/gone.yaml:1:1 unreadable can't be read: No such file or directory"]
    assert list(loaded.processes) == ["demo"]


def test_templates_are_text(tmp_path: Path) -> None:
    """A template that is not UTF-8, or too long, is refused as any file is."""
    write(tmp_path, templates__long="x" * 1_000_001)
    (tmp_path / "templates" / "latin.md").write_bytes(b"caf\xe9")
    codes = [problem.code for problem in load([tmp_path]).problems]
    assert codes == ["not-utf8", "file-too-large"]


def test_a_scenario_names_a_process_that_some_file_declares(tmp_path: Path) -> None:
    """An unknown process is an error; a process whose own file has errors is not reported twice."""
    write(tmp_path, processes__demo=demo(), processes__broken=demo("broken", "bro"),
          scenarios__a=SCENARIO.format(id="dema"), scenarios__b=SCENARIO.format(id="broken"))  # fmt: skip
    assert printed(load([tmp_path]), tmp_path)[1:] == [
        "scenarios/a.yaml:2:10 unknown-process no file declares the process 'dema'\n  at process\n"
        "  hint: did you mean 'demo'?"
    ]


def test_the_digest_is_of_what_runs_and_not_of_how_it_is_written(tmp_path: Path) -> None:
    """Comments, quotes and shorthand leave the digest alone; another target or another order of states changes it."""
    long = demo().replace("by: everyone", 'by: ["everyone"], when: null') + "# a comment\n"
    found = [
        load([write(tmp_path / str(index), processes__demo=text)]).processes["demo"]
        for index, text in enumerate((demo(), long))
    ]
    assert found[0].digest == found[1].digest
    process = found[0].process
    reordered = process.model_copy(update={"states": dict(reversed(process.states.items()))})
    states = {**process.states, "new": process.states["done"]}
    changed: Process = process.model_copy(update={"states": states})
    assert len({digest(process), digest(reordered), digest(changed)}) == 3


TEMPLATE = """Subject: {{ ticket.key }} for {{ persn.name }}

{{ ticket.sumary }} until {{ deadline | locl }}
"""


def test_templates_are_checked_where_they_are_wrong(tmp_path: Path) -> None:
    """Unknown names, fields that no process of the template has, and broken syntax are found at their places."""
    notify = "{notify: {to: opener, template: hello}}"
    process = demo().replace("new: {on", f"new: {{entry: [{notify}], on")
    unused = "Subject: {{ ticket.anything }}\n{{ 'x' * 3 }}{% for one in services %}{{ one }}{% endfor %}"
    write(tmp_path, processes__demo=process, templates__hello=TEMPLATE.replace(" | locl", ""),
          templates__filter=TEMPLATE, templates__open="Subject: Hello\n\n{% if ticket.key %}\n",
          templates__none="Hello", templates__unused=unused)  # fmt: skip
    assert [line.split("\n")[0] for line in printed(load([tmp_path]), tmp_path)] == [
        "templates/filter.md:1:34 unknown-name unknown name 'persn'",
        "templates/filter.md:3:41 bad-template the template can't be read: No filter named 'locl'.",
        "templates/hello.md:1:34 unknown-name unknown name 'persn'",
        "templates/hello.md:3:4 unknown-field no process that uses this template has a field 'sumary'",
        "templates/none.md:1:1 bad-template the first line must be 'Subject: …'",
        "templates/open.md:3:1 bad-template the template can't be read: Unexpected end of template. Jinja was looking "
        "for the following tags: 'elif' or 'else' or 'endif'. The innermost block that needs to be closed is 'if'.",
    ]
