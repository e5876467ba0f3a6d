"""The meaning of each refusal code for people. docs/reference/refusals.md is made from this table."""

from __future__ import annotations

from collections.abc import Mapping

from workflows.engine.model.result import RefusalCode

REFUSALS: Mapping[RefusalCode, str] = {
    "unknown_event": "no transition takes this event now; `allowed` lists the events that are possible",
    "not_permitted": "the process does not let you do this now",
    "guard_failed": "the condition of the event does not hold, or can't be evaluated; `detail` states which, and why",
    "missing_fields": "the step needs these fields, and they are empty",
    "invalid_fields": (
        "these values do not fit their fields; or a [correction](../corrections.md) names a revision that moved no "
        "service level, or a time outside the range in `detail`"
    ),
    "read_only_fields": "these fields can't be written here, or you may not write them",
    "not_an_approver": "you are not an approver of an open approval",
    "ambiguous": "you have several open approval requests on the ticket: name the `state` of the request",
    "already_voted": (
        "you have already voted: a vote stands. Where another request of yours is open, `fields` has what names it: "
        "`state` or `stage`"
    ),
    "comment_required": "this decision needs a reason",
    "not_open": "the task, automation or callback that you answer is not open yet, or no longer open",
    "stale": (
        "the ticket has changed since the revision in `If-Match`, or your decision names another visit, round or stage "
        "than the one that is open"
    ),
    "key_reused": "this idempotency key was used for another request, or an earlier callback had different content",
    "not_migratable": (
        "parts of the ticket have no place in the [other definition](../migration.md); `detail` names them all, "
        "with the way out"
    ),
    "too_large": (
        "the fields of the ticket, the results of its automation, or the values of this event would have more bytes "
        "than a ticket takes; `detail` states the bound and the largest field"
    ),
    "endless": (
        "after the event, transitions and raised events would follow each other in a circle without an end; `detail` "
        "names the circle and the bound"
    ),
    "too_many": "the event would start more work at once than a ticket does; `detail` states the number and the bound",
    "too_many_hops": (
        "the ticket has taken too many events, or the start would open too many tickets, of one "
        "[chain](../bounds.md#what-a-ticket-starts); `detail` states the bound and the way out"
    ),
    "ended": "the ticket has ended: it takes comments and corrections only",
}
