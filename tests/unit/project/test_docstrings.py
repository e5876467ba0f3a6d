"""The docstring of a test is its one sentence."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.paths import ROOT, TESTS

CODE = re.compile(r"``.+?``|`.+?`")


def functions(code: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The tests of a module, also those in classes."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            yield node


def complaint(docstring: str | None) -> str | None:
    """What keeps a docstring from being one sentence: a capital or a piece of code first, one period, at the end."""
    if docstring is None:
        return "there is none"
    sentence = " ".join(CODE.sub("X", docstring).split())
    if re.match(r"[a-z]+[ ,:;.]", sentence):
        return "it does not begin like a sentence"
    if not sentence.endswith("."):
        return "it does not end with a period"
    if re.search(r"[.!?][)\"”]* ", sentence):
        return "it is more than one sentence"
    return None


def test_every_test_says_its_rule() -> None:
    """Every test has a docstring that is one sentence."""
    found = [
        f"{path.relative_to(ROOT)}:{test.lineno} {test.name}: {wrong}"
        for path in sorted(TESTS.rglob("test_*.py"))
        for test in functions(path.read_text(encoding="utf-8"))
        if (wrong := complaint(ast.get_docstring(test)))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("docstring", "wrong"),
    [
        (None, "there is none"),
        ("a rule holds.", "it does not begin like a sentence"),
        ("A rule holds", "it does not end with a period"),
        ("A rule holds. Another does, too.", "it is more than one sentence"),
        ("Does a rule hold? It does.", "it is more than one sentence"),
        ("A rule holds.\n\n    More of it.", "it is more than one sentence"),
        ("A rule holds, of which much\n    can be said; 1.5 times in a.b as well.", None),
        ("``need. Or`` is code, and so is `x! y`.", None),
        ("sun-thu is a span of days.", None),
        ("60m is 1h.", None),
        (".env.example is a file.", None),
    ],
)
def test_a_docstring_that_is_no_sentence_is_noticed(docstring: str | None, wrong: str | None) -> None:
    """A missing docstring, a fragment and a second sentence are found; code may begin a sentence, and hold periods."""
    assert complaint(docstring) == wrong


def test_every_kind_of_test_is_looked_at() -> None:
    """Tests that are asynchronous or in a class count, helpers do not."""
    code = "def test_a(): ...\nasync def test_b(): ...\nclass TestC:\n    def test_d(self): ...\ndef helper(): ...\n"
    assert [test.name for test in functions(code)] == ["test_a", "test_b", "test_d"]
