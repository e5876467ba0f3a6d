"""Choices that a path makes: every way through a function that asks for them is tried, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

T = TypeVar("T")


class Choices:
    """The choices of one run. Those made before are repeated; beyond them, the first option is taken."""

    def __init__(self, made: list[int]) -> None:
        self._made = made
        self._asked: list[int] = []

    def among(self, options: int) -> int:
        """One of so many options, by its number."""
        place = len(self._asked)
        self._asked.append(options)
        if place == len(self._made):
            self._made.append(0)
        return self._made[place]

    def either(self) -> bool:
        """True, and in another run False."""
        return self.among(2) == 0

    def following(self) -> list[int] | None:
        """The choices of the next run; None where every way has been tried."""
        made = self._made[: len(self._asked)]
        while made:
            if made[-1] + 1 < self._asked[len(made) - 1]:
                return [*made[:-1], made[-1] + 1]
            made.pop()
        return None


def every_way(run: Callable[[Choices], T]) -> Iterator[T]:
    """The results of all runs of a function that depends on nothing but its choices."""
    made: list[int] | None = []
    while made is not None:
        choices = Choices(made)
        yield run(choices)
        made = choices.following()
