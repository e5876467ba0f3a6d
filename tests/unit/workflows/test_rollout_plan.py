"""The plan that a rollout accepts."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from workflows.rollout import MOST_TARGETS, Plan

WAVES: list[dict[str, Any]] = [{"name": "canary", "targets": ["a"]}, {"name": "rest", "targets": ["b", "c"]}]


def plan(**given: Any) -> Plan:
    return Plan.model_validate({"version": "2.0", "waves": WAVES, **given})


def test_a_plan_needs_a_version_and_waves() -> None:
    """Everything else has a default; the actions are named as this page of the documentation names them."""
    made = plan()
    assert (made.deploy, made.health, made.roll_back) == ("deploy", "check_health", "roll_back")
    assert (made.bake, made.timeout, made.retry) == ("0s", "10m", 3)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"waves": []}, "at least 1 item"),
        ({"waves": [{"name": "one", "targets": []}]}, "at least 1 item"),
        ({"waves": [*WAVES, {"name": "again", "targets": ["b"]}]}, "named once, but b is repeated"),
        ({"waves": [*WAVES, {"name": "rest", "targets": ["d"]}]}, "named once, but rest is repeated"),
        ({"waves": [{"name": "all", "targets": [str(n) for n in range(MOST_TARGETS + 1)]}]}, "1001 targets"),
        ({"bake": "soon"}, "is not a duration"),
        ({"bake": "999999999w"}, "longer than a year"),
        ({"timeout": "0s"}, "the timeout of an attempt can't be zero"),
        ({"retry": -1}, "greater than or equal to 0"),
        ({"speed": "fast"}, "Extra inputs"),
        ({"version": None}, "valid string"),
    ],
)
def test_a_plan_that_can_not_be_followed_is_refused(given: dict[str, Any], said: str) -> None:
    """A plan with a mistake deploys nothing, and the refusal names the mistake."""
    with pytest.raises(ValidationError, match=said):
        plan(**given)
