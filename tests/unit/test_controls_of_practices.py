"""The controls of the shipped practices: each, taken away, is seen by the proof of its process."""

from __future__ import annotations

import pytest

from definitions.folders import SHIPPED
from definitions.loader import load
from definitions.schema.organization import Organization
from tests.unit.proofs import printed

BROKEN = {
    "an incident is closed unresolved": (
        "incident", "to: on_hold\n        by", "to: resolved\n        by", "'closed' can be entered",
    ),
    "a candidate is declared without promotion": (
        "major_incident", "decline:\n        to: declined", "decline:\n        to: declared",
        "'declared' can be entered",
    ),
    "a review begins before the end": (
        "major_incident", "mitigate:\n                to: mitigated", "mitigate:\n                to: review",
        "'review' can be entered",
    ),
    "a major incident is closed without its review": (
        "major_incident", "failed: review_failed", "failed: closed", "'closed' can be entered",
    ),
    "an event is closed while it is firing": (
        "event", 'to: clearing, when: "!ticket.firing"}', "to: clearing}", "'closed' can be entered",
    ),
    "a review has no figures": (
        "service_level_review", "failed: no_figures", "failed: on_target", "'closed' can be entered",
    ),
    "a review below target closes by itself": (
        "service_level_review", "title: Below target\n", "title: Below target\n    after: [{for: 10d, to: closed}]\n",
        "'closed' can be entered while ticket.result == 'below_target'",
    ),
    "silence agrees": (
        "service_level_agreement", "expired: negotiation", "expired: agreed", "'in_force' can be entered",
    ),
    "terms change after they were agreed": (
        "service_level_agreement", "terms:      {type: markdown, editable: [draft, negotiation]",
        "terms:      {type: markdown, editable: [draft, negotiation, agreed]", "'in_force' can be entered",
    ),
    "silence approves an improvement": (
        "improvement", "expired: deferred", "expired: baseline", "'implement' can be entered while",
    ),
    "an improvement has no baseline": (
        "improvement", "approved: baseline", "approved: implement", "'implement' can be entered without baseline",
    ),
    "an improvement is not measured": (
        "improvement", "implemented: {to: measure", "implemented: {to: review", "'closed' can be entered",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def organization() -> Organization:
    """The people who come with the product: who may do something counts."""
    return load((SHIPPED,)).organization


@pytest.mark.parametrize("name", BROKEN)
def test_a_control_that_is_taken_away_is_missed(name: str, organization: Organization) -> None:
    """The copy is refused with the path to what must never happen; the process as it is shipped is not."""
    process, old, new, claim = BROKEN[name]
    text = (SHIPPED / "processes" / f"{process}.yaml").read_text()
    assert text.count(old) == 1
    assert printed(text, organization) == ""
    found = printed(text.replace(old, new), organization)
    assert "invariant-broken" in found
    assert claim in found
    assert ": open" in found
