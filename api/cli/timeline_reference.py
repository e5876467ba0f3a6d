"""The reference of the timeline, ``docs/reference/timeline.md``, made from the shapes of its entries.

``python -m api.cli.timeline_reference --write`` or ``--check``.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from api.cli.timeline_examples import BY_SHAPE
from api.cli.words import words_of
from definitions.documents.generated import DOCUMENTS, write_or_check
from workflows.engine.model.timeline import KINDS, SHAPES
from workflows.engine.model.timeline.clock_entries import LevelRejudged
from workflows.engine.model.timeline.shape import key_of

PAGE = DOCUMENTS / "reference" / "timeline.md"
WIDTH = 125
INTRODUCTION = (
    "The timeline of a ticket says what happened to it, in order. `stanchion show KEY` prints it in words; `GET"
    " /v1/tickets/KEY/timeline` returns it. In the records, each entry also holds the hash of the entry before it, so"
    " that a change is noticed. The API does not show the hashes.",
    "Every entry has these keys. `seq` counts the entries of the ticket from 1. `at` is the time, in UTC."
    " `revision` is the revision of the ticket that the entry belongs to. `actor` is who acted: the id of a"
    " person, `source:x` for a machine, or `engine`. `kind` and `data` say what happened. Internal comments, and"
    " fields that the reader may not see, are left out.",
    "This page lists the `data` of each kind. Some kinds have several shapes, which differ in their keys. A key"
    " without a value is left out. A moment is RFC 3339 text in UTC. Newer versions may add kinds, shapes and"
    " keys: a program that reads the timeline ignores those that it does not know. What this page lists keeps its"
    " meaning.",
)
PLAIN: Mapping[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Any: "any value",
    LevelRejudged: "object",
}


def page() -> str:
    """The reference as Markdown."""
    return "\n\n".join([
        "# The timeline",
        "<!-- Made by `python -m api.cli.timeline_reference --write`:"
        " change workflows/engine/model/timeline, not this. -->",
        *(_wrapped(paragraph) for paragraph in INTRODUCTION),
        _wrapped(f"The kinds: {', '.join(f'[`{kind}`](#{kind})' for kind in sorted(KINDS))}."),
        *(part for kind in sorted(KINDS) for part in _kind(kind)),
    ]) + "\n"  # fmt: skip


def _wrapped(paragraph: str) -> str:
    return textwrap.fill(paragraph, WIDTH, break_long_words=False, break_on_hyphens=False)


def _kind(kind: str) -> Iterator[str]:
    yield f"## `{kind}`"
    shapes = [shape for shape in SHAPES if shape.kind == kind]
    for shape in shapes:
        if len(shapes) > 1:
            yield f"### {_title(shape)}"
        yield from _shape(shape)


def _title(shape: type[Any]) -> str:
    """``ApproversJoined``: Approvers joined."""
    return " ".join(re.findall(r"[A-Z][a-z]+", shape.__name__)).capitalize()


def _shape(shape: Any) -> Iterator[str]:
    yield _wrapped(inspect.getdoc(shape) or "")
    hints, meanings = get_type_hints(shape), _meanings(shape)
    rows = [_row(part.name, hints[part.name], meanings.get(part.name)) for part in fields(shape)]
    yield "\n".join(["| key | takes | meaning |", "|---|---|---|", *rows])
    actor, entry = BY_SHAPE[shape]
    example = json.dumps({"kind": entry.kind, "actor": actor, "data": entry.data()}, ensure_ascii=False)
    yield f"```json\n{example}\n```"
    yield f"In words: {words_of(entry)}"


def _row(part: str, hint: Any, meaning: str | None) -> str:
    taken, is_optional = _taken(hint)
    text = meaning or "Always this value: it tells this shape from the others."
    return f"| `{key_of(part)}` | {taken}{', optional' if is_optional else ''} | {text} |"


def _meanings(shape: Any) -> Mapping[str, str]:
    """The docstrings of the parts of a shape."""
    (written,) = ast.parse(textwrap.dedent(inspect.getsource(shape))).body
    assert isinstance(written, ast.ClassDef)  # noqa: S101  (the source of a class)
    found: dict[str, str] = {}
    for part, behind in zip(written.body, written.body[1:], strict=False):
        is_text = isinstance(behind, ast.Expr) and isinstance(behind.value, ast.Constant)
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name) and is_text:
            found[part.target.id] = " ".join(str(behind.value.value).split())  # type: ignore[attr-defined]
    return found


def _taken(hint: Any) -> tuple[str, bool]:
    """What a part takes, and whether it may be absent."""
    inner = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    kinds = list(dict.fromkeys(_one(one) for one in inner if one is not NoneType))
    if kinds == ["whole number", "number"]:
        kinds = ["number"]
    return " or ".join(kinds), NoneType in inner or hint is Any


def _one(hint: Any) -> str:
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return ", ".join(f"`{json.dumps(one) if one is True else one}`" for one in inner)
    if origin is tuple:
        return f"list of {PLAIN[inner[0]]}s" if inner[1:] == (...,) else f"list of {len(inner)} {PLAIN[inner[0]]}s"
    if origin is Mapping:
        value = inner[1]
        if get_origin(value) is tuple:
            return "object of `[before, after]`"
        if get_origin(value) is Mapping:
            return f"object of {_one(value).replace('object', 'objects', 1)}"
        return f"object of {PLAIN[value]}s"
    return PLAIN[hint]


def documents() -> dict[Path, str]:
    """The page by its path."""
    return {PAGE: page()}


def main(arguments: list[str]) -> int:
    return write_or_check(arguments, documents, "api.cli.timeline_reference")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
