"""References by name: to templates, states, tags and events."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.checks.fields import read_beside_fields
from definitions.checks.state_graph import takes
from definitions.checks.subject import Subject
from definitions.text.problems import Path, Problem
from definitions.text.suggestions import closest


def templates(subject: Subject) -> Iterator[Problem]:
    """A named template exists."""
    for path, step in subject.steps():
        name = step.notify.template if step.notify else None
        if name is not None and name not in subject.templates:
            hint = closest(name, subject.templates) or f"create templates/{name}.md"
            yield subject.problem((*path, "notify", "template"), "unknown-template", f"unknown template '{name}'", hint)


def editable(subject: Subject) -> Iterator[Problem]:
    """``editable`` holds states and ``tag:x``."""
    for name, spec in subject.process.fields.items():
        path = ("fields", name, "editable")
        for index, entry in enumerate(spec.editable or ()):
            yield from state_or_tag(subject, subject.element(path, index), entry)


def state_or_tag(subject: Subject, path: Path, entry: str) -> Iterator[Problem]:
    if entry.startswith("tag:"):
        tag = entry.removeprefix("tag:")
        if tag not in subject.scope.tags:
            yield subject.unknown(path, "tag", tag, tuple(subject.scope.tags))
    elif entry not in subject.states:
        yield subject.unknown(path, "state", entry, subject.states)


def invariants(subject: Subject) -> Iterator[Problem]:
    """An invariant names states, their events and outcomes, and fields."""
    for index, invariant in enumerate(subject.process.invariants):
        path: Path = ("invariants", index)
        if (invariant.never is None) == (not invariant.eventually):
            yield subject.problem(path, "bad-invariant", "an invariant needs exactly one of 'never' and 'eventually'")
        if invariant.never is not None and invariant.never not in subject.states:
            yield subject.unknown((*path, "never"), "state", invariant.never, subject.states)
        for place, name in enumerate(invariant.eventually):
            if name not in subject.states:
                yield subject.unknown(subject.element((*path, "eventually"), place), "state", name, subject.states)
        for place, entry in enumerate(invariant.without):
            yield from _happening(subject, subject.element((*path, "without"), place), entry)
        for place, entry in enumerate(invariant.since):
            at = subject.element((*path, "since"), place)
            if entry in subject.process.fields:
                yield from _changes_alone(subject, at, entry)
            else:
                yield from state_or_tag(subject, at, entry)


def _changes_alone(subject: Subject, path: Path, field: str) -> Iterator[Problem]:
    """A field of ``since`` changes with writes to fields alone, so that a proof sees every change."""
    found = read_beside_fields(subject, field)
    if found is None:
        return
    through, read = found
    because = "its value" if through == field else f"it depends on '{through}', whose value"
    message = f"'{field}' can change at any step, because {because} reads '{read}': a proof does not see the change"
    hint = f"name fields that people or steps write, instead of '{field}'"
    yield subject.problem(path, "since-not-fields", message, hint)


def _happening(subject: Subject, path: Path, entry: str) -> Iterator[Problem]:
    """``state.event`` or ``state.outcome``."""
    state, _, event = entry.partition(".")
    one = subject.states.get(state)
    if not event:
        yield subject.problem(path, "bad-invariant", f"'{entry}' is not an event of a state", "write <state>.<event>")
    elif one is None:
        yield subject.unknown(path, "state", state, subject.states)
    else:
        chain = [one, *(subject.states[name] for name in one.ancestors)]
        handled = [handler for each in chain for handler in each.state.on] + list(subject.process.on)
        outcomes = (*one.state.outcomes, *one.state.endings)
        if event not in outcomes and not any(takes(handler, event) for handler in handled):
            message = f"state '{state}' has no event or outcome '{event}'"
            yield subject.problem(path, "unknown-event", message, closest(event, [*outcomes, *handled]))


CHECKS = (templates, editable, invariants)
