"""Proofs about the outcomes of compound states: to whom they are offered, in which order, and when they lapse."""

from __future__ import annotations

import pytest

from tests.unit.engine.proofs.proved_processes import printed, written

APPROVALS = """
initial: open
states:
  open: {on: {go: {to: both, by: everyone}}}
  both:
    parallel: true
    on: {done: gone}
    states:
      h:
        initial: h1
        states:
          h1: {approval: {from: [person:ann]}, on: {approved: h2, rejected: stopped}}
          h2: {final: true}
      c:
        initial: c1
        states:
          c1: {approval: {from: [person:ben]}, on: {approved: c2, rejected: stopped}}
          c2: {final: true}
  gone: {final: true}
  stopped: {final: true}
"""


@pytest.mark.parametrize("control", ["h1.approved", "c1.approved", "h.done", "both.done"])
def test_the_end_of_one_region_is_not_the_end_of_all(control: str) -> None:
    """``done`` of a region does not lead out of the parallel state, so that every region's approval is a control."""
    assert printed(written(APPROVALS, invariants=f"[{{never: gone, without: [{control}]}}]")) == ""


def test_a_region_without_its_approval_is_found() -> None:
    """Where one region can end without its approval, the path through it is found."""
    text = APPROVALS.replace("approved: h2, rejected: stopped", "approved: h2, rejected: h2")
    found = printed(written(text, invariants="[{never: gone, without: [h1.approved]}]"))
    assert "invariant-broken" in found
    assert "h1.rejected" in found


REOPENED = """
initial: work
fields: {ready: {type: boolean, default: false, editable: []}}
states:
  work:
    initial: doing
    on:
      done: {to: closed, when: ticket.ready}
      reopen: {to: doing, internal: true, by: everyone}
      prepare: {set: {ready: true}, by: everyone}
    states:
      doing: {on: {finish: {to: finished, by: everyone}}}
      finished: {final: true}
  closed: {final: true}
"""


def test_a_done_that_lapsed_leads_nowhere() -> None:
    """A ticket that was reopened has to finish again: the protected state is entered from the final state alone."""
    invariants = "[{never: closed, without: [doing.finish], since: [doing]}]"
    assert printed(written(REOPENED, invariants=invariants)) == ""


INNER = """
initial: outer
states:
  outer:
    initial: inner
    on: {done: wrong, leave: {to: right, by: everyone}}
    states:
      inner: {initial: x, states: {x: {on: {end: {to: y, by: everyone}}}, y: {final: true}}}
      last: {final: true}
  right: {final: true}
  wrong: {final: true}
"""


def test_done_of_an_inner_state_does_not_lead_out_of_the_outer_one() -> None:
    """An outer handler of ``done`` is no path for the ``done`` of an inner state."""
    assert printed(written(INNER, invariants="[{never: wrong, without: [inner.leave]}]")) == ""


FAILING = """
initial: work
states:
  work:
    initial: doing
    on: {done: right, failed: wrong}
    states:
      doing: {on: {finish: {to: finished, by: everyone}, break: {to: broken, by: everyone}}}
      finished: {final: true}
      broken: {final: failed}
  right: {final: true}
  wrong: {final: true}
"""


def test_a_failure_of_the_states_inside_is_a_control_of_its_own() -> None:
    """``failed`` of a compound state leads where its handler says, and is named in paths and in ``without``."""
    invariants = "[{never: right, without: [work.done]}, {never: wrong, without: [work.failed]}]"
    assert printed(written(FAILING, invariants=invariants)) == ""
    found = printed(written(FAILING, invariants="[{never: wrong, without: [work.done]}]"))
    assert "open → break → work.failed → wrong" in found


ORDER = """
initial: both
fields: {ready: {type: boolean, default: false, editable: []}}
states:
  both:
    parallel: true
    on: {over: {to: closed, by: everyone}}
    states:
      one:
        initial: o1
        on: {done: {to: protected, when: "!ticket.ready"}}
        states: {o1: {on: {end: {to: o2, by: everyone}}}, o2: {final: true}}
      two:
        initial: t1
        on: {later: {set: {ready: true}}}
        states: {t1: {on: {end: {to: t2, by: everyone}}}, t2: {entry: [{raise: later}]}}
  protected: {final: true}
  closed: {final: true}
"""


def test_done_is_explored_in_its_place_among_raised_events() -> None:
    """The ``done`` of the first region comes before the event that the second one raises, and the proof finds it."""
    found = printed(written(ORDER, invariants="[{never: protected, without: [two.later]}]"))
    assert "open → end → one.done → protected" in found
