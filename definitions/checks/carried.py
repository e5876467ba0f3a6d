"""The size of the definition, which every ticket carries."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.checks.subject import Subject
from definitions.pinned import MOST_DEFINITION_BYTES, packed
from definitions.text.problems import Problem


def size(subject: Subject) -> Iterator[Problem]:
    """A packed definition leaves room for the ticket."""
    found = len(packed(subject.process))
    if found > MOST_DEFINITION_BYTES:
        message = (
            f"the process has {found:,} bytes when it is packed: a ticket carries at most {MOST_DEFINITION_BYTES:,}"
        )
        hint = "shorten its tables and texts, or divide the process"
        yield subject.problem(("process",), "too-large-to-carry", message, hint)


CHECKS = (size,)
