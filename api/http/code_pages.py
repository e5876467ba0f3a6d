"""The reference pages of codes: problems of tickets, and refusals.

``python -m api.http.code_pages --write`` or ``--check``. Made from the tables in the code, so that no code is left out.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args

from api.http.problem_responses import STATUS
from definitions.documents.generated import DOCUMENTS, write_or_check
from workflows.engine.model.problem import OwnedProblemCode, ProblemCode
from workflows.engine.model.problem_meanings import PROBLEMS, Topic
from workflows.engine.model.refusal_meanings import REFUSALS

PROBLEMS_PAGE = DOCUMENTS / "reference" / "problems.md"
REFUSALS_PAGE = DOCUMENTS / "reference" / "refusals.md"

_HEAD = """\
# Problems of tickets

A bad event, a broken expression or a service that is away never fails a ticket: the ticket shows a *problem*.
`stanchion explain`, `stanchion show` and the API give its text with its code. The code is stable: programs may rely on
it. The text is for people.

A problem stays on the ticket after its cause is gone. A problem that occurs again is not shown twice. The timeline
shows when it was first reported. There, a problem can also have the code of a [refusal](refusals.md): the ticket
refused an event whose sender does not wait for an answer.

Where this page says that the worker keeps trying, the worker tries for 15 minutes with growing pauses, reports the
problem, pauses for 15 minutes, and begins again. Nobody has to restart it.

[A ticket that does not move](../debugging.md) leads from the symptom to the cause.
"""
_TOPICS: Mapping[Topic, str] = {
    "people": "People and notices",
    "values": "Expressions and values",
    "time": "Time",
    "work": "Automation and other tickets",
    "services": "Services, records, scenarios",
}
_REFUSALS_TABLE = re.compile(r"(?<=^## Refusals of the core\n\n).*?(?=^## )", re.MULTILINE | re.DOTALL)
_REFUSALS_HEAD = """\
The ticket is exactly as it was before. The same request would be refused again until something else changes.

| code | status | meaning |
|---|---|---|
"""


def problems_page() -> str:
    """docs/reference/problems.md: a section for each code, by topic."""
    return _HEAD + "".join(_sections())


def _sections() -> Iterator[str]:
    for topic, title in _TOPICS.items():
        yield f"\n## {title}\n"
        for code in (code for code, meaning in PROBLEMS.items() if meaning.topic == topic):
            yield _section(code)


def _section(code: ProblemCode) -> str:
    meaning = PROBLEMS[code]
    owned = code in get_args(OwnedProblemCode)
    notified = "the assignee of the ticket, and the person who has opened it" if owned else "nobody"
    return (
        f"\n### {code}\n\n"
        f"{meaning.happened}\n\n"
        f"- Meanwhile: {meaning.meanwhile}\n"
        f"- What to do: {meaning.way_out}\n"
        f"- Notified: {notified}.\n"
    )


def refusals_page(page: str) -> str:
    """docs/reference/refusals.md with the table of the core's refusals as it is now; the rest is written by hand."""
    rows = "".join(f"| `{code}` | {int(STATUS[code])} | {meaning} |\n" for code, meaning in REFUSALS.items())
    text, times = _REFUSALS_TABLE.subn(lambda _: f"{_REFUSALS_HEAD}{rows}\n", page)
    if times != 1:
        raise ValueError(f"{REFUSALS_PAGE.name} has {times} sections '## Refusals of the core'")
    return text


def documents() -> dict[Path, str]:
    """Both pages, with their texts."""
    return {
        PROBLEMS_PAGE: problems_page(),
        REFUSALS_PAGE: refusals_page(REFUSALS_PAGE.read_text(encoding="utf-8")),
    }


if __name__ == "__main__":
    sys.exit(write_or_check(sys.argv[1:], documents, "api.http.code_pages"))
