"""Files and modules that texts name: documents, docstrings, comments and configuration."""

from __future__ import annotations

import ast
import pkgutil
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from io import StringIO
from pathlib import Path

import pytest

from tests.paths import ROOT

PACKAGES = "activities|api|benchmarks|definitions|tests|workflows"
TEXTS = sorted(
    path
    for pattern in (
        "*.md",
        "docs/**/*.md",
        "*.toml",
        "*.yml",
        "Makefile",
        "Dockerfile",
        ".*.yaml",
        "tests/unit/**/*.yaml",
    )
    for path in ROOT.glob(pattern)
)
SOURCES = sorted(path for package in PACKAGES.split("|") for path in (ROOT / package).rglob("*.py"))

FILE = re.compile(rf"(?<![\w./-])(?:{PACKAGES}|docs)(?:/[\w.*<>{{}}-]+)+/?")
"""``docs/adr/0001`` too: a decision is named by its number."""
MODULE = re.compile(rf"(?<![\w./@-])(?:{PACKAGES})(?:\.[a-z_]\w*)+(?![\w(/-])", re.ASCII)
DECISION = re.compile(r"\bADR (\d+)")
PLACEHOLDERS = frozenset("*<>{}")


def texts_of(source: Path) -> Iterator[str]:
    """The comments and docstrings of a module; of a package's module also each string that is a module's name."""
    of_package = source.relative_to(ROOT).parts[0] not in ("tests", "benchmarks")
    code = source.read_text(encoding="utf-8")
    if next(missing("\n".join(re.findall("#.*", code))), None):  # else no comment can be at fault: to look is slow
        tokens = tokenize.generate_tokens(StringIO(code).readline)
        yield from (token.string for token in tokens if token.type == tokenize.COMMENT)
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Expr(ast.Constant(str() as text)):
                yield text
            case ast.Constant(str() as text) if of_package and MODULE.fullmatch(text):
                yield text


def missing(text: str) -> Iterator[str]:
    """What a text names that does not exist."""
    for name in (found.rstrip("./") for found in FILE.findall(text)):
        if PLACEHOLDERS.isdisjoint(name) and not (ROOT / name).exists() and not is_decision(name):
            yield name
    yield from (name for name in MODULE.findall(text) if not exists(name))
    yield from (f"ADR {number}" for number in DECISION.findall(text) if not any(ROOT.glob(f"docs/adr/{number:0>4}-*")))


def is_decision(name: str) -> bool:
    """Whether a name is a decision's number: ``docs/adr/0001``."""
    return re.fullmatch(r"docs/adr/\d{4}", name) is not None and any(ROOT.glob(f"{name}-*.md"))


@cache
def exists(name: str) -> bool:
    """Whether a dotted name is a module, or something that a module has."""
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_name_files_that_exist(path: Path) -> None:
    """Every file and module that a document or a configuration file names exists."""
    assert sorted(set(missing(path.read_text(encoding="utf-8")))) == []


def test_sources_name_files_that_exist() -> None:
    """Every file and module that a docstring or a comment names exists."""
    found = {str(path.relative_to(ROOT)): sorted(set(missing("\n".join(texts_of(path))))) for path in SOURCES}
    assert {path: names for path, names in found.items() if names} == {}


def test_what_has_moved_is_noticed() -> None:
    """A missing file, module, attribute or decision is found, and a pattern of file names is not taken for a file."""
    gone = "api/gone.py docs/adr/9999 tests/unit/gone workflows.gone workflows.engine.step.gone ADR 77"
    assert " ".join(missing(gone)) == gone
    there = "api/server.py docs/adr/0001 tests/histories/*.json workflows.engine.step.step ADR 1 `docs/<page>.md`"
    assert " ".join(missing(there)) == ""
