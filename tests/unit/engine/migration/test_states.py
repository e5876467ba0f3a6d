"""Migration of states and values: the new definition has a place for all of them, or nothing is moved."""

from __future__ import annotations

import pytest

from tests.unit.engine.migration.migrations import Moving, reasons
from workflows.engine.model.events import Renames, Send
from workflows.engine.model.result import Refusal

TWO = "initial: a\nstates: {a: {on: {go: b}}, b: {on: {end: c}}, c: {final: true}}\n"
RENAMED = "initial: first\nstates: {first: {on: {go: second}}, second: {on: {end: c}}, c: {final: true}}\n"
REGIONS = """\
initial: p
states:
  p:
    parallel: true
    states:
      left:  {initial: l1, states: {l1: {on: {l: l2}}, l2: {on: {back: l1}}}}
      right: {initial: r1, states: {r1: {on: {r: r2}}, r2: {on: {back: r1}}}}
    on: {stop: c}
  c: {final: true}
"""
PAUSED = """\
initial: work
states:
  work:
    initial: w1
    states: {w1: {on: {next: w2}}, w2: {on: {next: w1}}, h: {history: deep, initial: w1}}
    on: {pause: off, end: c}
  off: {on: {resume: h}}
  c: {final: true}
"""


def test_a_state_of_the_same_id_is_the_same_state_since_it_was_entered() -> None:
    """A ticket continues in the new definition in its state, and enters no state again."""
    ticket = Moving(TWO)
    ticket.send("go")
    entered = ticket.ticket.visits["b"]
    ticket.wait(60)
    assert ticket.to(TWO.replace("{end: c}", "{finish: c, end: a}")) is None
    assert (ticket.state, ticket.ticket.visits["b"]) == (("b",), entered)
    assert ticket.send("finish") is None
    assert ticket.ticket.ended_at is not None


def test_a_map_names_the_state_that_takes_the_place() -> None:
    """A renamed state keeps the time, the cause and the number of its entry."""
    ticket = Moving(TWO)
    ticket.send("go")
    entered = ticket.ticket.visits["b"]
    ticket.wait(60)
    assert ticket.to(RENAMED, b="second") is None
    assert (ticket.state, ticket.ticket.visits["second"]) == (("second",), entered)
    assert dict(ticket.told_of_it.data)["map"] == {"b": "second"}


def test_no_step_of_entry_or_exit_is_run_again() -> None:
    """A migration is not a transition: it performs no steps, and repeats no notice of an entry."""
    entry = "entry: [{notify: {to: opener, message: Hi}}], exit: [{set: {x: 1}}]"
    text = (
        f"initial: a\nfields: {{x: {{type: integer}}}}\nstates: {{a: {{{entry}, on: {{go: c}}}}, c: {{final: true}}}}\n"
    )
    ticket = Moving(text)
    ticket.told()
    assert ticket.to(text.replace("message: Hi", "message: Ho")) is None
    assert ticket.told() == []
    assert "x" not in ticket.ticket.fields


def test_a_state_that_is_gone_must_be_mapped() -> None:
    """A refusal names the state and the remedy, and changes nothing."""
    ticket = Moving(TWO)
    before = ticket.ticket
    assert reasons(ticket.to(RENAMED)) == [
        "state 'a' is not in the new definition: map it to the state that replaces it"
    ]
    assert ticket.ticket == before


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        ({"a": "frist"}, "map: the new definition has no state 'frist'"),
        ({"a": "first", "x": "first"}, "map: neither definition has a state 'x'"),
        ({"a": "c"}, "'a' would be 'c', which is final there, and a migration ends no ticket"),
    ],
)  # fmt: skip
def test_a_map_leads_from_known_states_to_known_states(mapping: dict[str, str], reason: str) -> None:
    """A map with an unknown state, or with a final one, is refused."""
    assert reason in Moving(TWO).to(RENAMED, **mapping).reason  # type: ignore[union-attr]


def test_a_state_that_holds_others_now_is_mapped_to_one_of_them() -> None:
    """A ticket whose state was split must be mapped to a leaf."""
    split = (
        "initial: a\nstates: {a: {initial: a1, states: {a1: {on: {n: a2}}, a2: {}}, on: {go: c}}, c: {final: true}}\n"
    )
    ticket = Moving(TWO)
    assert reasons(ticket.to(split)) == ["state 'a' contains other states there: map it to one of a1, a2"]
    assert ticket.to(split, a="a2") is None
    assert ticket.ticket.configuration == ("a", "a2")


def test_every_region_has_its_state() -> None:
    """A ticket can't be in a part of a parallel state, nor twice in one region."""
    ticket = Moving(TWO)
    assert reasons(ticket.to(REGIONS, a="l2")) == [
        "the ticket would be in no state of 'right', a region of 'p': map a state into it"
    ]
    ticket = Moving(REGIONS)
    assert reasons(ticket.to(TWO, l1="a", r1="b")) == [
        "a and b can't be active at once there: map them to one state, or to regions"
    ]
    assert reasons(ticket.to(TWO, l1="a", r1="a")) == ["'l1' and 'r1' would both be 'a': map them to different states"]
    assert ticket.to(REGIONS.replace("l1", "l0"), l1="l0") is None
    assert ticket.state == ("l0", "r1")


