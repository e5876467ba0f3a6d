"""Controls of the shipped processes, removed one by one in a copy: each proof then fails with a path around it."""

from __future__ import annotations

import pytest

from definitions.loading.folders import SHIPPED
from definitions.loading.loader import load
from definitions.schema.organization import Organization
from tests.unit.engine.proofs.proved_processes import printed

BROKEN = {
    "a change that is rescheduled keeps its approval": (
        "change",
        "reschedule: {to: authorize, ",
        "reschedule: {",
        "open (impact=high, model=emergency) → submit → authorize.approved → reschedule (planned_start) → "
        "until ticket.planned_start → implement",
    ),
    "a change starts while it is held": (
        "change",
        "      check_again: {to",
        "      start: {to: implement, by: assignee}\n      check_again: {to",
        "open (model=standard) → submit → until ticket.planned_start → start → implement",
    ),
    "an emergency closes without its paperwork": (
        "change",
        "when: \"ticket.model != 'emergency'\", to: reviewed}",
        "to: reviewed}",
        "open (model=emergency) → submit → authorize.approved → until ticket.planned_start → implement.done → "
        "after 5d → always → closed",
    ),
    "a problem is closed without its review": (
        "problem",
        "approved: {to: review, set",
        "approved: {to: closed, set",
        "open → accept → cause_found → accept_risk → risk_acceptance.approved → closed",
    ),
    "a risk that nobody decides on counts as accepted": (
        "problem",
        "expired: {to: known_error, do",
        "expired: {to: review, do",
        "open → accept → cause_found → accept_risk → risk_acceptance.expired → review",
    ),
    "a request that nobody decides on is fulfilled": (
        "request",
        "expired: escalated",
        "expired: fulfil",
        "open (item=laptop) → submit → authorize.expired → fulfil",
    ),
    "a request changes after its approval": (
        "request",
        "accessories: {type: boolean, default: false, editable: [submitted, authorize]",
        "accessories: {type: boolean, default: false, editable: [submitted, authorize, stuck]",
        "open (item=laptop) → submit → authorize.approved → fulfil.failed → edit (accessories) → try_again → "
        "fulfil",
    ),
    "access is granted without its owner": (
        "access_request",
        "expired: refused\n\n  security:",
        "expired: security\n\n  security:",
        "open → submit → owner.expired → security.approved → grant",
    ),
    "one person's approval is enough": (
        "access_request",
        "approved: security\n",
        "approved: grant\n",
        "open → submit → owner.approved → grant",
    ),
    "access ends without being taken back": (
        "access_request",
        "give_back: {to: revoke,",
        "give_back: {to: ended,",
        "open → submit → owner.approved → security.approved → grant.done → give_back → ended",
    ),
    "terms change after they were agreed": (
        "service_level_agreement",
        "terms:      {type: markdown, editable: [draft, negotiation]",
        "terms:      {type: markdown, editable: [draft, negotiation, agreed]",
        "open → negotiate → offer → signature.approved → edit (terms) → until ticket.starts → in_force",
    ),
    "an article is published without a review": (
        "knowledge_article",
        "expired:\n        - to: revision",
        "expired:\n        - to: published",
        "open → submit → review.expired → published",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def organization() -> Organization:
    """The people that come with the product."""
    return load((SHIPPED,)).organization


@pytest.mark.parametrize("case", BROKEN)
def test_a_control_that_is_taken_away_is_missed(case: str, organization: Organization) -> None:
    """A copy of a shipped process without one of its controls is refused, with the shortest way around it."""
    process, old, new, path = BROKEN[case]
    text = (SHIPPED / "processes" / f"{process}.yaml").read_text()
    assert old in text
    found = printed(text.replace(old, new, 1), organization)
    assert "invariant-broken" in found
    assert f": {path}\n" in found
