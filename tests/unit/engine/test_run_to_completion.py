"""States and transitions of a process on the pure core (LANGUAGE, section 4): SCXML's algorithm on tickets."""

from __future__ import annotations

import pytest

from tests.unit.engine.tickets import HOUR, Ticket
from workflows.engine.model.automation import TellEnd
from workflows.engine.model.events import Comment, Due, Edit
from workflows.engine.model.result import Refusal
from workflows.engine.step import step

FIELDS = """\
fields:
  seen: {type: text}
  count: {type: integer, default: 0}
  limit: {type: integer, max: 3}
  on_: {type: boolean, default: false}
"""
NOTE = "{set: {seen: \"=(ticket.seen == null ? '' : ticket.seen + ' ') + '%s'\"}}"


def note(text: str) -> str:
    return NOTE % text


def code(refused: Refusal | None) -> str | None:
    return refused.code if refused else None


def seen(ticket: Ticket) -> list[str]:
    return str(ticket.ticket.fields.get("seen", "")).split()


def test_the_order_of_one_transition() -> None:
    """Exit steps, form, ``set``, ``do``, entry steps and the block's request run in order, each seeing the last."""
    text = f"""\
{FIELDS}
initial: a
states:
  a:
    exit: [{{set: {{count: =ticket.count + 1}}}}]
    on:
      go: {{to: b, form: [count], set: {{count: =ticket.count * 10}}, do: [{{set: {{count: =ticket.count + 2}}}}]}}
  b:
    entry: [{{set: {{count: =ticket.count * 2}}}}]
    approval: {{from: ["=ticket.count == 104 ? 'bob' : 'dora'"]}}
    on: {{approved: c, rejected: c}}
  c: {{final: true}}
"""
    ticket = Ticket(text)
    ticket.send("go", count=5)
    assert ticket.ticket.fields["count"] == 104
    assert ticket.asked("b") == ["bob"]


PARALLEL = f"""\
{FIELDS}
initial: both
states:
  both:
    parallel: true
    exit: [{note("both-")}]
    on: {{done: after, abort: {{to: stopped}}}}
    states:
      left:
        initial: l1
        states:
          l1:
            entry: [{note("l1+")}]
            exit: [{note("l1-")}]
            on: {{left_done: l2, tick: {{do: [{note("l-tick")}]}}}}
          l2: {{final: true}}
      right:
        initial: r1
        states:
          r1:
            entry: [{note("r1+")}]
            exit: [{note("r1-")}]
            on: {{right_done: r2, tick: {{do: [{note("r-tick")}]}}}}
          r2: {{final: true}}
  after: {{on: {{close: stopped}}}}
  stopped: {{final: true}}
"""


def test_regions_are_entered_in_document_order_and_left_in_reverse() -> None:
    """As in SCXML, states are entered in document order and exited in reverse."""
    ticket = Ticket(PARALLEL)
    ticket.send("abort")
    assert seen(ticket) == ["l1+", "r1+", "r1-", "l1-", "both-"]


def test_one_event_is_taken_in_every_region_that_handles_it() -> None:
    """Both regions take the event, in document order."""
    ticket = Ticket(PARALLEL)
    ticket.send("tick")
    assert seen(ticket)[2:] == ["l-tick", "r-tick"]


def test_a_parallel_state_is_done_when_all_its_regions_are() -> None:
    """The end of one region does not end the parallel state, though both outcomes are called ``done``."""
    ticket = Ticket(PARALLEL)
    ticket.send("right_done")
    assert (ticket.state, ticket.ticket.outcomes) == (("l1", "r2"), ())
    ticket.send("left_done")
    assert ticket.state == ("after",)


def test_a_region_takes_its_own_done() -> None:
    """``done`` of a region is offered to the region itself."""
    text = PARALLEL.replace("initial: r1\n", f"initial: r1\n        on: {{done: {{do: [{note('own')}]}}}}\n")
    ticket = Ticket(text)
    ticket.send("right_done")
    assert (seen(ticket)[-1], ticket.state) == ("own", ("l1", "r2"))


