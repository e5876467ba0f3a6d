"""Macrosteps: done states, the end of a chart, recorded histories, and stabilization."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.engine.statechart.statecharts import Running, Trace, begin, chart, final, history, on, parallel, state
from workflows.engine.statechart import (
    Budget,
    Configuration,
    StateSpec,
    TooManyMicrosteps,
    choose,
    macrostep,
    stabilize,
    start,
)


def two_regions() -> StateSpec:
    return parallel(
        "p",
        state("r", state("r1", on("one both", "rf")), final("rf")),
        state("s", state("s1", on("two both", "sf")), final("sf")),
    )


def test_done_of_a_compound_state() -> None:
    """A compound state that enters its final child is done, after the child's entry."""
    given = chart(state("a", state("b", on("go", "f")), final("f"), on("done.state.a", "z")), state("z"))
    running = begin(given, raise_done=True)
    assert running.send("go") == ["-b", "b→f", "+f", "done a", "-f", "-a", "a→z", "+z"]


def test_done_of_a_parallel_state() -> None:
    """A parallel state is done when the last of its regions enters its final state, and not before."""
    running = begin(chart(two_regions()))
    assert running.send("one") == ["-r1", "r1→rf", "+rf", "done r"]
    assert running.send("two") == ["-s1", "s1→sf", "+sf", "done s", "done p"]


def test_done_of_a_parallel_state_at_once() -> None:
    """Where all regions enter their final states in one microstep, the parallel state is done once, at the last."""
    lines = begin(chart(two_regions())).send("both")
    assert lines[4:] == ["+rf", "done r", "+sf", "done s", "done p"]


def test_done_of_nested_parallel_states() -> None:
    """A parallel state that is a region counts as final when it is done, for the parallel state around it."""
    running = begin(chart(parallel("o", two_regions(), state("t", state("t1", on("three", "tf")), final("tf")))))
    running.send("three")
    assert running.send("both")[-3:] == ["done s", "done p", "done o"]


def test_a_region_without_a_final_state() -> None:
    """A parallel state with an atomic region is never done."""
    running = begin(chart(parallel("p", state("q"), state("r", state("r1", on("go", "rf")), final("rf")))))
    assert running.send("go")[-1] == "done r"


def test_the_end() -> None:
    """A top-level final state ends the chart: no transition is taken any more, and raised events are left alone."""
    given = chart(on("late", "a"), on("", "a"), state("a", on("go", "f")), final("f"))
    running = begin(given, closed={1}, raises={"f": ["late"]})
    running.trace.closed.clear()
    assert running.send("go") == ["-a", "a→f", "+f", "ended f"]
    assert list(running.trace.queue) == ["late"]
    assert running.send("late") == []
    assert choose(given, running.configuration, Trace(), given.transitions) == ()
    assert given.ended(running.configuration)


def remembering(kind: str) -> Running:
    given = chart(
        state(
            "a",
            history("h", "b", kind),
            on("leave", "z"),
            state("b", on("next", "d2")),
            state("d", state("d1"), state("d2")),
        ),
        state("z", on("back", "h"), on("anew", "a")),
    )
    return begin(given)


@pytest.mark.parametrize("kind", ["shallow", "deep"])
def test_history_by_default(kind: str) -> None:
    """A history without a record leads to its default."""
    given = chart(state("z", on("back", "h")), state("a", history("h", "d", kind), state("b"), state("d")))
    running = begin(given)
    assert running.send("back") == ["-z", "z→h", "+a", "+d"]


@pytest.mark.parametrize(("kind", "restored"), [("shallow", "d1"), ("deep", "d2")])
def test_history(kind: str, restored: str) -> None:
    """A shallow history restores the active child, a deep one the active leaves, as they were on exit."""
    running = remembering(kind)
    running.send("next")
    running.send("leave")
    assert running.configuration.history == {"h": ("d",) if kind == "shallow" else ("d2",)}
    running.send("back")
    assert running.active == restored


def test_history_is_only_for_its_targets() -> None:
    """Entering the state itself, not its history, is its default entry."""
    running = remembering("deep")
    running.send("next")
    running.send("leave")
    running.send("anew")
    assert running.active == "b"


def test_history_is_replaced() -> None:
    """Each exit records anew, and the configuration before it keeps what it had."""
    running = remembering("shallow")
    running.send("leave")
    before = running.configuration
    running.send("back")
    running.send("next")
    running.send("leave")
    assert (before.history, running.configuration.history) == ({"h": ("b",)}, {"h": ("d",)})


def test_history_recorded_in_the_same_microstep() -> None:
    """A transition that exits a state and targets its history restores what that exit has recorded."""
    given = chart(state("a", on("again", "h"), history("h", "b"), state("b", on("next", "c")), state("c")))
    running = begin(given)
    running.send("next")
    assert running.send("again") == ["-c", "-a", "a→h", "+a", "+c"]


def test_histories_are_kept_apart() -> None:
    """An exit records its own histories and leaves the others as they were."""
    given = chart(
        state("a", on("over", "b"), history("ha", "a1"), state("a1")),
        state("b", on("over", "a"), history("hb", "b1"), state("b1")),
    )
    running = begin(given)
    running.send("over")
    running.send("over")
    assert running.configuration.history == {"ha": ("a1",), "hb": ("b1",)}


