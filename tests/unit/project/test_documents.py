"""What the documents say is so, as far as a program can tell."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any, get_args
from urllib.parse import unquote

import pytest
import typer
from pydantic_core import PydanticUndefined, to_json

from activities.settings import Settings as WorldSettings
from api.cli.main import app
from api.http.code_pages import documents as code_pages
from api.http.problem_responses import STATUS
from api.settings import EdgeSettings
from tests.paths import ROOT
from workflows.engine.model.result import RefusalCode

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
FENCED = re.compile(r"^(```+|~~~+).*?^\1", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)")
HEADING = re.compile(r"^#+\s+(.+?)\s*$", re.MULTILINE)


def prose(document: Path) -> str:
    return FENCED.sub("", document.read_text(encoding="utf-8"))


def anchors(document: Path) -> set[str]:
    """What a link may point to within a document: its headings, as Git forges name them."""
    found = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(prose(document)))
    return {heading.replace(" ", "-") for heading in found}


def broken_links(document: Path) -> Iterator[str]:
    for link in LINK.findall(prose(document)):
        if re.match(r"[a-z][a-z0-9+.-]*:", link):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


def table_rows(document: str) -> dict[str, list[str]]:
    """The rows of a document's tables by what stands in backticks in their first cell."""
    lines = (ROOT / document).read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("| `")]
    names = [row[0].strip("` ") for row in rows]
    assert len(names) == len(set(names)), "a name stands in two rows"
    return dict(zip(names, rows, strict=True))


def written(default: Any) -> str:
    """A default as the environment would give it."""
    if default is None or default is PydanticUndefined:
        return "none"
    text = str(default) if isinstance(default, str | Path) else to_json(default).decode()
    return f"`{text}`"


def defaults_of_settings() -> dict[str, str]:
    """Every variable that the settings and the command line read; the worker's word goes for what both name."""
    command: Any = typer.main.get_command(app)
    parameters = [parameter for each in command.commands.values() for parameter in each.params]
    options = {parameter.envvar: parameter.default for parameter in parameters if getattr(parameter, "envvar", None)}
    found = {name: written(default) for name, default in options.items()}
    for model in (EdgeSettings, WorldSettings):
        for name, field in model.model_fields.items():
            found[f"STANCHION_{name.upper()}"] = written(field.get_default(call_default_factory=True))
    return found


def codes_of_the_edge() -> set[str]:
    """The codes with which the edge makes problems of its own, wherever one is made."""
    codes: set[str] = set()
    for path in sorted((ROOT / "api").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
                literals = [each.value if isinstance(each, ast.Constant) else None for each in call.args]
                if call.func.id == "RequestRefused" and isinstance(literals[0], str):
                    codes.add(literals[0])
                if call.func.id == "problem_response" and isinstance(literals[1], str):
                    codes.add(literals[1])
                if call.func.id == "Away" and literals[0]:
                    codes.add(f"{literals[0]!s}_unavailable")
    return codes


REPORTS = ("report_problem", "report_to_owners", "TooMuch", "EffectFailed", "TicketCall")
"""What takes the code of a problem among its arguments."""


def codes_of_tickets() -> set[str]:
    """The codes under which the core and the shell report problems: literals among the arguments of what reports."""
    codes: set[str] = set()
    for path in sorted((ROOT / "workflows").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call):
                name = getattr(call.func, "attr", getattr(call.func, "id", ""))
                place = {"TicketCall": 3, "report_to_owners": 1, "TooMuch": 1}.get(name, 0)
                code = call.args[place] if name in REPORTS and len(call.args) > place else None
                if isinstance(code, ast.Constant):
                    codes.add(str(code.value))
    return codes


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    """Every link within the repository leads to a file, and to a heading where it names one."""
    assert list(broken_links(document)) == []


def test_a_broken_link_is_noticed(tmp_path: Path) -> None:
    """A link to a missing file or heading is found, and one in a code block is none."""
    document = tmp_path / "page.md"
    document.write_text("# A page\n[a](no.md) [b](#a-page) [c](#b)\n```\n[d](no.md)\n```\n", encoding="utf-8")
    assert list(broken_links(document)) == ["no.md", "#b"]


def test_the_index_has_every_page() -> None:
    """Every page of the documentation can be reached from its first one."""
    index = ROOT / "docs" / "index.md"
    linked = {(index.parent / link).resolve() for link in LINK.findall(prose(index)) if ":" not in link}
    assert {page for page in (ROOT / "docs").rglob("*.md") if page != index} <= linked


def test_every_setting_is_documented() -> None:
    """The page of settings names every variable that is read, with its default, and no other."""
    assert {name: row[1] for name, row in table_rows("docs/reference/settings.md").items()} == defaults_of_settings()


def test_every_refusal_is_documented() -> None:
    """The page of refusals names every code of the core and of the edge with the status of its answer."""
    rows = table_rows("docs/reference/refusals.md")
    documented = {code: int(rows[code][1]) for code in STATUS if code in rows}
    assert documented == {code: int(status) for code, status in STATUS.items()}


def test_every_problem_of_a_ticket_is_documented() -> None:
    """The page of problems has a section for every code that the sources report, and for no other."""
    sections = re.findall(
        r"^### (\w+)$", (ROOT / "docs/reference/problems.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert set(sections) == codes_of_tickets()
    assert len(sections) == len(set(sections))


def test_the_pages_of_codes_are_current() -> None:
    """The pages of problems and refusals are those of the tables in the code."""
    assert {path.name: path.read_text(encoding="utf-8") for path in code_pages()} == {
        path.name: text for path, text in code_pages().items()
    }


def test_every_problem_of_the_edge_is_documented() -> None:
    """The page of refusals names every code that the edge makes, and none that nobody makes."""
    rows = table_rows("docs/reference/refusals.md")
    of_the_framework = {HTTPStatus.NOT_FOUND.name.lower(), HTTPStatus.METHOD_NOT_ALLOWED.name.lower()}
    assert set(rows) - set(get_args(RefusalCode)) == codes_of_the_edge() | of_the_framework


def test_the_changelog_has_an_unreleased_section() -> None:
    """What users will see of the next version is written down as it is made."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]
    assert sections[0].startswith("[Unreleased]")
    assert re.search(r"^### (Added|Changed|Deprecated|Removed|Fixed|Security)$", sections[0], re.MULTILINE)
    assert re.search(r"^- \S", sections[0], re.MULTILINE)