def test_a_compound_state_is_done_when_its_final_child_is_entered() -> None:
    """``done`` is the outcome of the compound state, and never sent."""
    text = """\
initial: outer
states:
  outer: {initial: x, on: {done: finished}, states: {x: {on: {end: y}}, y: {final: true}}}
  finished: {final: true}
"""
    ticket = Ticket(text)
    assert code(ticket.send("done")) == "unknown_event"
    ticket.send("end")
    assert ticket.state == ("finished",)


def history(kind: str) -> str:
    return f"""\
initial: work
states:
  work:
    initial: a
    on: {{pause: held}}
    states:
      a: {{on: {{next: b}}}}
      b: {{initial: b1, states: {{b1: {{on: {{next: b2}}}}, b2: {{}}}}}}
      back: {{history: {kind}, initial: a}}
  held: {{on: {{resume: back, stop: over}}}}
  over: {{final: true}}
"""


@pytest.mark.parametrize(("kind", "state"), [("shallow", "b1"), ("deep", "b2")])
def test_history_goes_back_to_where_it_was(kind: str, state: str) -> None:
    """Shallow remembers the child, deep the leaf."""
    ticket = Ticket(history(kind))
    for event in ("next", "next", "pause", "resume"):
        ticket.send(event)
    assert ticket.state == (state,)


def test_history_without_a_past_is_its_initial() -> None:
    """A history that was never recorded leads to its ``initial``."""
    ticket = Ticket(history("deep").replace("initial: work", "initial: held"))
    ticket.send("resume")
    assert ticket.state == ("a",)


def test_always_is_taken_without_an_event_and_in_the_opening_step() -> None:
    """The first ``always`` whose guard holds is taken as soon as the guard holds, in the same step."""
    text = f"""\
{FIELDS}
initial: a
states:
  a: {{always: [{{to: c, when: ticket.count > 5}}, {{to: b, when: ticket.on_}}], on: {{x: {{}}}}}}
  b: {{always: [{{to: c, when: ticket.count > 5}}], on: {{x: {{}}}}}}
  c: {{final: true}}
"""
    assert Ticket(text, count=6).state == ("c",)
    ticket = Ticket(text)
    ticket.do(Edit(ticket.actor("alice"), {"on_": True}))
    assert ticket.state == ("b",)
    ticket.do(Edit(ticket.actor("alice"), {"count": 9}))
    assert (ticket.state, ticket.ticket.revision) == (("c",), 3)


def test_a_failing_guard_of_always_is_false_and_in_sight() -> None:
    """No event can be refused for a failing ``always`` guard: it is false, with a problem that is shown once."""
    text = f"""\
{FIELDS}
initial: a
states:
  a: {{always: [{{to: b, when: 1 / ticket.count == 1}}], on: {{x: {{}}}}}}
  b: {{final: true}}
"""
    ticket = Ticket(text)
    ticket.send("x")
    assert (ticket.state, ticket.problems()) == (("a",), ["guard_failed"])


RAISE = f"""\
{FIELDS}
initial: a
states:
  a:
    on:
      go: {{to: b, do: [{{raise: first}}, {{raise: second}}, {{raise: nobody}}]}}
      dropped: {{do: [{{raise: first}}]}}
  b:
    on:
      first: {{do: [{note("first")}], by: person:nobody}}
      second: {{to: c, do: [{note("second")}], when: "event.name == 'second'"}}
  c: {{on: {{back: a}}}}
"""


def test_raised_events_are_handled_in_the_same_step_in_order() -> None:
    """A raised event follows the transition, in the order raised, without ``by``; an unhandled event is dropped."""
    ticket = Ticket(RAISE)
    ticket.send("dropped")
    assert ticket.state == ("a",)
    ticket.send("go")
    assert (ticket.state, seen(ticket)) == (("c",), ["first", "second"])


