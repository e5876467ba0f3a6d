"""YAML 1.2 from the event stream: values, positions, and the refusals of LANGUAGE, section 1.

The reader checks its limits on each event, before it builds anything from the event. So a document of a million
brackets costs as much as its first 65. The reader refuses aliases and never follows them, so that no file can explode.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from definitions.text.problems import Mark, Path, Problem
from definitions.text.scalars import plain_scalar, shown
from definitions.text.text_places import TextPlace, lines_of, mark_of, text_place
from definitions.text.yaml_syntax import TextProblem, decode, syntax_problem

try:
    from yaml.cyaml import CSafeLoader as _Loader
except ImportError:  # PyYAML was built without libyaml: the same events, slower
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

MAX_BYTES = 1_000_000
MAX_LEVELS = 64
MAX_VALUES = 50_000
MAX_REFUSALS = 100
"""A file with more problems is of another kind, and a longer list would not help."""


@dataclass(slots=True)
class Document:
    """The part of a file that has been read so far."""

    file: str
    data: Any = None
    values: dict[Path, Mark] = field(default_factory=dict)
    keys: dict[Path, Mark] = field(default_factory=dict)
    texts: dict[Path, TextPlace] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    trusted: bool = True
    """False if the data differs from the file: an alias was left out, or reading stopped."""

    def refuse(self, mark: Mark, code: str, message: str, hint: str = "", *, spoils: bool = False) -> None:
        self.problems.append(Problem(self.file, mark.line, mark.column, code, message, hint=hint))
        self.trusted = self.trusted and not spoils


class _Stop(Exception):
    """Reading stops here: the rest would make no sense, or cost too much."""


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end has not been read yet."""

    path: Path
    container: dict[str, Any] | list[Any]
    key: str | None = None
    seen: dict[str, Mark] = field(default_factory=dict)


def read_document(text: bytes, file: str, loader: type = _Loader) -> Document:
    """Read the document of a file, with every problem that its text alone shows."""
    document = Document(file)
    top = Mark(1, 1)
    if len(text) > MAX_BYTES:
        document.refuse(top, "file-too-large", f"the file has more than {MAX_BYTES:,} bytes",
                        spoils=True)  # fmt: skip
        return document
    decoded = decode(text)
    if isinstance(decoded, TextProblem):
        document.refuse(decoded.mark, decoded.code, decoded.message, decoded.hint, spoils=True)
        return document
    try:
        _Reader(document, decoded).read(loader)
    except _Stop:
        document.trusted = False
    except yaml.YAMLError as error:
        found = syntax_problem(error, decoded)
        document.refuse(found.mark, found.code, found.message, found.hint, spoils=True)
    return document