def test_history_decides_the_domain() -> None:
    """The domain of a transition to a history depends on the recorded states, so that no state is exited in vain."""
    given = chart(state("a", history("h", "x"), state("x", on("again", "h")), state("y")))
    assert begin(given).send("again") == ["-x", "x→h", "+x"]
    given = chart(
        state(
            "a",
            on("leave", "z"),
            history("h", "c", "deep"),
            state("b", state("b1", on("next", "b2")), state("b2", on("again", "h"))),
            state("c"),
        ),
        state("z", on("back", "h")),
    )
    running = begin(given)
    running.send("next")
    assert replace(running).send("again") == ["-b2", "-b", "b2→h", "+c"]
    for event in ("leave", "back"):
        running.send(event)
    assert running.send("again") == ["-b2", "b2→h", "+b2"]


def test_history_leaves_what_is_around_the_domain() -> None:
    """A transition to a history of a state in its own region does not exit the other regions."""
    given = chart(
        state(
            "a",
            history("h", "r2"),
            parallel(
                "p",
                state("r", state("r1", on("again", "h")), state("r2")),
                state("s", state("s1", on("go", "s2")), state("s2")),
            ),
        )
    )
    running = begin(given)
    running.send("go")
    assert running.send("again") == ["-r1", "r1→h", "+r2"]
    assert running.active == "r2 s2"


def test_history_of_a_parallel_state() -> None:
    """A deep history of a parallel state restores every region; its default leaves the others to theirs."""
    given = chart(
        state("z", on("back", "h")),
        parallel(
            "p",
            on("leave", "z"),
            history("h", "r2", "deep"),
            state("r", state("r1"), state("r2")),
            state("s", state("s1", on("go", "s2")), state("s2")),
        ),
    )
    running = begin(given)
    running.send("back")
    assert running.active == "r2 s1"
    for event in ("go", "leave", "back"):
        running.send(event)
    assert running.active == "r2 s2"


def test_eventless_before_raised() -> None:
    """Eventless transitions are taken before any raised event."""
    given = chart(
        state("a", on("go", "b")),
        state("b", on("up", "x"), on("", "c")),
        state("c", on("up", "d")),
        state("d"),
        state("x"),
    )
    running = begin(given, raises={"b": ["up"]})
    running.send("go")
    assert running.active == "d"


def test_a_raised_event_nothing_handles() -> None:
    """A raised event without a handler is dropped, and the next one is handled."""
    given = chart(state("a", on("go", "b")), state("b", on("known", "c")), state("c"))
    running = begin(given, raises={"b": ["unknown", "known", "later"]})
    running.send("go")
    assert (running.active, list(running.trace.queue)) == ("c", [])


def test_initial_always() -> None:
    """The start takes eventless transitions as well."""
    assert begin(chart(state("a", on("", "b")), state("b"))).trace.lines == ["+a", "-a", "a→b", "+b"]


def test_too_many_microsteps() -> None:
    """A step that is not stable after 100 microsteps is refused with its circle, by eventless or raised events."""
    eventless = chart(state("a", on("go", "b")), state("b", on("", "c")), state("c", on("", "b")))
    raised = chart(state("a", on("go up", "a")))
    both = "c → b by always; b → c by always, and round again"
    for given, raises, circle in ((eventless, {}, both), (raised, {"a": ["up"]}, "a → a by up, and round again")):
        trace = Trace()
        configuration = start(given, trace)
        trace.raises = raises
        with pytest.raises(TooManyMicrosteps, match=f"after 100 transitions it still moves .{circle}"):
            macrostep(given, configuration, "go", trace)
        assert sum("→" in line for line in trace.lines) == 100
        assert configuration.active == ("a",)


def test_a_hundred_microsteps() -> None:
    """Exactly 100 microsteps in a step are allowed, the event's own among them."""
    steps = [state(f"s{n}", on("" if n else "go", f"s{n + 1}")) for n in range(100)]
    given = chart(*steps, state("s100"))
    running = begin(given)
    running.send("go")
    assert running.active == "s100"


def test_a_shared_budget() -> None:
    """Macrosteps of one step share one budget."""
    given = chart(state("a", on("go")))
    configuration, budget = start(given, Trace()), Budget(2)
    for _ in range(2):
        macrostep(given, configuration, "go", Trace(), budget=budget)
    with pytest.raises(TooManyMicrosteps):
        macrostep(given, configuration, "go", Trace(), budget=budget)
    assert stabilize(given, configuration, Trace(), budget) == configuration


@pytest.mark.parametrize("method", ["enabled", "exit", "take", "enter"])
def test_content_may_raise(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception of the content propagates, and the configuration is unchanged."""

    def refuse(*_: object) -> None:
        raise LookupError(method)

    given = chart(state("a", history("h", "b"), state("b", on("go", "z"))), state("z"))
    trace = Trace()
    configuration = start(given, trace)
    monkeypatch.setattr(trace, method, refuse)
    with pytest.raises(LookupError, match=method):
        macrostep(given, configuration, "go", trace)
    assert configuration == Configuration(("a", "b"), {})
