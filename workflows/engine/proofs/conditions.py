"""Guards in three-valued logic: an exact atom is decided, any other atom may be true or false.

A guard is split at its own ``&&``, ``||`` and ``!``: ``ticket.model == 'standard' && ticket.amount > 5`` is false for
every other model, whatever the amount. The atoms that remain are evaluated by the expression engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Joint = Literal["&&", "||"]
_CLOSED_BY = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Atom:
    """A part of a guard in CEL that is decided as a whole."""

    source: str


@dataclass(frozen=True, slots=True)
class Not:
    inner: Condition


@dataclass(frozen=True, slots=True)
class Joined:
    """A conjunction (``&&``) or a disjunction (``||``)."""

    joint: Joint
    parts: tuple[Condition, ...]


Condition = Atom | Not | Joined
ALWAYS = Atom("true")


DEEPEST = 50
"""Levels of a condition that are taken apart; what is nested more deeply is decided as a whole."""


def parse_condition(source: str | None) -> Condition:
    """The condition of a checked guard; a missing guard always holds."""
    return ALWAYS if source is None else _parse(source.strip())


@lru_cache(maxsize=4096)
def _parse(source: str, level: int = 0) -> Condition:
    if level > DEEPEST:
        return Atom(source)
    places = tuple(_top_level(source))
    if any(symbol == "?" for _, symbol in places):
        return Atom(source)
    joints: tuple[Joint, ...] = ("||", "&&")  # the operator that binds less tightly first
    for joint in joints:
        cuts = [place for place, symbol in places if symbol == joint]
        if cuts:
            return Joined(joint, tuple(_parse(part, level + 1) for part in _cut(source, cuts)))
    if source.startswith("!") and not source.startswith("!="):
        inner = source[1:].strip()
        if _is_one_operand(inner):
            return Not(_parse(inner, level + 1))
    if _is_in_parentheses(source):
        return _parse(source[1:-1].strip(), level + 1)
    return Atom(source)


def _cut(source: str, cuts: list[int]) -> Iterator[str]:
    start = 0
    for place in cuts:
        yield source[start:place].strip()
        start = place + 2
    yield source[start:].strip()


def _is_one_operand(source: str) -> bool:
    """Whether a ``!`` before the source negates all of it: a call, a name or a parenthesis."""
    return _is_in_parentheses(source) or not any(symbol == "op" for _, symbol in _top_level(source))


def _is_in_parentheses(source: str) -> bool:
    if not (source.startswith("(") and source.endswith(")")):
        return False
    return next((place for place, symbol in _top_level(source) if symbol == "close"), -1) == len(source) - 1


def _top_level(source: str) -> Iterator[tuple[int, str]]:
    """The ``&&``, ``||``, ``?``, other operators (``op``) and closing brackets (``close``) at the top level."""
    closers: list[str] = []
    place = 0
    while place < len(source):
        sign = source[place]
        if sign in "'\"":
            place = _after_quoted(source, place)
            continue
        if sign in _CLOSED_BY:
            closers.append(_CLOSED_BY[sign])
        elif closers and sign == closers[-1]:
            closers.pop()
            if not closers:
                yield place, "close"
        elif not closers:
            symbol = _symbol_at(source, place)
            if symbol:
                yield place, symbol
                place += 2 if symbol in ("&&", "||") else 1
                continue
        place += 1


def _symbol_at(source: str, place: int) -> str:
    two = source[place : place + 2]
    if two in ("&&", "||"):
        return two
    if source[place] == "?":
        return "?"
    if source[place] in "=<>+-*/%" or two == "!=" or source[place : place + 4] == " in ":
        return "op"
    return ""


def _after_quoted(source: str, place: int) -> int:
    quote = source[place]
    place += 1
    while place < len(source) and source[place] != quote:
        place += 2 if source[place] == "\\" else 1
    return place + 1
