"""``expect``: compares the ticket with the expectations, on the given keys alone (LANGUAGE, section 9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from definitions.people.bound import bound_text, plain
from definitions.people.directory import Actor
from definitions.schema.expectations import Expect, ExpectedNotice
from definitions.times import Instant
from workflows.engine.access.allowed import allowed_in
from workflows.engine.compiled import Compiled
from workflows.engine.draft.view import Handled, View
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.scenarios.comparison import same_value
from workflows.engine.scenarios.desk import Notice
from workflows.engine.scenarios.differences import beside, lists, shown
from workflows.engine.scenarios.expected_effects import sent_differences, started_differences
from workflows.engine.scenarios.expected_levels import clocks_at, differences
from workflows.engine.scenarios.other_tickets import SentEvent, StartedTicket
from workflows.engine.scenarios.setting import Setting


@dataclass(frozen=True, slots=True)
class ObservedTicket:
    """The ticket at an ``expect``."""

    setting: Setting
    snapshot: Snapshot
    actor: Actor
    """The actor of ``allowed``."""
    now: Instant
    notices: Sequence[Notice]
    """The notices since the last ``expect``; likewise ``started`` and ``sent``."""
    started: Sequence[StartedTicket] = ()
    sent: Sequence[SentEvent] = ()

    @property
    def compiled(self) -> Compiled:
        return self.setting.compiled


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A key with another value than expected."""

    path: tuple[str | int, ...]
    text: str


def mismatches(expect: Expect, found: ObservedTicket) -> tuple[Mismatch, ...]:
    """The mismatches of all keys of ``expect``, in the order of the language."""
    given = [key for key in _CHECKS if key in expect.model_fields_set]
    return tuple(mismatch for key in given for mismatch in _CHECKS[key](expect, found))


def leaves(compiled: Compiled, snapshot: Snapshot) -> tuple[str, ...]:
    """The ids of the active leaves, in document order."""
    return tuple(state for state in snapshot.configuration if state in compiled.chart.leaves)


def open_approvals(snapshot: Snapshot) -> tuple[str, ...]:
    """The approvers without a vote, in the order of their requests; approvals in document order."""
    waiting = [snapshot.approvals[state] for state in snapshot.configuration if state in snapshot.approvals]
    asked = [request for one in waiting if one.outcome is None for request in one.requests]
    return tuple(request.person for request in asked if request.vote is None)


def open_tasks(snapshot: Snapshot) -> tuple[str, ...]:
    """The open tasks, in the order of their states and lists."""
    boards = [snapshot.tasks[state] for state in snapshot.configuration if state in snapshot.tasks]
    return tuple(task.id for board in boards for task in board if task.status == "open")


def _state(expect: Expect, found: ObservedTicket) -> Iterator[Mismatch]:
    yield from _list("state", expect.state or (), leaves(found.compiled, found.snapshot))


def _fields(expect: Expect, found: ObservedTicket) -> Iterator[Mismatch]:
    specs = found.compiled.process.fields
    for name, expected in expect.fields.items():
        value = found.snapshot.fields.get(name)
        if not same_value(specs.get(name), expected, value):
            yield Mismatch(("fields", name), beside(shown(expected), shown(value)))


def _assignee(expect: Expect, found: ObservedTicket) -> Iterator[Mismatch]:
    expected = bound_text(expect.assignee) if expect.assignee is not None else None
    if expected != found.snapshot.assignee:
        yield Mismatch(("assignee",), beside(shown(plain(expected)), shown(plain(found.snapshot.assignee))))


def _watchers(expect: Expect, found: ObservedTicket) -> Iterator[Mismatch]:
    yield from _list("watchers", expect.watchers, [plain(one) or one for one in found.snapshot.watchers])


def _tags(expect: Expect, found: ObservedTicket) -> Iterator[Mismatch]:
    yield from _list("tags", expect.tags, found.compiled.tags(found.snapshot.configuration))


def _allowed(expect: Expect, found: ObservedTicket) -> Iterator[Mismatch]:
    view = View(found.compiled, found.snapshot, Handled("", found.actor), found.now)
    yield from _list("allowed", expect.allowed, allowed_in(view, found.actor))


def _open_approvals(expect: Expect, found: ObservedTicket) -> Iterator[Mismatch]:
    yield from _list("open_approvals", expect.open_approvals, open_approvals(found.snapshot))


def _service_levels(expect: Expect, found: ObservedTicket) -> Iterator[Mismatch]:
    clocks = clocks_at(found.setting, found.snapshot, found.now)
    for name, expected in expect.service_levels.items():
        for key, text in differences(expected, clocks[name]):
            yield Mismatch(("service_levels", name, key), text)


def _notified(expect: Expect, found: ObservedTicket) -> Iterator[Mismatch]:
    expected = expect.notified
    same = len(expected) == len(found.notices) and all(map(_told, expected, found.notices))
    if not same:
        wanted = _worded(expected, found.notices)
        yield Mismatch(("notified",), lists(wanted, [str(notice) for notice in found.notices]))


def _told(expected: ExpectedNotice, notice: Notice) -> bool:
    return (
        expected.to == notice.to
        and expected.template in (None, notice.template)
        and expected.reason in (None, notice.reason)
    )


def _worded(expected: Sequence[ExpectedNotice], notices: Sequence[Notice]) -> list[str]:
    """The expected notices, in the words of the notices that match them, so that only real differences show."""
    left = list(notices)
    words: list[str] = []
    for one in expected:
        met = next((notice for notice in left if _told(one, notice)), None)
        if met is not None:
            left.remove(met)
        words.append(str(met or Notice(one.to, one.reason or "step", one.template)))
    return words


def _started(expect: Expect, found: ObservedTicket) -> Iterator[Mismatch]:
    for path, text in started_differences(found.setting, expect.started, found.started):
        yield Mismatch(path, text)


def _sent(expect: Expect, found: ObservedTicket) -> Iterator[Mismatch]:
    for path, text in sent_differences(expect.sent, found.sent):
        yield Mismatch(path, text)


def _open_tasks(expect: Expect, found: ObservedTicket) -> Iterator[Mismatch]:
    yield from _list("open_tasks", expect.open_tasks, open_tasks(found.snapshot))


def _list(key: str, expected: Sequence[str], found: Sequence[str]) -> Iterator[Mismatch]:
    if tuple(expected) != tuple(found):
        yield Mismatch((key,), lists(expected, found))


_CHECKS: Mapping[str, Callable[[Expect, ObservedTicket], Iterator[Mismatch]]] = {
    "state": _state,
    "fields": _fields,
    "assignee": _assignee,
    "watchers": _watchers,
    "tags": _tags,
    "allowed": _allowed,
    "service_levels": _service_levels,
    "notified": _notified,
    "started": _started,
    "sent": _sent,
    "open_approvals": _open_approvals,
    "open_tasks": _open_tasks,
}
