"""Microsteps: the order of exits, transitions and entries, and the selection of transitions."""

from __future__ import annotations

import pytest

from tests.unit.engine.statechart.statecharts import (
    Running,
    Trace,
    begin,
    chart,
    history,
    on,
    parallel,
    regions,
    state,
)
from workflows.engine.statechart import (
    Chart,
    Configuration,
    TransitionSpec,
    choose,
    compile_chart,
    macrostep,
    microstep,
    select,
    start,
)
from workflows.engine.statechart.events import Matcher


def test_entry_order() -> None:
    """States are entered parents first, in document order."""
    assert begin(regions()).trace.lines == ["+p", "+r", "+r1", "+s", "+s1"]


def test_exit_order() -> None:
    """States are exited innermost first, the later in the document before the earlier, then the transition is taken."""
    running = begin(regions(on("leave", "out")))
    assert running.send("leave") == ["-s1", "-s", "-r1", "-r", "-p", "p→out", "+out"]


def test_transitions_in_document_order() -> None:
    """Content of transitions runs in document order, whatever the order of their selection."""
    given = chart(
        parallel("p", on("go"), state("r", state("r1")), state("s", state("s1", on("go", "s2")), state("s2"))),
    )
    running = begin(given)
    selected = select(given, running.configuration, running.trace, "go")
    for transitions in (selected, tuple(reversed(selected))):
        trace = Trace()
        microstep(given, running.configuration, transitions, trace)
        assert trace.lines == ["-s1", "p→", "s1→s2", "+s2"]


def test_several_targets() -> None:
    """Several targets are entered together, each region by the target inside of it."""
    running = begin(regions(on("leave", "out")))
    running.send("leave")
    running.send("split")
    assert running.active == "r2 s2"


def test_a_target_that_holds_another() -> None:
    """A target that holds another target is entered on the way to it, its other regions by default."""
    running = begin(regions(on("leave", "out")))
    running.send("leave")
    assert running.send("held") == ["-out", "out→p s2", "+p", "+r", "+r1", "+s", "+s2"]


def test_initial_may_be_deep() -> None:
    """An initial may name a descendant that is not a child; the states between are entered on the way."""
    given = chart(state("a", state("b", state("c"), state("d"))), initial="d")
    assert begin(given).trace.lines == ["+a", "+b", "+d"]


def test_default_initial() -> None:
    """Without an initial, the first child that is not a history is entered."""
    given = chart(state("a", history("h", "c"), state("b"), state("c")))
    assert begin(given).active == "b"


def nested(*more: TransitionSpec) -> Running:
    return begin(chart(state("a", *more, state("b"), state("c")), state("z")))


def test_external() -> None:
    """An external transition to a descendant exits and enters its source again."""
    assert nested(on("go", "c")).send("go") == ["-b", "-a", "a→c", "+a", "+c"]


def test_internal() -> None:
    """An internal transition of a compound state to its descendants leaves the source active."""
    assert nested(on("go", "c", internal=True)).send("go") == ["-b", "a→c", "+c"]


def test_internal_to_the_outside() -> None:
    """An internal transition with a target that is not inside its source behaves as an external one."""
    assert nested(on("go", "a", internal=True)).send("go") == ["-b", "-a", "a→a", "+a", "+b"]
    assert nested(on("go", "z", internal=True)).send("go") == ["-b", "-a", "a→z", "+z"]


@pytest.mark.parametrize("target", ["r", "r2"])
def test_internal_of_a_parallel_state(target: str) -> None:
    """An internal transition of a parallel state leaves and enters the region of its target alone."""
    running = begin(regions(on("go!", target, internal=True)))
    assert running.send("go!") == ["-r1", "-r", f"p→{target}", "+r", "+r1" if target == "r" else "+r2"]


def test_internal_of_a_parallel_state_to_its_history() -> None:
    """The history of a parallel state remembers every region, so that an internal transition to it enters them all."""
    given = chart(parallel("p", on("go", "h", internal=True), history("h", "r s"), state("r"), state("s")))
    assert begin(given).send("go") == ["-s", "-r", "p→h", "+r", "+s"]