def test_a_raised_event_is_never_sent_from_outside() -> None:
    """Sent by a person, a raised event is an unknown event, and it is not among the allowed events."""
    ticket = Ticket(RAISE)
    refused = ticket.send("first")
    assert refused is not None
    assert (refused.code, refused.allowed) == ("unknown_event", ("go", "dropped"))


INTERNAL = f"""\
{FIELDS}
initial: outer
states:
  outer:
    initial: a
    entry: [{note("outer+")}]
    exit: [{note("outer-")}]
    on:
      inside: {{to: b, internal: true}}
      outside: {{to: b}}
      stay: {{do: [{note("stay")}]}}
    states: {{a: {{exit: [{note("a-")}]}}, b: {{}}}}
"""


def test_an_internal_transition_does_not_leave_its_state() -> None:
    """``internal`` to a child leaves the compound state alone; without it the state is left and entered again."""
    inside, outside = Ticket(INTERNAL), Ticket(INTERNAL)
    inside.send("inside")
    outside.send("outside")
    assert seen(inside) == ["outer+", "a-"]
    assert seen(outside) == ["outer+", "a-", "outer-", "outer+"]
    assert (inside.ticket.visits["outer"].number, outside.ticket.visits["outer"].number) == (1, 2)


def test_a_transition_without_a_target_stays_put() -> None:
    """The transition causes no exit, no entry and no new visit."""
    ticket = Ticket(INTERNAL)
    ticket.send("stay")
    assert (seen(ticket), ticket.state, ticket.ticket.visits["a"].number) == (["outer+", "stay"], ("a",), 1)


DOTTED = """\
initial: a
states:
  a:
    on: {deploy.failed: failed, deploy: deployed, "*": other}
  failed: {on: {x: a}}
  deployed: {on: {x: a}}
  other: {on: {x: a}}
"""


@pytest.mark.parametrize(
    ("event", "state"),
    [
        ("deploy", "deployed"),
        ("deploy.failed", "failed"),
        ("deploy.failed.twice", "failed"),
        ("deploy.done", "deployed"),
        ("deployed", "other"),
        ("anything", "other"),
    ],
)
def test_dotted_names_and_the_star(event: str, state: str) -> None:
    """A handler for ``deploy`` also takes ``deploy.failed``, but not ``deployed``; ``*`` takes any event."""
    ticket = Ticket(DOTTED)
    assert ticket.send(event) is None
    assert ticket.state == (state,)


def test_the_innermost_handler_wins() -> None:
    """A child's handler precedes its parent's and the process's; where its guard is false, theirs are tried."""
    text = f"""\
{FIELDS}
initial: outer
on: {{go: three}}
states:
  outer:
    initial: inner
    on: {{go: {{to: two, when: ticket.count < 2}}}}
    states: {{inner: {{on: {{go: {{to: one, when: ticket.count < 1}}}}}}}}
  one: {{final: true}}
  two: {{final: true}}
  three: {{final: true}}
"""
    found = []
    for count in range(3):
        ticket = Ticket(text, count=count)
        ticket.send("go")
        found.append(ticket.state[0])
    assert found == ["one", "two", "three"]


LOOP = f"""\
{FIELDS}
initial: a
states:
  a:
    on: {{spin: b, calm: {{}}, comment: b}}
    after: [{{for: 1h, to: b}}]
  b: {{always: [{{to: c, when: ticket.count == 0}}]}}
  c: {{always: [{{to: b, when: ticket.count == 0}}], on: {{out: over}}}}
  over: {{final: true}}
"""


def test_more_than_a_hundred_microsteps_refuse_the_event() -> None:
    """An event whose transitions never come to rest is refused, and the ticket is unchanged."""
    ticket = Ticket(LOOP)
    before = ticket.ticket
    refused = ticket.send("spin")
    assert code(refused) == "endless"
    assert isinstance(refused, Refusal)
    assert refused.reason == (
        "the ticket does not come to rest: after 100 transitions it still moves (c → b by always; b → c by always, and "
        "round again). The process must end this: give one of these transitions a condition (when) that becomes false"
    )
    assert ticket.ticket == before


