"""Requests that are called back: only where somebody waits, for some time, with the address told."""

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
"""An address that anybody may post to who has it is not valid for ever."""


def callbacks(subject: Subject) -> Iterator[Problem]:
    """A callback is waited for in a ``run`` alone, for some time, and the request says where it is to come."""
    for path, step in subject.steps():
        if step.http is None or step.http.callback is None:
            continue
        place = (*path, "http", "callback")
        if not isinstance(step, RunStep):
            message = "'callback' means nothing here: nothing waits in a step that is not of a 'run'"
            hint = "give the request a state of its own: run: [{http: {…, callback: 2h}}]"
            yield subject.problem(place, "callback-outside-run", message, hint, key=True)
            continue
        span = parse_duration(step.http.callback)
        if span.nominal_seconds == 0:
            yield subject.problem(place, "bad-callback", "in no time nobody can call back", "write callback: 2h")
        if span > parse_duration(LONGEST):
            message = f"nobody can call back after more than {LONGEST}"
            yield subject.problem(place, "bad-callback", message, "wait for what takes longer in a state of its own")
        if not _is_told(subject, path, step):
            message = "the request does not say where to call back to"
            hint = f"put ={ADDRESS} where the other side looks for it: body: {{reply_to: ={ADDRESS}}}"
            yield subject.problem(place, "callback-not-told", message, hint, key=True)


def _is_told(subject: Subject, path: Path, step: Step) -> bool:
    scope = subject.scope_under(each=step.each is not None, callback=True)
    texts = [text for place, text, _, _ in of_step(path, step) if place[len(path)] == "http"]
    for text in texts:
        try:
            if ADDRESS in compile_expression(text.removeprefix("="), scope).names:
                return True
        except ExpressionError:
            if "callback." in text:  # meant, and what is wrong with it is told already
                return True
    return False


CHECKS = (callbacks,)