def test_what_a_history_remembers_is_carried_too() -> None:
    """A remembered state must have a state that replaces it, to which the history then leads."""
    ticket = Moving(PAUSED)
    ticket.send("next")
    ticket.send("pause")
    later = PAUSED.replace("w2", "w3")
    assert reasons(ticket.to(later)) == ["'h' remembers 'w2', not a state of 'work' there: map it to a state of it"]
    assert ticket.to(later, w2="w3") is None
    assert ticket.send("resume") is None
    assert ticket.state == ("w3",)


FIELDS = """\
fields:
  note: {type: text}
  size: {type: integer}
  who:  {type: person}
  kind: {type: choice, options: [big, small]}
  twice: {type: integer, value: "ticket.size * 2"}
"""


def test_every_value_that_does_not_fit_is_told_at_once() -> None:
    """A refusal names every value that does not fit: without a field, of another type, or without an option."""
    ticket = Moving(FIELDS + TWO, note="hello", size=4, who="bob", kind="big")
    new = "fields: {size: {type: boolean}, who: {type: team}, kind: {type: choice, options: [small]}}\n" + TWO
    refusal = ticket.to(new)
    assert isinstance(refusal, Refusal)
    assert refusal.fields == ("note", "size", "who", "kind")
    assert reasons(refusal) == [
        "field 'note' does not exist there and has a value: map it, clear it, or keep the field with 'editable: []'",
        "field 'size' takes true or false there, and holds '4': write a value that fits both, or clear it",
        "field 'who' is a team there, not a person, and holds 'bob': write a value that fits both, or clear it",
        "field 'kind' takes one of small there, and holds 'big': map its option, write a value that fits both, or "
        "clear it",
    ]


def test_values_that_fit_are_kept_and_computed_ones_are_computed_anew() -> None:
    """A wider type takes the value, a new field gets its literal default, a computed one follows the new rule."""
    ticket = Moving(FIELDS + TWO, size=4)
    new = FIELDS.replace("size: {type: integer}", "size: {type: number}").replace("size * 2", "size * 3.0")
    new = new.replace("twice: {type: integer", "twice: {type: number") + "  extra: {type: text, default: some}\n"
    assert ticket.to(new + TWO) is None
    assert dict(ticket.ticket.fields) == {"size": 4.0, "twice": 12.0, "extra": "some"}


def test_only_whom_the_new_definition_names_may_migrate() -> None:
    """A process owner may migrate by default, else the people of the new definition's ``may.migrate``."""
    ticket = Moving("may: {migrate: [opener]}\n" + TWO)
    refusal = ticket.to(TWO, by="alice")
    assert refusal is not None
    assert refusal.code == "not_permitted"
    assert ticket.to("may: {migrate: [role:chair]}\n" + TWO, by="bob").code == "not_permitted"  # type: ignore[union-attr]
    assert ticket.to("may: {migrate: [role:officer]}\n" + TWO, by="bob") is None


def test_an_organization_without_a_process_owner_migrates_nothing() -> None:
    """Nobody may migrate who is not named, not even the engine."""
    ticket = Moving(TWO)
    for actor in ("alice", "carol", "engine", "source:x"):
        assert ticket.to(TWO, by=actor).code == "not_permitted"  # type: ignore[union-attr]


def test_a_ticket_that_has_ended_stays_as_it_was() -> None:
    """A ticket that has ended is not migrated."""
    ticket = Moving(TWO)
    ticket.send("go")
    ticket.send("end")
    assert ticket.to(TWO).code == "ended"  # type: ignore[union-attr]


def test_the_process_stays_the_same_one() -> None:
    """A ticket of one process never becomes a ticket of another."""
    from tests.unit.engine.tickets import HEAD, compile_text

    ticket = Moving(TWO)
    other = compile_text(TWO, head=HEAD.replace("process: sample", "process: other"))
    assert reasons(ticket.take(other, "dora", Renames())) == [
        "SMP-1 is a ticket of 'sample', but the definition is one of 'other'"
    ]


def test_the_timeline_tells_who_moved_it_from_where_to_where() -> None:
    """The timeline records the actor, and both digests of definition and calendars."""
    ticket = Moving(TWO)
    before = ticket.compiled.digest
    assert ticket.to(RENAMED, a="first") is None
    entry = ticket.told_of_it
    assert (entry.actor, entry.data["from"], entry.data["to"]) == ("dora", before, ticket.compiled.digest)
    assert ticket.audit[-1].kind == "migrated" or ticket.audit[-2].kind == "migrated"


def test_a_ticket_moves_on_where_the_new_definition_wants_it_to() -> None:
    """An enabled eventless transition is taken in the same step, as after every event."""
    ticket = Moving(TWO)
    moving = TWO.replace("a: {on: {go: b}}", "a: {always: [{to: b}], on: {go: b}}")
    assert ticket.to(moving) is None
    assert ticket.state == ("b",)


def test_an_event_that_is_sent_afterwards_is_judged_by_the_new_definition() -> None:
    """A migrated ticket follows the new definition alone."""
    ticket = Moving(TWO)
    assert ticket.to(TWO.replace("{go: b}", "{leave: b}")) is None
    refusal = ticket.do(Send("go", ticket.actor("alice")))
    assert refusal is not None
    assert refusal.code == "unknown_event"
