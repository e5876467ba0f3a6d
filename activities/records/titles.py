"""Which titles lists show and searches find: only those that every viewer of the ticket may read.

A title stays on record as it was written. The definitions of tickets say at the time of reading whether it is shown, so
that a row from before such a rule tells nothing either.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Label, and_, case, exists, func, or_

from activities.records.tables import definitions, tickets
from activities.records.text import storable


@dataclass(frozen=True, slots=True)
class Titles:
    """What the processes of today say about the titles of their tickets."""

    known: frozenset[str]
    """The processes that exist."""
    shown: frozenset[str]
    """Those of them that show their titles to every viewer of a ticket."""


def shown_title(titles: Titles | None, name: str) -> Label[str]:
    """The title, or the key where it is hidden; None for ``titles`` shows every title as it is on record."""
    shown = tickets.c.title if titles is None else case((_is_shown(titles), tickets.c.title), else_=tickets.c.key)
    return shown.label(name)


def says(text: str, titles: Titles | None) -> ColumnElement[bool]:
    """Whether the key or the shown title contains a text; case does not matter."""
    part = storable(text).casefold()
    in_title = tickets.c.search.contains(part, autoescape=True)
    if titles is None:
        return in_title
    return or_(func.lower(tickets.c.key).contains(part, autoescape=True), and_(in_title, _is_shown(titles)))


def _is_shown(titles: Titles) -> ColumnElement[bool]:
    """Whether a title is shown, by the ticket's own definition and by the present one.

    Where only one of them is known, it decides; where neither is, the title is hidden.
    """
    own = definitions.c.digest == tickets.c.digest
    own_shows = exists().where(own, definitions.c.hides_title.is_(False))
    own_may_hide = exists().where(own, definitions.c.hides_title.is_not(False))
    process = tickets.c.process
    return or_(
        and_(process.in_(sorted(titles.shown)), ~own_may_hide),
        and_(process.not_in(sorted(titles.known)), own_shows),
    )
