"""A ticket inside its workflow: its snapshot, its answers, and its effects and records to come. Free of Temporal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from pydantic import TypeAdapter, ValidationError

from definitions.pinned import Pinned
from definitions.times import Instant
from workflows.engine.compiled import Compiled, compile_pinned
from workflows.engine.deadlines import advance, next_deadline
from workflows.engine.migration import migrate
from workflows.engine.model.availability import OrganizationChanged
from workflows.engine.model.bounds import LONGEST_PROBLEM, bytes_of, cut
from workflows.engine.model.clock import Clock
from workflows.engine.model.effects import Effect
from workflows.engine.model.events import EffectFailed, Event, Migrate, Refresh
from workflows.engine.model.interpreter import STRICT_CORE
from workflows.engine.model.problem import ProblemCode
from workflows.engine.model.result import AuditEntry, Refusal, RefusalCode, Step
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.model.timeline.approval_entries import VoteCast
from workflows.engine.model.timeline.ticket_entries import ProblemReported
from workflows.engine.service_levels.recorded_runs import RecordedRun
from workflows.engine.step import step
from workflows.engine.waiting.availability import concerns
from workflows.ticket.idempotency import IdempotencyKeys
from workflows.ticket.messages import (
    KINDS,
    Carried,
    Decided,
    EventEnvelope,
    EventResult,
    HandledKey,
    Sent,
    TicketInput,
)
from workflows.ticket.payloads import MOST


@dataclass(frozen=True, slots=True)
class Repeated:
    """The same request was answered before under this key: the answer stands, and nothing happens."""

    result: EventResult


@dataclass(frozen=True, slots=True)
class Taken:
    """The steps of an event: those due before it, its own, and those due at once after it."""

    steps: tuple[Step, ...]
    to: Pinned | None = None
    """The definition from the step ``moved`` on, where the event is a migration."""
    moved: int = 0
    """The index of the migration's step."""


Verdict = Taken | Repeated | Refusal

TRIAL_SECONDS = 60
"""How long the trial of a first event is valid. A later repetition is judged by the present state of the ticket."""


class RecordedLevels:
    """What this workflow run has recorded of service levels and definitions; a new run records all of it again."""

    def __init__(self) -> None:
        self.clocks: dict[str, Clock] = {}
        self.calendars: str | None = None
        self.definitions: set[str] = set()
        """By digest."""
        self._runs: dict[tuple[str, int], RecordedRun] = {}

    def is_new(self, run: RecordedRun) -> bool:
        """Whether the run differs from its last record; from now on it does not."""
        known, self._runs[run.level, run.run] = self._runs.get((run.level, run.run)), run
        return known != run


