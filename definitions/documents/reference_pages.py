"""The reference of the language in ``docs/reference``: Markdown made from the JSON Schemas and the examples."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from definitions.documents.reference_words import WORDS, Schema, takes
from definitions.documents.schema_examples import examples_of

WIDTH = 125
_DEFAULT = re.compile(r" ?Default: (.+?)\.(?= |$)")
"""The sentence of a description that names the default in words."""
INTRODUCTIONS: Mapping[str, tuple[str, str]] = {
    "process": (
        "Process files",
        "A file in `processes/` is one process. [Making a process your own](../customize.md) shows how to change one;"
        " [Invariants](../invariants.md), [Automation](../automation.md) and [Triggers and schedules](../triggers.md)"
        " describe parts of it in detail.",
    ),
    "organization": (
        "Organization files",
        "The files in `organization/` are merged: each holds a part of the organization, and no two files may"
        " hold the same id.",
    ),
    "scenario": (
        "Scenario files",
        "A file in `scenarios/` is one test of a process. [Scenarios](../scenarios.md) describes how they are played.",
    ),
}


def page(kind: str, schemas: Mapping[str, Schema]) -> str:
    """The reference of ``process``, ``organization`` or ``scenario`` files.

    ``schemas`` are the schemas of all three, with keys in the order of the models. Each section describes one object,
    in the order in which a reader meets them. Objects of another page are linked.
    """
    title, introduction = INTRODUCTIONS[kind]
    sections = _Sections(kind, schemas)
    tables = [sections.section(name) for name in sections.order]
    names = ", ".join(f"[{sections.title(name)}](#{_anchor(sections.title(name))})" for name in sections.order)
    words = _words(" ".join(sections.taken))
    return "\n\n".join([
        f"# {title}",
        "<!-- Made by `python -m definitions.documents.json_schema --write`: change definitions/schema, not this. -->",
        _wrapped(introduction),
        _wrapped(f"An editor with support for JSON Schema completes and explains all of these keys. It needs the schema"
                 f" [`{kind}.json`](../schema/{kind}.json). For the YAML language server, a file begins with:"),
        f"```yaml\n# yaml-language-server: $schema=<path to>/docs/schema/{kind}.json\n```",
        _wrapped(f"Its objects: {names}. The words in the column *takes* are explained"
                 " [at the end](#what-keys-take)."),
        *tables,
        *words,
    ]) + "\n"  # fmt: skip


class _Sections:
    """The objects of one page."""

    def __init__(self, kind: str, schemas: Mapping[str, Schema]) -> None:
        self._kind = kind
        self._schemas = schemas
        self._root = next(iter(examples_of(kind))).model
        self._elsewhere = self._objects("organization") if kind == "scenario" else {}
        self._own = self._objects(kind)
        self.taken: list[str] = []
        """The values that the keys described so far take."""
        self.order = list(self._met(self._root, {}))

    def _objects(self, kind: str) -> dict[str, Schema]:
        schema = self._schemas[kind]
        return {**schema["$defs"], str(schema["title"]): schema}

    def _met(self, name: str, seen: dict[str, None]) -> dict[str, None]:
        """The objects of this page, each before the objects inside it."""
        if name not in seen and name not in self._elsewhere:
            seen[name] = None
            for reference in _references(self._own[name].get("properties", {})):
                self._met(reference, seen)
        return seen

    def title(self, name: str) -> str:
        return str({**self._elsewhere, **self._own}[name]["title"])

    def _linked(self, name: str, many: bool) -> str:
        title = self.title(name)
        word = title if title[:2].isupper() else title[0].lower() + title[1:]
        where = "organization.md" if name in self._elsewhere else ""
        return f"[{word}{'s' if many else ''}]({where}#{_anchor(title)})"

    def section(self, name: str) -> str:
        schema = self._own[name]
        blocks = [f"```yaml\n{one.text}```" for one in examples_of(self._kind) if one.model == name]
        required = schema.get("required", ())
        rows = [self._row(key, one, key in required) for key, one in schema.get("properties", {}).items()]
        table = "\n".join(["| key | takes | default | meaning |", "|---|---|---|---|", *rows])
        return "\n\n".join([f"## {self.title(name)}", _wrapped(schema.get("description", "")), table, *blocks])

    def _row(self, key: str, schema: Schema, required: bool) -> str:
        meaning, told = _DEFAULT.subn("", str(schema.get("description", "")))
        default = _default(schema.get("default"))
        if told:
            default = _DEFAULT.findall(str(schema["description"]))[0]
        self.taken.append(takes(schema, self._linked))
        cells = (f"`{key}`", self.taken[-1], "**required**" if required else default, meaning.strip())
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield str(value["$ref"]).rpartition("/")[2]
        for key, inner in value.items():
            if key != "examples":
                yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _default(value: Any) -> str:
    if isinstance(value, dict):
        value = {key: one for key, one in value.items() if one not in (None, [])}
    if value in (None, [], {}, ""):
        return "none"
    return f"`{_flow(value)}`"


def _flow(value: Any) -> str:
    """A value in YAML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(one)}" for key, one in value.items()) + "}"
    return value if isinstance(value, str) else json.dumps(value)


def _words(taken: str) -> list[str]:
    """The table of the kinds of values on a page."""
    named = re.sub(r"`[^`]*`|\[[^]]*\]\([^)]*\)", "", taken)
    used = [word for word in WORDS if re.search(rf"\b{word}s?\b", named.replace("people", "person"))]
    rows = [f"| {word} | {WORDS[word]} |" for word in used]
    said = (
        "A list is written `[a, b]`, or with one element on each line, after `- `. *Or a list* means that a single"
        " element may stand alone."
    )
    return ["## What keys take", said, "\n".join(["| word | is |", "|---|---|", *rows])]


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _wrapped(text: str) -> str:
    return "\n".join(textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False))
