"""The compiled form of a chart, and specifications that are not valid charts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.engine.statechart.statecharts import chart, final, history, on, parallel, state
from workflows.engine.statechart import (
    Chart,
    ChartError,
    TransitionSpec,
    compile_chart,
)


def test_compiled_form() -> None:
    """States and transitions are numbered in document order, a state's transitions before its children's."""
    given = chart(on("x"), state("a", on("y"), on("z"), state("b", on("w"))), state("c", on("v")))
    assert [(s.id, s.parent, s.kind, s.order, s.depth, s.transitions) for s in given.states.values()] == [
        ("", None, "compound", 0, 0, (0,)),
        ("a", "", "compound", 1, 1, (1, 2)),
        ("b", "a", "atomic", 2, 2, (3,)),
        ("c", "", "atomic", 3, 1, (4,)),
    ]
    assert [(t.index, t.source, t.events) for t in given.transitions] == [
        (0, "", ("x",)),
        (1, "a", ("y",)),
        (2, "a", ("z",)),
        (3, "b", ("w",)),
        (4, "c", ("v",)),
    ]


BROKEN: list[tuple[Callable[[], Chart], str]] = [
    (lambda: compile_chart(state("a")), "state 'a': the root is a plain state without an id"),
    (chart, "the root: it needs a child that is not a history"),
    (lambda: chart(state("a"), state("b", state("a"))), "state 'a': the id is given twice"),
    (lambda: chart(state("a", on("go", "b"))), "state 'a': there is no state 'b'"),
    (lambda: chart(state("a", TransitionSpec(("go",), ("",)))), "state 'a': the root can't be a target"),
    (lambda: chart(state("a"), initial="b"), "the root: there is no state 'b'"),
    (lambda: chart(state("a", state("b"), initial="c"), state("c")), "state 'a': its initial 'c' is not inside 'a'"),
    (lambda: chart(state("a", state("b"), initial="a")), "state 'a': its initial 'a' is not inside 'a'"),
    (lambda: chart(state("a", initial="a")), "state 'a': only a compound state or a history has an initial"),
    (lambda: chart(parallel("p")), "state 'p': it needs a child that is not a history"),
    (lambda: chart(parallel("p", final("f"))), "state 'p': a region of a parallel state can't be final"),
    (
        lambda: chart(state("f", on("go", "f"), kind="final")),
        "state 'f': a final state has no transitions: it can't be left",
    ),
    (lambda: chart(state("f", state("a"), kind="final")), "state 'f': a final state has no children"),
    (
        lambda: chart(state("a"), history("h", "a")),
        "the root: it is never exited, so its history would never be recorded",
    ),
    (lambda: chart(state("a", state("b"), history("h", ""))), "state 'h': a history needs a default"),
    (
        lambda: chart(state("a", state("b"), history("h", "c")), state("c")),
        "state 'h': its initial 'c' is not inside 'a'",
    ),
    (
        lambda: chart(state("a", state("b"), history("h", "i"), history("i", "h"))),
        "state 'h': its default leads back to itself",
    ),
    (lambda: chart(state("a", on("go", timed=True))), "state 'a': a timed transition has no events"),
    (lambda: chart(state("a", TransitionSpec(("a b",)))), "state 'a': ('a b',) are not event descriptors"),
    (lambda: chart(state("a", on("go", "a b")), state("b")), "state 'a': 'a' and 'b' can't be entered together"),
    (lambda: chart(state("a", on("go", "a a"))), "state 'a': 'a' and 'a' can't be entered together"),
    (
        lambda: chart(parallel("p", history("h", "r"), state("r"), state("s")), state("z", on("go", "h s"))),
        "state 'z': 'h' and 's' can't be entered together",
    ),
]


@pytest.mark.parametrize(("build", "message"), BROKEN, ids=[message for _, message in BROKEN])
def test_chart_errors(build: Callable[[], Chart], message: str) -> None:
    """An invalid specification is refused with the state at fault and its error."""
    with pytest.raises(ChartError) as refused:
        build()
    assert str(refused.value) == message
