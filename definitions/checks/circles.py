"""Circles among names that lead to other names, and the depth of chains: without recursion, for any number of names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

MOST_SHOWN = 10
"""Names of a circle that a message shows."""


def circles(leads: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Names that lead back to themselves, each in one circle at most."""
    finished: set[str] = set()
    reported: set[str] = set()
    for start in leads:
        open_: dict[str, Iterator[str]] = {} if start in finished else {start: iter(leads[start])}
        while open_:
            name, rest = next(reversed(open_.items()))
            after = next(rest, None)
            if after is None:
                finished.add(name)
                del open_[name]
            elif after in open_ and after not in reported:
                chain = list(open_)
                around = tuple(chain[chain.index(after) :])
                reported.update(around)
                yield around
            elif after in leads and after not in finished and after not in open_:
                open_[after] = iter(leads[after])


def depths(leads: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """The length of the longest chain from each name: 1 for a name that leads to none. There must be no circle."""
    found: dict[str, int] = {}
    for start in leads:
        open_ = [start]
        while open_:
            name = open_[-1]
            ahead = [one for one in leads[name] if one in leads and one not in found]
            if ahead and name not in found:
                open_.extend(ahead)
                continue
            found[name] = 1 + max((found[one] for one in leads[name] if one in leads), default=0)
            open_.pop()
    return found
