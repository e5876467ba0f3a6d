"""Regular expressions of processes, matched by RE2 in time that grows linearly with the text.

Python's ``re`` tries every way to divide a text among the parts of an expression. Their number can double with each
character, and nothing else runs meanwhile. RE2 has neither lookaround nor backreferences for this reason.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Protocol

import re2

MOST_MEMORY: Final = 1 << 20
"""Bytes of a compiled expression. RE2 refuses a larger one, such as ``(\\pL{0,100}){0,10}``."""
MOST_BACKTRACKED: Final = 20
"""Characters of a text that an expression of an older definition may match by backtracking."""

_NEGATED = {"D": r"\P{Nd}"}
_CLASSES = {"d": r"\p{Nd}", "w": r"\pL\pN_", "s": r"\s\v\x1c-\x1f\x{85}\pZ"}
"""What Python means by these classes: letters and digits of all scripts. RE2 means those of ASCII."""


class BadPattern(ValueError):
    """RE2 does not take the expression; the text states the part that it refuses."""


class TooLongToMatch(ValueError):
    """The expression can only be matched by backtracking, and the text is too long for that."""


class _Compiled(Protocol):
    def fullmatch(self, text: bytes) -> object | None: ...


def check(pattern: str) -> None:
    """Raises BadPattern for an expression that can't be matched in linear time, or that is no expression."""
    _compiled(pattern)


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text matches, in linear time.

    A definition that a ticket carries from an older build may have an expression that RE2 does not take: it is matched
    by backtracking, and only on a short text. Raises TooLongToMatch for a longer text.
    """
    try:
        compiled = _compiled(pattern)
    except BadPattern:
        if len(text) > MOST_BACKTRACKED:
            raise TooLongToMatch(
                f"takes at most {MOST_BACKTRACKED} characters, not {len(text)}: the pattern of this older definition "
                "has no bound on the time of a match; migrate the ticket to a definition whose pattern has one"
            ) from None
        return re.fullmatch(pattern, text) is not None
    return compiled.fullmatch(text.encode(errors="replace")) is not None


def matches_by_backtracking(pattern: str, text: str) -> bool:
    """Whether the whole text matches by the rules of Python's ``re``, as in older builds.

    An expression that only RE2 takes is matched by RE2.
    """
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error:
        return matches(pattern, text)


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> _Compiled:
    options = re2.Options()
    options.max_mem = MOST_MEMORY
    options.log_errors = False
    try:
        compiled: _Compiled = re2.compile(_translated(pattern).encode(), options)
        return compiled
    except re2.error as refused:
        raise BadPattern(_words(refused)) from None
    except UnicodeEncodeError:
        raise BadPattern("it has half of a surrogate pair") from None


def _words(refused: re2.error) -> str:
    found = refused.args[0] if refused.args else b""
    return found.decode(errors="replace") if isinstance(found, bytes) else str(found)


def _translated(pattern: str) -> str:
    """The expression in the syntax of RE2, with Python's meaning of ``\\d``, ``\\w``, ``\\s``, ``\\Z`` and ``\\u``."""
    written: list[str] = []
    at, in_class = 0, False
    while at < len(pattern):
        part = _part(pattern, at, in_class)
        written.append(_escape(part[1:], in_class) if part[0] == "\\" and len(part) > 1 else part)
        in_class = part != "]" if in_class else part[0] == "["
        at += len(part)
    return "".join(written)


_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.|$)", re.DOTALL)
_OPENING = re.compile(r"\[\^?\]?")
_POSIX = re.compile(r"\[:\^?[a-z]+:\]")


def _part(pattern: str, at: int, in_class: bool) -> str:
    """The next escape, the opening of a class with a bracket that it begins with, or the next character."""
    forms = {"\\": _ESCAPE, "[": _POSIX if in_class else _OPENING}
    form = forms.get(pattern[at])
    found = form.match(pattern, at) if form else None
    return found[0] if found else pattern[at]


def _escape(escape: str, in_class: bool) -> str:
    letter = escape[0]
    if letter in "uU" and len(escape) > 1:
        return f"\\x{{{escape[1:]}}}"
    if letter in "QEC" or (in_class and letter in "WS"):
        raise BadPattern(f"\\{letter} can't be used here")
    if letter in _CLASSES:
        return _CLASSES[letter] if in_class else f"[{_CLASSES[letter]}]"
    if letter.lower() in _CLASSES:
        return _NEGATED.get(letter) or f"[^{_CLASSES[letter.lower()]}]"
    return r"\z" if letter == "Z" else f"\\{letter}"


def is_safe_to_backtrack(pattern: str, text: str) -> bool:
    """Whether ``matches_by_backtracking`` is sure to be quick: the text is short, or RE2 has found it to match.

    RE2 refuses a text that does not match without trying; a text that it takes is matched by the first way tried in
    all but contrived expressions.
    """
    if len(text) <= MOST_BACKTRACKED:
        return True
    try:
        return matches(pattern, text)
    except TooLongToMatch:
        return False
