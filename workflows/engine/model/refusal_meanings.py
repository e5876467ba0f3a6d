"""What each refusal code means for people. The table of docs/reference/refusals.md is made from this one."""

from __future__ import annotations

from collections.abc import Mapping

from workflows.engine.model.result import RefusalCode

REFUSALS: Mapping[RefusalCode, str] = {
    "unknown_event": "nothing takes this event now; `allowed` has what would be taken",
    "not_permitted": "the process does not let you do this now",
    "guard_failed": "the condition of the event does not hold, or can't be judged; `detail` says which and why",
    "missing_fields": "the step needs these fields, and they are empty",
    "invalid_fields": (
        "these values do not fit their fields; a [correction](../corrections.md) names no step of a service level, "
        "or a time outside the range that `detail` tells"
    ),
    "read_only_fields": "these fields can't be written here, or not by you",
    "not_an_approver": "no open approval asks you",
    "already_voted": "you have decided: a vote stands",
    "comment_required": "this decision needs a reason",
    "not_open": "what you answer, or call back to, is not open any more, or not yet",
    "stale": "the ticket has moved on since the revision in `If-Match`",
    "key_reused": (
        "this idempotency key was used for another request, or a callback has come before and said something else"
    ),
    "not_migratable": (
        "something of the ticket has no place in the [other definition](../migration.md); `detail` names all of "
        "it, with the way out"
    ),
    "ended": "the ticket has ended: it takes comments and corrections only",
}