class _Reader:
    """Builds plain data from parser events, without knowing its meaning."""

    def __init__(self, document: Document, text: str) -> None:
        self.document = document
        self.text = text
        self.lines = lines_of(text)
        self.open: list[_Open] = []
        self.count = 0
        self.documents = 0
        self.complex_key_levels = 0

    def read(self, loader: type) -> None:
        for event in yaml.parse(self.text, Loader=loader):
            if isinstance(event, yaml.NodeEvent):
                self._value(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._end()
            elif isinstance(event, yaml.DocumentStartEvent):
                self._document(event)
        self._whole()

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        self.documents += 1
        if self.documents > 1:
            self._stop(mark_of(event), "several-documents", "a second document begins here, but a file holds only one",
                       "put it into a file of its own")  # fmt: skip

    def _whole(self) -> None:
        data = self.document.data
        mark = self.document.values.get((), Mark(1, 1))
        if self.documents == 0 or data is None:
            self._stop(Mark(1, 1), "empty-file", "the file is empty")
        if not isinstance(data, dict):
            kind = "a list" if isinstance(data, list) else "a single value"
            self._stop(mark, "not-a-mapping", f"the file is {kind}, but must be a mapping: keys with their values")

    def _stop(self, mark: Mark, code: str, message: str, hint: str = "") -> None:
        self.document.refuse(mark, code, message, hint, spoils=True)
        raise _Stop

    def _value(self, event: yaml.NodeEvent) -> None:
        mark = mark_of(event)
        self.count += 1
        if self.count > MAX_VALUES:
            self._stop(mark, "too-many-values", f"the file has more than {MAX_VALUES:,} values and keys")
        if len(self.document.problems) >= MAX_REFUSALS:
            self._stop(mark, "too-many-problems", f"reading stops here, after {MAX_REFUSALS} problems")
        self._refuse_features(event, mark)
        if self.complex_key_levels:
            self._inside_complex_key(event)
            return
        if self._expects_key():
            self._key(event, mark)
            return
        path = self._next_path()
        if isinstance(event, yaml.ScalarEvent):
            self._place(path, mark, self._scalar(event, path))
        elif isinstance(event, yaml.AliasEvent):
            self._place(path, mark, None)
        else:
            container: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
            self._place(path, mark, container)
            self._enter(_Open(path, container), mark)

    def _enter(self, opened: _Open, mark: Mark) -> None:
        self.open.append(opened)
        if len(self.open) > MAX_LEVELS:
            self._stop(mark, "too-deep", f"the file is nested more than {MAX_LEVELS} levels deep")

    def _refuse_features(self, event: yaml.NodeEvent, mark: Mark) -> None:
        refuse = self.document.refuse
        if isinstance(event, yaml.AliasEvent):
            refuse(mark, "yaml-alias", f"aliases are not supported: {shown('*' + str(event.anchor))}",
                   "repeat the value here, or put a text that begins with * in quotes", spoils=True)  # fmt: skip
            return
        if event.anchor is not None:
            refuse(mark, "yaml-anchor", f"anchors are not supported: {shown('&' + str(event.anchor))}",
                   "delete the anchor, or put a text that begins with & in quotes")  # fmt: skip
        tag = getattr(event, "tag", None)
        if tag is not None:
            written = tag.replace("tag:yaml.org,2002:", "!!")
            refuse(mark, "yaml-tag", f"tags are not supported: {shown(written)}",
                   "delete the tag, or put a text that begins with ! in quotes")  # fmt: skip

    def _expects_key(self) -> bool:
        return bool(self.open) and isinstance(self.open[-1].container, dict) and self.open[-1].key is None

    def _next_path(self) -> Path:
        if not self.open:
            return ()
        top = self.open[-1]
        if isinstance(top.container, list):
            return (*top.path, len(top.container))
        return (*top.path, top.key or "")

    def _place(self, path: Path, mark: Mark, value: Any) -> None:
        self.document.values.setdefault(path, mark)
        if not self.open:
            self.document.data = value
            return
        top = self.open[-1]
        if isinstance(top.container, list):
            top.container.append(value)
            return
        top.container.setdefault(top.key or "", value)  # a duplicate key keeps its first value and position
        top.key = None

    def _key(self, event: yaml.NodeEvent, mark: Mark) -> None:
        top = self.open[-1]
        if not isinstance(event, yaml.ScalarEvent):
            self._complex_key(event, mark)
            return
        value = event.value if event.style else plain_scalar(event.value)
        if not isinstance(value, str) and not _is_whole(value, event.value):
            found = "the key is empty" if event.value == "" else f"the key {event.value} is {_kind(value)}, not text"
            hint = "give the key a name" if event.value == "" else f"write it in quotes: '{event.value}'"
            self.document.refuse(mark, "key-not-text", found, hint)
        elif value == "<<" and not event.style:
            self.document.refuse(mark, "yaml-merge-key", "merge keys are not supported: '<<'",
                                 "write out the keys of the other mapping", spoils=True)  # fmt: skip
        top.key = event.value
        self.document.keys.setdefault((*top.path, top.key), mark)
        first = top.seen.setdefault(top.key, mark)
        if first != mark:
            self.document.refuse(mark, "duplicate-key", f"the key {shown(event.value)} is given twice",
                                 f"the first one is at line {first.line}, column {first.column}")  # fmt: skip

    def _complex_key(self, event: yaml.NodeEvent, mark: Mark) -> None:
        if not isinstance(event, yaml.AliasEvent):
            kind = "a mapping" if isinstance(event, yaml.MappingStartEvent) else "a list"
            self.document.refuse(mark, "key-not-text", f"the key is {kind}, not text",
                                 "put a text that begins with { or [ in quotes", spoils=True)  # fmt: skip
            self.complex_key_levels = 1
        self.open[-1].key = ""

    def _inside_complex_key(self, event: yaml.NodeEvent) -> None:
        if isinstance(event, yaml.CollectionStartEvent):
            self.complex_key_levels += 1
            if len(self.open) + self.complex_key_levels > MAX_LEVELS:
                self._stop(mark_of(event), "too-deep", f"the file is nested more than {MAX_LEVELS} levels deep")

    def _end(self) -> None:
        if self.complex_key_levels:
            self.complex_key_levels -= 1
        else:
            self.open.pop()

    def _scalar(self, event: yaml.ScalarEvent, path: Path) -> Any:
        value = event.value if event.style else plain_scalar(event.value)
        if isinstance(value, str):
            self.document.texts.setdefault(path, text_place(event, self.lines))
        return value


def _is_whole(value: object, text: str) -> bool:
    """A whole number as people write it. As a key it is read as text, so that rows may be called 1, 2 and 3."""
    return isinstance(value, int) and not isinstance(value, bool) and str(value) == text


def _kind(value: object) -> str:
    if value is None:
        return "null"
    return "a boolean" if isinstance(value, bool) else "a number"