def test_endless_microsteps_by_time_leave_a_problem() -> None:
    """Time can't be refused: the ticket stays, states why, and a due transition stays due without firing forever."""
    ticket = Ticket(LOOP)
    ticket.wait(HOUR)
    assert (ticket.state, ticket.problems()) == (("a",), ["guard_failed"])
    taken = step(ticket.compiled, ticket.ticket, Due(), ticket.now)
    assert not isinstance(taken, Refusal)
    assert taken.snapshot.configuration == ("a",)


def test_a_comment_is_recorded_even_where_its_transition_can_not_be_taken() -> None:
    """A comment is never refused: a failure of its event is a problem on the ticket, and the text is kept."""
    ticket = Ticket(LOOP)
    assert ticket.do(Comment(ticket.actor("alice"), "hello?")) is None
    assert (ticket.state, ticket.problems()) == (("a",), ["guard_failed"])
    assert ticket.said("comment") == [{"text": "hello?"}]


END = """\
fields: {cause: {type: ticket}, related: {type: ticket, list: true}}
initial: a
states:
  a: {on: {stop: bad, end: good}}
  good: {final: true, entry: [{comment: bye}]}
  bad: {final: failed}
"""


def test_the_end_is_told_to_both_ends_of_the_links() -> None:
    """Entering a final state of the top level performs its entry steps, ends the ticket and notifies linked tickets."""
    ticket = Ticket(END, cause="PRB-1", related=["CHG-1", "CHG-2"])
    ticket.send("end")
    assert (ticket.ticket.ended_at, ticket.ticket.failed) == (ticket.now, False)
    assert ticket.said("comment") == [{"text": "bye"}]
    (told,) = ticket.wanted(TellEnd)
    assert told.links == (("cause", "PRB-1"), ("related", "CHG-1"), ("related", "CHG-2"))
    failed = Ticket(END)
    failed.send("stop")
    assert (failed.ticket.failed, failed.wanted(TellEnd)) == (True, [])


def test_a_step_that_can_not_be_written_leaves_the_ticket_whole() -> None:
    """A ``set`` of time out of limits writes nothing and is a problem; in a person's event it refuses the event."""
    text = f"""\
{FIELDS}
initial: a
states:
  a:
    entry: [{{set: {{limit: 9}}}}]
    on: {{go: {{to: b, set: {{limit: 7}}}}}}
    after: [{{for: 1h, to: b, set: {{limit: 8}}}}]
  b: {{final: true}}
"""
    ticket = Ticket(text)
    assert (ticket.ticket.fields.get("limit"), ticket.problems()) == (None, ["step_failed"])
    assert code(ticket.send("go")) == "invalid_fields"
    ticket.wait(HOUR)
    assert (ticket.state, ticket.ticket.fields.get("limit")) == (("b",), None)
    assert ticket.problems() == ["step_failed", "not_written"]
    assert not any("limit" in data["changes"] for data in ticket.said("edited"))


def test_a_limit_that_can_not_be_computed_refuses_the_event() -> None:
    """A failing limit is a failing guard: the event is refused, and never half applied."""
    text = f"""\
{FIELDS.replace("max: 3", "max: =10 / ticket.count")}
initial: a
states:
  a: {{on: {{go: {{to: b, form: [limit]}}}}, after: [{{for: 1h, to: b, set: {{limit: 1}}}}]}}
  b: {{final: true}}
"""
    ticket = Ticket(text)
    assert code(ticket.send("go", limit=1)) == "guard_failed"
    assert code(ticket.do(Edit(ticket.actor("alice"), {"limit": 1}))) == "guard_failed"
    ticket.wait(HOUR)
    assert (ticket.state, ticket.problems()) == (("b",), ["not_written"])
