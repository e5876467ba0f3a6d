"""Nondeterminism: a function that makes choices is run once for every combination of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

T = TypeVar("T")


class Infeasible(Exception):
    """The attempt is refused or impossible: this combination of choices has no successor."""


class Choices:
    """The choices of one run: it repeats those given, and takes the first option of every further choice."""

    def __init__(self, made: list[int]) -> None:
        self._made = made
        self._options: list[int] = []
        """The number of options of each choice so far."""

    def among(self, options: int) -> int:
        """The index of one of ``options`` options."""
        place = len(self._options)
        self._options.append(options)
        if place == len(self._made):
            self._made.append(0)
        return self._made[place]

    def either(self) -> bool:
        """True, and False in another run."""
        return self.among(2) == 0

    def following(self) -> list[int] | None:
        """The choices of the next run; None after the last one."""
        made = self._made[: len(self._options)]
        while made:
            if made[-1] + 1 < self._options[len(made) - 1]:
                return [*made[:-1], made[-1] + 1]
            made.pop()
        return None


def every_run(run: Callable[[Choices], T]) -> Iterator[T]:
    """The results of all runs of a function that depends on nothing but its choices."""
    made: list[int] | None = []
    while made is not None:
        choices = Choices(made)
        yield run(choices)
        made = choices.following()