class TicketState:
    """One ticket. ``judge`` only reads; ``take`` and the methods below it write."""

    def __init__(self, given: TicketInput, now: Instant) -> None:
        self._key = _key_of(given)
        self.opened_by = given.opening.parent if given.opening else None
        """The parent; known in the first run alone, where the opening may be refused."""
        self.pinned = given.pinned
        self._interpreter = given.interpreter
        self.compiled: Compiled = self._compile(given.pinned)
        self._pins: list[tuple[int, Pinned]] = []
        """The definition before each migration of this run, with the revision that the migration made."""
        self.refusal: Refusal | None = None
        """Why the ticket could not be opened."""
        self.unrecorded: list[Step] = []
        self.unrecorded_answers: list[HandledKey] = []
        """The answers to the events of the unrecorded steps."""
        self.unsettled = False
        """Whether the ticket is to be recorded as it is, with or without a new step."""
        self.effects: list[Effect] = []
        """Not performed yet."""
        self.fresh = True
        """Whether the ticket has changed since its timer was last set."""
        self.recorded_levels = RecordedLevels()
        self.handled = IdempotencyKeys(given.carried.handled if given.carried else ())
        if given.carried:
            self._snapshot: Snapshot | None = given.carried.snapshot
        else:
            self._snapshot = None
            self._open(given, now)

    def _open(self, given: TicketInput, now: Instant) -> None:
        """Opens the ticket at the moment at which its opening was tried out; what is due since then fires now."""
        assert given.opening is not None  # noqa: S101 - the caller looked
        at = now if given.opening.at is None else given.opening.at
        opened = self._follow(None, given.opening, at)
        if isinstance(opened, Refusal):
            self.refusal = opened
            return
        self.take(opened)
        if at < now:
            self.advance(now)

    def _compile(self, pinned: Pinned) -> Compiled:
        """Compiles a definition for the version of the interpreter that this run keeps to its end."""
        return compile_pinned(pinned, self._interpreter)

    @property
    def is_strict(self) -> bool:
        """Whether this run keeps the bounds of ``STRICT_CORE``."""
        return self._interpreter >= STRICT_CORE

    @property
    def key(self) -> str:
        """The ticket's key, also where the opening was refused."""
        return self._key

    @property
    def snapshot(self) -> Snapshot:
        """The ticket now; raises RuntimeError for one that could not be opened."""
        if self._snapshot is None:
            raise RuntimeError("the ticket was not opened")
        return self._snapshot

    @property
    def to_record(self) -> bool:
        """Whether the records lack a step, or the confirmation of the steps that they have."""
        return bool(self.unrecorded) or self.unsettled

    @property
    def ended(self) -> bool:
        return self.snapshot.ended_at is not None

    def leaves(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Active leaves in document order."""
        states = self.compiled_at(snapshot.revision).states
        return tuple(state for state in snapshot.configuration if not states[state].states)

    def pinned_at(self, revision: int) -> Pinned:
        """The definition at a revision of this run."""
        return next((pinned for since, pinned in self._pins if revision < since), self.pinned)

    def compiled_at(self, revision: int) -> Compiled:
        """The compiled definition at a revision of this run."""
        pinned = self.pinned_at(revision)
        return self.compiled if pinned is self.pinned else self._compile(pinned)

    @property
    def migrations(self) -> int:
        """The number of migrations in this run: an answer about the calendars before a migration comes too late."""
        return len(self._pins)

    def judge(self, key: str | None, envelope: EventEnvelope, now: Instant) -> Verdict:
        """The verdict on an event at ``now``; changes nothing."""
        if self.refusal:
            return self.refusal
        known = self.handled.answer(key) if key else None
        if known:
            return Repeated(known) if known.request_hash == envelope.request_hash else _key_reused()
        event = read_event(envelope)
        if isinstance(event, Refusal):
            return event
        at = self._moment(envelope, now)
        due = advance(self.compiled, self.snapshot, at)
        before = due[-1].snapshot if due else self.snapshot
        to = event.to if isinstance(event, Migrate) else None
        after = self._compile(to) if to else self.compiled
        own = self._own(before, event, after, at)
        if isinstance(own, Refusal) and own.code == "ended":
            return own
        if envelope.expected_revision not in (None, before.revision):
            return Refusal("stale", f"the ticket is at revision {before.revision}")
        if isinstance(own, Refusal):
            return own
        return Taken((*due, own, *advance(after, own.snapshot, now)), to, len(due))

    def _moment(self, envelope: EventEnvelope, now: Instant) -> Instant:
        """The time of an event: now, or the time of its trial with the opening if nothing has happened since."""
        tried = envelope.at
        if tried is None or not self.snapshot.at <= tried <= now <= tried + TRIAL_SECONDS:
            return now
        return tried

    def _own(self, before: Snapshot | None, event: Event | Migrate, after: Compiled, now: Instant) -> Step | Refusal:
        """The one place where an event of the ticket meets the core. A migration moves the ticket to ``after``."""
        if isinstance(event, Migrate):
            assert before is not None  # noqa: S101 - what is not open is not migrated
            return migrate(self.compiled, after, before, event.renames, event.actor, now)
        return step(self.compiled, before, event, now)

    def _follow(self, before: Snapshot | None, event: Event, now: Instant) -> tuple[Step, ...] | Refusal:
        """The steps due before an event, its own, and those due at once after it."""
        due = advance(self.compiled, before, now) if before else ()
        own = self._own(due[-1].snapshot if due else before, event, self.compiled, now)
        if isinstance(own, Refusal):
            return own
        return (*due, own, *advance(self.compiled, own.snapshot, now))

    def accept(self, taken: Taken) -> None:
        """Applies a verdict to the ticket."""
        if taken.to is not None:
            self._pins.append((taken.steps[taken.moved].snapshot.revision, self.pinned))
            self.pinned = taken.to
            self.compiled = self._compile(taken.to)
        self.take(taken.steps)

    def take(self, steps: tuple[Step, ...]) -> None:
        """Applies steps to the ticket; their effects and records are still to come."""
        for one in steps:
            self._snapshot = one.snapshot
            self.unrecorded.append(one)
            self.effects += one.effects
            self.fresh = True

    def advance(self, now: Instant) -> None:
        """Fires everything due until ``now``."""
        self.take(advance(self.compiled, self.snapshot, now))

    def apply(self, event: Event, now: Instant) -> Refusal | None:
        """Take an event of the engine's own: an answer, or a problem."""
        steps = self._follow(self.snapshot, event, now)
        if isinstance(steps, Refusal):
            return steps
        self.take(steps)
        return None

    def organization_changed(self, changed: OrganizationChanged, now: Instant) -> None:
        """Checks approvers and task holders again, once for each organization; without any, nothing happens."""
        if concerns(self.snapshot, changed):
            self.apply(changed, now)

    def report_problem(self, code: ProblemCode, text: str, now: Instant) -> None:
        """Shows a problem on the ticket, once; of an ended ticket, the timeline alone shows it."""
        if self.is_strict:
            text = cut(text, LONGEST_PROBLEM)
        if any((known.code, known.text) == (code, text) for known in self.snapshot.problems):
            return
        if self.apply(EffectFailed(code, text), now):
            self.note("engine", code, text, now)

    def report_too_large(self, now: Instant) -> None:
        """Shows that the ticket can't be continued as new, with its largest fields."""
        fields = self.snapshot.fields
        largest = sorted(fields, key=lambda name: -bytes_of(fields[name]))[:3]
        text = f"a run hands at most {MOST:,} bytes to the next one: shorten the fields {', '.join(largest)}"
        self.report_problem("too_large", text, now)

    def note(self, actor: str, code: ProblemCode | RefusalCode, text: str, now: Instant) -> None:
        """Records a problem on the timeline without another change, as of a refused signal."""
        after = replace(self.snapshot, revision=self.snapshot.revision + 1, at=max(now, self.snapshot.at))
        entry = AuditEntry.of(ProblemReported(code=code, text=text), after.at, actor)
        self.take((Step(after, audit=(entry,)),))

    def notes(self, envelope: EventEnvelope, refusal: Refusal) -> bool:
        """Whether the timeline shows a refusal in place of an error."""
        return envelope.note_refusal and not (self.refusal or self.ended or refusal.code == "key_reused")

    def noted(self, key: str, envelope: EventEnvelope, refusal: Refusal, now: Instant) -> EventResult | None:
        """The result of an event whose refusal the timeline shows; None where a refusal is an error."""
        if not self.notes(envelope, refusal):
            return None
        text = f"{envelope.body.get('name', envelope.kind)}: {refusal.reason}"
        self.note(sender_of(envelope), refusal.code, text, now)
        return self.keep_answer(key, envelope, refusal)

    def keep_answer(self, key: str, envelope: EventEnvelope, verdict: Taken | Refusal) -> EventResult:
        """The answer to the event that the ticket has taken, or whose refusal it has noted; kept for repeats."""
        result = self.result(envelope.request_hash, verdict if isinstance(verdict, Taken) else None)
        if isinstance(verdict, Refusal):
            result = replace(result, refused=verdict.code, reason=verdict.reason)
        self.handled.keep(key, result, generated=envelope.generated_key)
        self.unrecorded_answers.append(HandledKey(key, result, envelope.generated_key))
        return result

    def recorded(self, steps: Sequence[Step]) -> None:
        """Forgets the oldest steps, and the answers of their events, once they are on record."""
        if not steps:
            self.unsettled = False
            return
        del self.unrecorded[: len(steps)]
        newest = steps[-1].snapshot.revision
        self.unrecorded_answers = [each for each in self.unrecorded_answers if each.result.revision > newest]

    def grow_calendars(self, calendars: str, now: Instant, asked_in: int = 0) -> None:
        """Takes longer calendars: deadlines beyond the old horizon are computed now.

        ``asked_in`` is ``migrations`` at the time of the request: calendars that a migration has renewed since stay.
        """
        if asked_in != self.migrations:
            return
        self.pinned = Pinned(self.pinned.digest, self.pinned.definition, calendars, self.pinned.calendar)
        self.compiled = self._compile(self.pinned)
        self.apply(Refresh(), now)

    def next_deadline(self) -> Instant | None:
        """The next deadline of the ticket, UTC seconds; None where it waits for no time."""
        return None if self.ended else next_deadline(self.snapshot)

    def result(self, request_hash: str, taken: Taken | None = None) -> EventResult:
        """The ticket as an answer to a request; ``taken`` has the steps of the request's event."""
        now = self.snapshot
        plain = EventResult(
            now.key, now.revision, now.at, now.configuration, now.assignee, now.ended_at, now.failed, request_hash
        )
        return replace(plain, decided=self._decided(taken)) if taken else plain

    def _decided(self, taken: Taken) -> Decided | None:
        """The request that a vote among these steps has decided; None without one, and in runs of older builds."""
        for entry in (entry.entry for step_ in taken.steps for entry in step_.audit if entry.kind == VoteCast.kind):
            if isinstance(entry, VoteCast) and entry.visit is not None and entry.round is not None:
                title = self.compiled.title_of(entry.state)
                return Decided(entry.state, title, entry.decision, entry.visit, entry.round, entry.stage)
        return None

    def carry(self) -> Carried:
        """What the next run needs at continue-as-new."""
        return Carried(self.snapshot, self.handled.all())


def sender_of(envelope: EventEnvelope) -> str:
    """The id of the actor that has sent an event."""
    actor = envelope.body.get("actor")
    return str(actor.get("id", "")) if isinstance(actor, dict) else "engine"


def _key_of(given: TicketInput) -> str:
    if given.carried:
        return given.carried.snapshot.key
    if given.opening:
        return given.opening.key
    raise ValueError("a ticket starts with an opening or with what it carried")


def is_dropped(envelope: EventEnvelope, refusal: Refusal) -> bool:
    """Whether an engine event finds no handler here, which is no refusal to show."""
    of_engine = str(envelope.body.get("name", "")).startswith("ended.")
    return of_engine and refusal.code in ("unknown_event", "guard_failed", "not_permitted", "ended")


def read_event(envelope: EventEnvelope) -> Sent | Migrate | Refusal:
    """The event in an envelope; a refusal where the body does not fit the kind."""
    try:
        return _reader(envelope.kind).validate_python(dict(envelope.body))
    except ValidationError as error:
        wrong = tuple(dict.fromkeys(".".join(map(str, each["loc"])) for each in error.errors()))
        return Refusal("invalid_fields", f"this is not an event of kind {envelope.kind}", wrong)


@lru_cache
def _reader(kind: str) -> TypeAdapter[Sent | Migrate]:
    model: type[Sent | Migrate] = KINDS[kind]
    return TypeAdapter(model)


def _key_reused() -> Refusal:
    return Refusal("key_reused", "this idempotency key was used for another request")
