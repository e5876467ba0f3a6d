"""Abstract states and the edges between them: one abstract state stands for many tickets, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from definitions.schema.model import Json

Values = tuple[Json, ...]
"""The values that a field can have here: one where it is known, the whole domain until a guard reads it."""
SOME_ASSIGNEE = "somebody"
"""The abstract value of ``assignee`` that stands for any person or team."""

Phase = Literal["stable", "unstable", "due"]
"""No microstep is enabled; a macrostep is under way; or an outcome is due, and time or a block may still precede it."""


@dataclass(frozen=True, slots=True)
class AbstractOutcome:
    """An outcome of a state without its time; ``of_states`` as in ``Outcome``."""

    state: str
    name: str
    of_states: bool = False


@dataclass(frozen=True, slots=True)
class AbstractEvent:
    """A raised event. ``by_person``: raised while a person's event was handled."""

    name: str
    by_person: bool


@dataclass(frozen=True, slots=True)
class AbstractState:
    """Equal abstract states have equal successors; the class is hashable for that."""

    active: tuple[str, ...]
    """All active states, in document order."""
    history: tuple[tuple[str, tuple[str, ...]], ...]
    values: tuple[Values, ...]
    """The values of the tracked names, in their order."""
    pending: tuple[AbstractOutcome, ...] = ()
    """Outcomes for which no transition has been selected yet, oldest first."""
    decided: frozenset[str] = frozenset()
    """Active states whose block has ended."""
    raised: tuple[AbstractEvent | AbstractOutcome, ...] = ()
    """The internal queue: raised events, and outcomes of compound states that no transition was offered yet."""
    controlled: bool = False
    """A control of ``without`` has happened, and nothing of ``since`` has voided it."""
    phase: Phase = "stable"
    by_person: bool = False
    """While unstable: the macrostep handles a person's event, not a timer's or an outcome's."""
    failed_runs: frozenset[str] = frozenset()
    """Active states whose run has failed, so that the outcome of their block will be ``failed``."""


@dataclass(frozen=True, slots=True)
class DomainChange:
    """How a step changes the domain of one name: a write, a guard that narrows it, or an edit before the step."""

    kind: Literal["written", "read", "edited"]
    name: str
    before: Values
    after: Values
    shown: bool = True
    """A person chooses the written value, so that the path must show it."""


Kind = Literal[
    "open", "event", "ending", "outcome", "timer", "edit", "task", "clock", "stage", "run", "always", "raised", "rest",
    "refused",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class EdgeLabel:
    """The cause of a step. ``name`` is the event, the outcome, the field or the service level with its threshold."""

    kind: Kind
    name: str = ""
    state: str = ""
    """The state to which the outcome, the timer, the task, the stage or the run belongs."""
    index: int = 0
    """The index of the timer, the task, the stage or the step of the run."""


@dataclass(frozen=True, slots=True)
class Successor:
    """One edge of the transition relation: its label, and the abstract state that it leads to."""

    label: EdgeLabel
    state: AbstractState
    changes: tuple[DomainChange, ...] = ()
    violated: bool = False
    performable: bool = True
    """A person of the organization, time or an outcome can cause it."""
    certain: bool = True
    """A *must* transition: no undecided guard can prevent it, and no step of its lists has failed.

    All other transitions are *may* transitions. If a step may fail, this transition assumes that the step succeeds; the
    failure leads to an abstract state of its own, which is examined too.
    """
    taken: tuple[int, ...] = ()
    """The chart's transitions that the step takes."""
    failed: tuple[str, ...] = ()
    """The failures of steps that end a list of steps, in words."""


@dataclass(slots=True)
class Observations:
    """What one attempt at a step records."""

    changes: list[DomainChange] = field(default_factory=list)
    taken: list[int] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    violated: bool = False