def test_internal_of_a_parallel_state_beside_another_region() -> None:
    """A region's own transition is taken beside the internal transition that another region selects."""
    given = chart(
        parallel(
            "p",
            on("go", "r2", internal=True),
            state("r", state("r1"), state("r2")),
            state("s", state("s1", on("go", "s2")), state("s2")),
        )
    )
    assert begin(given).send("go") == ["-s1", "-r1", "-r", "p→r2", "s1→s2", "+r", "+r2", "+s2"]


def test_internal_of_a_parallel_state_by_the_letter() -> None:
    """By the letter of SCXML, it behaves as an external one: only compound states are domains."""
    spec = state("", parallel("p", on("go", "r2", internal=True), state("r", state("r1"), state("r2")), state("s")))
    running = begin(compile_chart(spec, internal_regions=False))
    assert running.send("go") == ["-s", "-r1", "-r", "-p", "p→r2", "+p", "+r", "+r2", "+s"]


def test_from_region_to_region() -> None:
    """A transition from one region into another exits the whole parallel state: a domain is compound (findLCCA)."""
    running = begin(chart(parallel("p", state("r", on("over", "s2")), state("s", state("s1"), state("s2")))))
    assert running.send("over") == ["-s1", "-s", "-r", "-p", "r→s2", "+p", "+r", "+s", "+s2"]


def test_targetless() -> None:
    """A targetless transition is taken, and nothing is exited or entered."""
    running = nested(on("go"))
    before = running.configuration
    assert running.send("go") == ["a→"]
    assert running.configuration == before


def test_the_roots_transitions() -> None:
    """A transition of the root applies in every state, has the root as its domain, and yields to every state's own."""
    running = begin(chart(on("reset", "a"), state("a", on("go", "b")), state("b"), state("c", on("reset"))))
    running.send("go")
    assert running.send("reset") == ["-b", "→a", "+a"]
    own = begin(chart(on("reset", "a"), state("a", on("reset", "b")), state("b")))
    own.send("reset")
    assert own.active == "b"


def test_innermost_first() -> None:
    """The innermost state's transition is chosen, the outer one only where its guard is false."""
    given = chart(state("a", on("go", "x"), state("b", on("go", "y"))), state("x"), state("y"))
    inner, outer = begin(given), begin(given, closed={1})
    inner.send("go")
    outer.send("go")
    assert (inner.active, outer.active) == ("y", "x")


def test_document_order() -> None:
    """Of one state's transitions, the first in the document whose guard holds is chosen."""
    given = chart(state("a", on("go", "x"), on("go", "y"), on("go", "z")), state("x"), state("y"), state("z"))
    running = begin(given, closed={0})
    running.send("go")
    assert running.active == "y"
    assert running.trace.asked == [0, 1]


def test_a_guard_is_evaluated_once() -> None:
    """A guard of an ancestor that several regions share is evaluated once in a selection."""
    running = begin(regions(on("leave", "out")), closed={0})
    assert running.send("leave") == []
    assert running.trace.asked == [0]


def test_a_shared_transition_is_taken_once() -> None:
    """A transition that two regions select is in the set once."""
    assert begin(regions(on("note"))).send("note") == ["p→"]


def test_both_regions_move() -> None:
    """Transitions of parallel regions that stay in their regions are taken in one microstep."""
    given = chart(
        parallel(
            "p",
            state("r", state("r1", on("go", "r2")), state("r2")),
            state("s", state("s1", on("go", "s2")), state("s2")),
        )
    )
    assert begin(given).send("go") == ["-s1", "-r1", "r1→r2", "s1→s2", "+r2", "+s2"]


def test_the_deeper_preempts() -> None:
    """Of two transitions in conflict, one whose source lies inside the other's source wins."""
    given = chart(
        parallel("p", on("go", "out"), state("r", state("r1")), state("s", state("s1", on("go", "s2")), state("s2"))),
        state("out"),
    )
    running = begin(given)
    running.send("go")
    assert running.active == "r1 s2"


