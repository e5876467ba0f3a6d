"""The shared table of quorum cases, row by row, through the directory and the quorum."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from definitions.people.directory import Asking, Directory
from definitions.schema.organization import Organization
from definitions.schema.waiting import Stage
from tests.paths import SHARED
from workflows.engine.model.approval import ApprovalRequest
from workflows.engine.waiting.quorum import Decision, VoteRefusal, decide, required, vote

CASES = SHARED / "cases" / "quorum.yaml"
NOON = 1_772_449_200
TODAY = "2026-03-02"

if not CASES.exists():
    pytest.skip("the shared cases are not beside this repository", allow_module_level=True)

TABLE: dict[str, Any] = yaml.safe_load(CASES.read_text(encoding="utf-8"))


def directory_of(case: dict[str, Any]) -> Directory:
    teams, roles, away = TABLE["organization"]["teams"], TABLE["organization"]["roles"], case.get("away", {})
    everybody = {person for members in [*teams.values(), *roles.values()] for person in members} | set(away.values())
    return Directory(
        Organization.model_validate(
            {
                "people": {
                    person: {
                        "name": person,
                        "out_of_office": [{"from": TODAY, "to": TODAY, "delegate": away[person]}]
                        if person in away
                        else [],
                    }
                    for person in sorted(everybody)
                },
                "teams": {team: {"members": members} for team, members in teams.items()},
                "roles": roles,
            }
        )
    )


def asked_in(case: dict[str, Any], stage: Stage) -> Asking:
    exclude = [f"person:{case['requester']}" if one == "requester" else one for one in stage.exclude]
    return directory_of(case).ask(stage.from_, exclude, stage.veto, NOON)


def decisions_in(case: dict[str, Any], asking: Asking, needed: int) -> list[Decision]:
    """The outcomes before the first vote, and then after each vote."""
    requests = tuple(ApprovalRequest(one.person, one.asked_for, one.veto_only) for one in asking.people)
    decisions = [decide(requests, asking.vetoers, needed)]
    for at, (person, decision) in enumerate(case["votes"]):
        voted = vote(requests, person, decision, None, at, "optional")
        assert not isinstance(voted, VoteRefusal), voted
        requests = voted
        decisions.append(decide(requests, asking.vetoers, needed))
    return decisions


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in TABLE["cases"]])
def test_a_case_of_the_table_is_decided_as_the_table_says(case: dict[str, Any]) -> None:
    """The approvers, the number required, the outcome after each vote and the open requests agree with the table."""
    stage = Stage.model_validate(case["stage"])
    asking = asked_in(case, stage)
    approvers = [one.person for one in asking.people if not one.veto_only]
    needed = required(stage.need, len(approvers))
    decisions = decisions_in(case, asking, needed)
    assert {
        "approvers": sorted(approvers),
        "required": needed,
        "outcomes": [decision.outcome for decision in decisions],
        "withdrawn": sorted(decisions[-1].withdrawn),
    } == case["expect"]
