"""The error messages of CEL, reworded for process owners."""

from __future__ import annotations

import re
from collections.abc import Iterator

from definitions.expressions.errors import ExpressionError
from definitions.expressions.scope import Scope
from definitions.text.suggestions import closest

_COMPLAINT = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*?)(?=\n \| |\nERROR: | \[[A-Z_]+\]$|$)", re.DOTALL)
_UNDECLARED = re.compile(r"undeclared reference to '([^']*)'")
_OVERLOAD = re.compile(r"found no matching overload for '([^']*)' applied to '(.*)'")
_SELECT = re.compile(r"expression of type '([^']*)' cannot be the operand of a select operation")
_OPERATORS = {"_?_:_": "? :", "@in": "in", "_[_]": "[ ]", "!_": "!", "-_": "-"}
_TYPES = (
    (r"wrapper\((\w+)\)", r"\1"),
    (r"google\.protobuf\.Timestamp", "time"),
    (r"google\.protobuf\.Duration", "duration"),
    (r"list\((?:dyn)?\)", "list"),
    (r"list\((\w+)\)", r"list of \1"),
    (r"map\(string, (?:dyn)?\)", "table"),
    (r"map\(string, .*\)", "table"),
    (r"\bstring\b", "text"),
    (r"\bint\b", "integer"),
    (r"\bdouble\b", "number"),
    (r"\bbool\b", "true or false"),
    (r"\bdyn\b", "any value"),
    (r"\bnull_type\b", "null"),
)
FUNCTIONS = (
    "in_state", "tag", "duration", "timestamp", "size", "startsWith", "endsWith", "contains", "matches",
    "string", "int", "double", "bool", "exists", "exists_one", "all", "filter", "map",
)  # fmt: skip
"""The functions that an expression may call."""
_ELSEWHERE = {"callback.url": "it is known only in an http request of a run that has a callback, such as callback: 2h"}
"""Names that are known only in some places, with a hint."""


def reworded(complaint: str, source: str, scope: Scope) -> Iterator[ExpressionError]:
    """An error for every mistake that CEL reports, in CEL's order; at least one."""
    found = False
    for line, column, text in _COMPLAINT.findall(complaint):
        if found and text.startswith("Syntax error"):
            continue  # a later syntax error mostly follows from the first
        found = True
        yield _one(int(line), int(column), " ".join(text.split()), source, scope)
    if not found:
        deep = "recursion" in complaint
        message = "the expression is nested too deeply" if deep else complaint.partition(" [")[0]
        yield ExpressionError(message, hint=_SIMPLER if deep else "")


_SIMPLER = "split it: move a part of it to a computed field"


def _one(line: int, column: int, text: str, source: str, scope: Scope) -> ExpressionError:
    if line < 1:
        return ExpressionError("the expression is nested too deeply", hint=_SIMPLER)
    if match := _UNDECLARED.search(text):
        return _unknown_name(match[1], line, column, source, scope)
    if match := _OVERLOAD.search(text):
        types = plain_types(match[2])
        operator = _OPERATORS.get(match[1], match[1].strip("_"))
        return ExpressionError(f"'{operator}' can't be used with {types}", line, column, _cure(match[1], types))
    if match := _SELECT.search(text):
        return ExpressionError(f"{plain_types(match[1])} has no parts: '.' can't be used with it", line, column)
    if text.startswith("Syntax error"):
        return ExpressionError(f"syntax: {_syntax(text)}", line, column, _syntax_hint(source, line, column))
    return ExpressionError(text, line, column)


def plain_types(types: str) -> str:
    """``(wrapper(int), string)`` as ``integer and text``."""
    inner = types.removeprefix("(").removesuffix(")") if types.startswith("(") else types
    for pattern, word in _TYPES:
        inner = re.sub(pattern, word, inner)
    return " and ".join(inner.split(", "))


def _cure(operator: str, types: str) -> str:
    if operator == "_[_]" and types == "table and integer":
        return "the keys of rows are text: write string(…) around the integer"
    if operator in ("_==_", "_!=_") and "list" in types and "null" in types:
        return "compare its length: size(…) > 0 is also false for an unset list"
    if "integer" in types and "number" in types:
        return "write double(…) around the integer"
    if "true or false" in types and operator in ("_&&_", "_||_", "!_"):
        return "compare the other side with something first, with ==, < or in"
    if "time" in types and "text" in types:
        return "write timestamp('2026-03-14T19:00:00Z')"
    return ""


def _unknown_name(name: str, line: int, column: int, source: str, scope: Scope) -> ExpressionError:
    if _called(name, source, line, column):
        return ExpressionError(f"unknown function '{name}'", line, max(column - len(name), 1), closest(name, FUNCTIONS))
    last = name.rpartition(".")[2]
    if "." in name:  # CEL marks the last dot, but people look for the beginning of the name
        column -= len(name) - len(last) - 1
        column = max(column, 1)
    known = _ELSEWHERE.get(name) or closest(name, scope.variables)
    if not known and any(variable.startswith(name + ".") for variable in scope.variables):
        known = f"'{name}' can't stand alone: name a part of it, such as '{_first_part(name, scope)}'"
    return ExpressionError(f"unknown name '{name}'", line, column, known)


def _first_part(name: str, scope: Scope) -> str:
    return next(variable for variable in scope.variables if variable.startswith(name + "."))


def _called(name: str, source: str, line: int, column: int) -> bool:
    rest = source.split("\n")[line - 1][column - 1 :]
    return "." not in name and rest.startswith("(")


def _syntax(text: str) -> str:
    text = text.removeprefix("Syntax error: ")
    if "'<EOF>'" in text and "expecting {" in text:
        return "the text ends too early"
    return re.sub(r" expecting .*", "", text).replace("token recognition error at: ", "can't read ").strip()


def _syntax_hint(source: str, line: int, column: int) -> str:
    rest = source.split("\n")[line - 1][column - 1 :].lstrip()
    for wrong, right in (("and", "&&"), ("or", "||"), ("not", "!"), ("=", "==")):
        if re.match(rf"{wrong}(?![\w=])", rest):
            return f"write {right}"
    return ""
