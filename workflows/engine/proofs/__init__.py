"""Invariants, proved by a search through every path of a process (LANGUAGE, section 2, Invariants).

Theory of operation. A ticket has too many concrete states to try them all, so that a proof explores *abstract* states
(``abstract_state``): each stands for all tickets with the same active states and histories, the same raised events and
due outcomes, and values within the same *domains*. The abstraction forgets people, times, texts, numbers, and every
field outside the property's *cone of influence* (``cone_of_influence``). A guard on forgotten values may be true or
false, anew each time it is evaluated; a guard on finite domains is decided exactly, and narrows the domains that it
reads (``conditions``, ``domains``).

Sound, because it *over-approximates*: SCXML's own algorithm takes the steps (``abstract_ticket`` is the chart's
content, ``run_to_completion`` the order of microsteps), every choice is tried both ways (``choices``), and time, blocks
and people may do anything at any moment (``successors``). Every run of the core is therefore a path here: what no
abstract path does, no ticket does. The converse fails: a path may be spurious where forgotten values would have to fit
together. ``eventually`` also needs the converse: it is exact on the guards that are decided, and takes the others to be
possible, so that it can overlook a dead end.

Exploration (``exploration``) is breadth first, so that a counterexample is a shortest one. It ends after 25,000
abstract states (``not-proved``): a count, the same on every machine. Counterexamples drive the refinement: a proof
starts with every guard taken both ways, and adds the fields that decide a spurious path (``never_invariants``), or that
stand between states that surely reach a target and states that do not (``eventually_invariants``). ``counterexamples``
makes a path concrete: it plays the path on the core as a scenario, with people and values of the organization
(``concretization``).

Reading order: property, abstract_state, domains, conditions, choices, abstract_ticket, run_to_completion, successors,
exploration; then never_invariants, reachability, eventually_invariants, assignees, lint; paths, counterexamples.
"""

from __future__ import annotations

from workflows.engine.proofs.exploration import MOST_ABSTRACT_STATES
from workflows.engine.proofs.verification import prove

__all__ = ["MOST_ABSTRACT_STATES", "prove"]