def test_the_first_region_preempts() -> None:
    """Of two transitions in conflict whose sources are in different regions, the earlier region's wins."""
    given = chart(
        parallel(
            "p",
            state("r", state("r1", on("go", "out"))),
            state("s", state("s1", on("go", "s2")), state("s2", on("go", "out"))),
        ),
        state("out"),
    )
    running = begin(given)
    assert running.send("go") == ["-s1", "-s", "-r1", "-r", "-p", "r1→out", "+out"]


def test_origin() -> None:
    """With an origin, only that state and its ancestors offer transitions, and no other region."""
    given = chart(
        parallel(
            "p",
            on("failed", "out"),
            state("r", state("r1", on("approved", "r2")), state("r2")),
            state("s", state("s1", on("approved", "s2"), on("failed", "s2")), state("s2")),
        ),
        state("out"),
    )
    running = begin(given)
    assert running.send("approved", origin="s1") == ["-s1", "s1→s2", "+s2"]
    assert running.send("failed", origin="r1") == ["-s2", "-s", "-r1", "-r", "-p", "p→out", "+out"]


def test_origin_passes_its_descendants_over() -> None:
    """Descendants of the origin offer no transition: the outcome belongs to the state that waited."""
    given = chart(state("a", on("done", "x"), state("b", on("done", "y"))), state("x"), state("y"))
    running = begin(given)
    running.send("done", origin="a")
    assert running.active == "x"


def test_an_origin_that_was_left() -> None:
    """An outcome of a state that is no longer active selects nothing."""
    running = begin(chart(on("approved", "b"), state("a", on("go", "b")), state("b")))
    running.send("go")
    assert running.send("approved", origin="a") == []


def test_an_event_nothing_handles() -> None:
    """An event without a handler takes no transition, runs no content, and leaves the configuration unchanged."""
    given = chart(state("a", on("", "b")), state("b"))
    trace = Trace(closed={0})
    configuration = start(given, trace)
    trace.closed.clear()
    assert macrostep(given, configuration, "other", trace) == (configuration, ())
    assert trace.lines == ["+a"]


def test_taken() -> None:
    """A macrostep returns the transitions of the event itself, not those that stabilize it."""
    given = chart(state("a", on("go", "b")), state("b", on("", "c")), state("c"))
    configuration, taken = macrostep(given, start(given, Trace()), "go", Trace())
    assert (configuration.active, [transition.index for transition in taken]) == (("c",), [0])


@pytest.mark.parametrize(
    ("descriptors", "event", "expected"),
    [
        ("deploy", "deploy", True),
        ("deploy", "deploy.failed", True),
        ("deploy", "deployment", False),
        ("deploy.failed", "deploy", False),
        ("deploy.*", "deploy", True),
        ("deploy.*", "deploy.failed", True),
        ("deploy.", "deploy.failed", True),
        ("deploy.*", "deployment", False),
        ("build deploy", "deploy.failed", True),
        ("build test", "deploy", False),
        ("*", "anything.at.all", True),
        ("build *", "deploy", True),
    ],
)
def test_descriptors(descriptors: str, event: str, expected: bool) -> None:
    """A descriptor matches whole tokens from the left; `.*` adds nothing, and `*` is any event (SCXML 3.12.1)."""
    assert Matcher.of(descriptors.split()).matches(event) is expected


def timed() -> Chart:
    return chart(
        state("a", on("", "b", timed=True), on("", timed=True), on("", "c", timed=True)), state("b"), state("c")
    )


def test_timed_transitions_wait() -> None:
    """A timed transition is selected neither as eventless nor by an event."""
    running = begin(timed())
    assert running.active == "a"
    assert running.send("anything") == []
    assert running.trace.asked == []


def test_choose() -> None:
    """The enabled timed transitions are chosen in the order given, and of two in conflict the first."""
    given = timed()
    configuration = start(given, Trace())
    first, targetless, last = given.transitions
    assert choose(given, configuration, Trace(), (last, targetless, first)) == (last, targetless)
    assert choose(given, configuration, Trace(closed={2}), (last, targetless, first)) == (targetless, first)


def test_choose_of_a_state_that_was_left() -> None:
    """A timed transition of a state that is not active is not chosen, and its guard is not evaluated."""
    given, trace = timed(), Trace()
    assert choose(given, Configuration(("b",)), trace, given.transitions) == ()
    assert trace.asked == []
