"""The reasons why a use case does not carry out a request, independent of any transport.

``RequestRefused`` is an answer: the same request is refused again until something else changes. ``Away`` is not: the
same request may succeed later. ``api.http.problem_responses`` is the one place that maps both to HTTP.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Literal

from definitions.times import Instant, to_text
from workflows.engine.model.result import Refusal, RefusalCode

EdgeCode = Literal[
    "body_too_large", "body_too_slow", "callback_expired", "freeze_exists", "freeze_in_files", "invalid_request",
    "malformed_json", "unauthenticated", "unknown_freeze", "unknown_process", "unknown_service_level", "unknown_ticket",
]  # fmt: skip
"""The codes of the edge's own refusals, beside those of the core."""

Backend = Literal["temporal", "worker", "records", "callbacks"]
"""The backends that the edge needs: Temporal, a worker, the records store, the keys that sign callback addresses."""

AWAY_TITLE: Mapping[Backend, str] = {
    "temporal": "Temporal does not answer",
    "worker": "No worker answers",
    "records": "The records do not answer",
    "callbacks": "Callback addresses can't be read",
}

REFUSAL_TITLE: Mapping[RefusalCode, str] = {
    "unknown_event": "The ticket does not take this event now",
    "not_permitted": "You may not do this",
    "guard_failed": "A condition does not hold",
    "missing_fields": "Fields are missing",
    "invalid_fields": "Fields are invalid",
    "read_only_fields": "Fields can't be written",
    "not_an_approver": "You are not an approver",
    "ambiguous": "The request could mean several approvals",
    "already_voted": "You have already voted",
    "comment_required": "A comment is required",
    "not_open": "The task, automation or callback is not open",
    "stale": "The ticket has changed in the meantime",
    "key_reused": "The idempotency key was used for another request",
    "too_large": "The ticket would be too large",
    "too_many": "The event would start too much at once",
    "too_many_hops": "Events and starts cause each other without end",
    "endless": "The ticket would never come to rest",
    "ended": "The ticket has ended",
    "not_migratable": "The ticket can't be migrated as it is",
}


class RequestRefused(Exception):
    """A request that was refused, and changed nothing."""

    def __init__(
        self,
        code: RefusalCode | EdgeCode,
        title: str,
        detail: str,
        *,
        fields: Iterable[str] = (),
        allowed: Iterable[str] | None = None,
    ) -> None:
        """``fields`` are wrong; ``allowed`` are the events that would be taken, None where that is not known."""
        super().__init__(detail)
        self.code = code
        self.title = title
        self.detail = detail
        self.fields = tuple(fields)
        self.allowed = None if allowed is None else tuple(allowed)


class Away(Exception):
    """A backend does not answer. Nothing is half-done: the same request with the same key is safe to send again."""

    def __init__(self, backend: Backend, title: str | None = None) -> None:
        super().__init__(title or AWAY_TITLE[backend])
        self.backend = backend
        self.key: str | None = None
        """The idempotency key under which the request is safe to send again, where it has one."""


class TicketStuck(Away):
    """Workers run, but fail on this ticket. Only a worker of another build can continue the ticket."""

    def __init__(self, ticket: str, since: Instant | None = None, failures: int = 0) -> None:
        """``since``: when a workflow task of the ticket first failed (UTC seconds); ``failures``: how often in a row.

        ``since`` is None if only a query failed: the ticket itself may continue.
        """
        super().__init__("worker", "Workers fail on this ticket")
        self.ticket = ticket
        self.since = since
        self.failures = failures

    @property
    def detail(self) -> str:
        """The facts, and what to do or to expect next."""
        if self.since is None:
            return f"A worker could not answer a query about {self.ticket}. The worker's log says why. Nothing is lost."
        return (
            f"Workers have failed on {self.ticket} {self.failures} times in a row since {to_text(self.since)}. "
            "Nothing is lost. Operators see the cause with `stanchion failures`. The ticket continues by itself as "
            "soon as a worker of a build without the fault runs."
        )


@contextmanager
def repeatable(key: str) -> Iterator[None]:
    """Notes the idempotency key of a request that could not be answered, for its sender."""
    try:
        yield
    except Away as away:
        away.key = key
        raise


def refused(refusal: Refusal) -> RequestRefused:
    """A refusal of the core. One of an event always lists the events that would be taken, even if there is none."""
    names_events = refusal.allowed or refusal.code in ("unknown_event", "guard_failed")
    return RequestRefused(
        refusal.code,
        REFUSAL_TITLE[refusal.code],
        refusal.reason,
        fields=refusal.fields,
        allowed=refusal.allowed if names_events else None,
    )


def unknown_ticket(key: str) -> RequestRefused:
    """Also the answer for a ticket that the actor may not see: its existence is not disclosed."""
    return RequestRefused("unknown_ticket", "There is no such ticket", f"There is no ticket {key}.")


def unknown_process(process: str, hint: str = "") -> RequestRefused:
    detail = f"There is no process '{process}'." + (f" {hint}" if hint else "")
    return RequestRefused("unknown_process", "There is no such process", detail)


def unknown_service_level(key: str, name: str, known: Iterable[str]) -> RequestRefused:
    detail = f"{key} has no service level '{name}'. There are: {', '.join(known) or 'none'}"
    return RequestRefused("unknown_service_level", "There is no such service level", detail)


def unauthenticated(detail: str) -> RequestRefused:
    return RequestRefused("unauthenticated", "You are not authenticated", detail)


def callback_expired(until: int) -> RequestRefused:
    """``until`` is when the address expired, UTC seconds."""
    detail = f"This address was valid until {to_text(until)}. The ticket has continued without an answer."
    return RequestRefused("callback_expired", "The time to call back is over", detail)


def invalid_request(detail: str, fields: Iterable[str] = ()) -> RequestRefused:
    return RequestRefused("invalid_request", "The request does not have the expected form", detail, fields=fields)


def malformed(detail: str) -> RequestRefused:
    return RequestRefused("malformed_json", "The body is not JSON", detail)


def too_large(limit: int) -> RequestRefused:
    """``limit`` in bytes."""
    return RequestRefused("body_too_large", "The body is too large", f"At most {limit} bytes.")


def too_slow(seconds: float) -> RequestRefused:
    """The body has not come as a whole within ``seconds``."""
    return RequestRefused("body_too_slow", "The body comes too slowly", f"It must come within {seconds:g} seconds.")
