"""The viewers of a ticket as bound principals, with which lists and searches at the edge compare the reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from definitions.expressions import EvaluationFailed
from definitions.people.bound import bound_text
from definitions.people.references import values
from workflows.engine.access.principals import bind
from workflows.engine.compiled import Compiled
from workflows.engine.draft.view import Handled, View
from workflows.engine.model.snapshot import Snapshot


def viewers(compiled: Compiled, snapshot: Snapshot) -> tuple[str, ...]:
    """``may.see`` bound, each once; the opener, approvers and task holders always see the ticket (LANGUAGE, 2).

    A principal whose expression fails lets nobody see the ticket.
    """
    view = View(compiled, snapshot, Handled(""), snapshot.at)
    seen_by = compiled.process.may.see
    named = compiled.named if seen_by is None else seen_by
    own = _by_default(compiled, snapshot) if seen_by is None else ()
    return tuple(dict.fromkeys((*_always(snapshot), *own, *_bound(view, named))))


def _bound(view: View, principals: Sequence[str]) -> Iterator[str]:
    for principal in principals:
        with suppress(EvaluationFailed):
            yield from bind(view, principal)


def _always(snapshot: Snapshot) -> Iterator[str]:
    yield bound_text(snapshot.opener)
    for approval in snapshot.approvals.values():
        yield from (bound_text(request.person) for request in approval.requests)
    for board in snapshot.tasks.values():
        yield from (bound_text(task.assignee) for task in board if task.assignee)


def _by_default(compiled: Compiled, snapshot: Snapshot) -> Iterator[str]:
    if snapshot.assignee:
        yield bound_text(snapshot.assignee)
    yield from (bound_text(watcher) for watcher in snapshot.watchers)
    for name, spec in compiled.process.fields.items():
        if spec.type in ("person", "team"):
            yield from (f"{spec.type}:{one}" for one in values(snapshot.fields.get(name)))
