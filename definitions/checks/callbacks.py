"""Requests with a callback: a ``run`` waits for it, for a limited time, and the request carries the address."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.checks.guards import of_step
from definitions.checks.subject import Subject
from definitions.durations import parse_duration
from definitions.expressions import ExpressionError, compile_expression
from definitions.schema.steps import RunStep, Step
from definitions.text.problems import Path, Problem

ADDRESS = "callback.url"
LONGEST = "366d"
"""The longest time to call back: everyone who has the address may post to it, so it must expire."""


def callbacks(subject: Subject) -> Iterator[Problem]:
    """Only a ``run`` waits for a callback, for a limited time, and the request carries the address to call."""
    for path, step in subject.steps():
        if step.http is None or step.http.callback is None:
            continue
        place = (*path, "http", "callback")
        if not isinstance(step, RunStep):
            message = "'callback' has no effect here: only a step of a 'run' waits"
            hint = "give the request a state of its own: run: [{http: {…, callback: 2h}}]"
            yield subject.problem(place, "callback-outside-run", message, hint, key=True)
            continue
        span = parse_duration(step.http.callback)
        if span.nominal_seconds == 0:
            yield subject.problem(place, "bad-callback", "the time to call back can't be zero", "write callback: 2h")
        if span > parse_duration(LONGEST):
            message = f"the time to call back can't be longer than {LONGEST}"
            yield subject.problem(place, "bad-callback", message, "for a longer wait, use a state of its own")
        if not _carries_address(subject, path, step):
            message = "the request does not carry the address to call back to"
            hint = f"put ={ADDRESS} where the other system expects it: body: {{reply_to: ={ADDRESS}}}"
            yield subject.problem(place, "callback-not-told", message, hint, key=True)


def _carries_address(subject: Subject, path: Path, step: Step) -> bool:
    scope = subject.scope_under(each=step.each is not None, callback=True)
    texts = [text for place, text, _, _ in of_step(path, step) if place[len(path)] == "http"]
    for text in texts:
        try:
            if ADDRESS in compile_expression(text.removeprefix("="), scope).names:
                return True
        except ExpressionError:
            if "callback." in text:  # the address is meant; its error is reported already
                return True
    return False


CHECKS = (callbacks,)
