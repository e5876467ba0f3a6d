"""The errors of the YAML parser, in words for the author of the file."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from definitions.text.problems import Mark

_WORDS = {
    "mapping values are not allowed": "': ' is found where a key is not allowed",
    "found character that cannot start any token": "no value can begin with this character",
    "did not find expected ',' or ']'": "a list [ … ] is not closed, or lacks a comma",
    "did not find expected ',' or '}'": "a mapping { … } is not closed, or lacks a comma",
    "did not find expected key": "a key was expected here",
    "did not find expected node content": "a value was expected here",
    "did not find expected '-' indicator": "a list item, with its '-', was expected here",
    "found unexpected end of stream": "the file ends inside a quoted text",
    "could not find expected ':'": "this line is not a 'key: value' pair",
    "found undefined tag handle": "tags are not supported",
    "found unknown escape character": "unknown escape in a text in double quotes",
    "block sequence entries are not allowed": "a list item can't stand here",
    "found invalid leading spaces": "the indentation does not match",
}
_HINTS = {
    "mapping values are not allowed": "put text that holds ': ' in quotes, or check the indentation",
    "found character that cannot start any token": "put text that begins with @ ` or % in quotes",
    "did not find expected key": "check the indentation, and that every bracket and quote is closed",
    "found unknown escape character": "in single quotes, \\ is an ordinary character",
}


@dataclass(frozen=True, slots=True)
class TextProblem:
    """A problem of a text, without its file."""

    mark: Mark
    code: str
    message: str
    hint: str = ""


def decode(text: bytes) -> str | TextProblem:
    """Decode UTF-8, with or without its byte order mark."""
    if text.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):
        return TextProblem(Mark(1, 1), "not-utf8", "the file is not UTF-8, but UTF-16 or UTF-32", "save it as UTF-8")
    try:
        return text.removeprefix(b"\xef\xbb\xbf").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        before = text[: error.start].decode("utf-8")
        found = f"the file is not UTF-8: byte 0x{text[error.start]:02x} is not valid here"
        return TextProblem(_mark_of(before), "not-utf8", found, "save it as UTF-8")


def _mark_of(before: str) -> Mark:
    return Mark(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def syntax_problem(error: yaml.YAMLError, text: str) -> TextProblem:
    """The place at which the parser stopped, and what it expected there."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return _marked(error, error.problem_mark, text.split("\n"))
    unprintable = next((i for i, char in enumerate(text) if not _printable(char)), 0)
    found = f"the file holds the control character U+{ord(text[unprintable]):04X}"
    return TextProblem(_mark_of(text[:unprintable]), "control-character", found, "delete it")


def _marked(error: yaml.MarkedYAMLError, place: yaml.Mark, lines: list[str]) -> TextProblem:
    line = lines[place.line] if place.line < len(lines) else ""
    mark = Mark(place.line + 1, place.column + 1)
    if line[place.column : place.column + 1] == "\t" or "\t" in line[: len(line) - len(line.lstrip())]:
        column = line.index("\t") + 1
        return TextProblem(Mark(mark.line, column), "yaml-tab", "a tab stands where only spaces may indent",
                       "indent with spaces")  # fmt: skip
    problem = str(error.problem)
    known = next((start for start in _WORDS if problem.startswith(start)), "")
    code = "yaml-tag" if known == "found undefined tag handle" else "yaml-syntax"
    message = _WORDS.get(known, problem)
    opened = error.context_mark
    if opened is not None and opened.line != place.line:
        message += f" (the unfinished part begins at line {opened.line + 1}, column {opened.column + 1})"
    return TextProblem(mark, code, message, _HINTS.get(known, ""))


def _printable(char: str) -> bool:
    """The printable set of YAML 1.2, section 5.1."""
    return char in "\t\n\r\x85" or " " <= char <= "~" or "\xa0" <= char <= "\ud7ff" or (
        "\ue000" <= char <= "\ufffd" and char != "\ufeff"
    ) or char >= "\U00010000"  # fmt: skip
