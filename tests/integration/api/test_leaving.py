"""People leave while tickets wait for them: the whole installation, with its files changed underneath it."""

from __future__ import annotations

import shutil
from pathlib import Path

from definitions.loading.folders import SHIPPED
from tests.servers.installations import Person, installed, kill, revive, until

PLAN = {"planned_start": "2099-03-14T19:00:00Z", "planned_end": "2099-03-14T21:00:00Z", "backout_plan": "Put it back"}


def test_an_approver_leaves_while_the_worker_runs_and_while_it_is_dead(tmp_path: Path) -> None:
    """The worker reads the changed files and notifies the ticket; a killed worker notifies it when it is back."""
    folder = tmp_path / "definitions"
    for kind in ("processes", "organization", "templates"):
        shutil.copytree(SHIPPED / kind, folder / kind)
    teams = folder / "organization" / "organization.yaml"
    text = teams.read_text()
    with installed(tmp_path / "state", definitions=folder, standalone=True, reload_seconds=0.1) as own:
        alice, carol, dora, hana = (Person(own.url, one) for one in ("alice", "carol", "dora", "hana"))
        ticket = alice.start("change", summary="Swap", service="email", impact="high", **PLAN)["key"]
        for person, event in ((alice, "submit"), (carol, "assessed")):
            assert person.send(ticket, event).is_success
        assert carol.decide(ticket, "approve").is_success

        def asked() -> list[str]:
            (approval,) = [one for one in alice.read(ticket)["approvals"] if one["open"]]
            return [one["person"] for one in approval["requests"] if one["vote"] is None]

        until(lambda: asked() == ["bob", "dora", "erin"])
        teams.write_text(text.replace("members: [bob, dora, erin]", "members: [bob, dora]"))
        until(lambda: asked() == ["bob", "dora"])
        kill(own.worker)
        changed = text.replace("members: [bob, dora, erin]", "members: [dora, hana]")
        teams.write_text(changed.replace("security_officer: [bob]", "security_officer: [walt]"))
        revive(own, own.worker)
        until(lambda: asked() == ["dora", "hana", "walt"])
        (waiting,) = alice.http.get(f"/v1/tickets/{ticket}/explain").json()["approvals"]
        assert (waiting["required"], waiting["lacking"]) == (2, 0)
        assert [(one["person"], one["why"]) for one in waiting["moved"]] == [("hana", "joined"), ("walt", "joined")]
        assert dora.decide(ticket, "approve").is_success
        assert alice.read(ticket)["state"] == ["authorize"]
        assert hana.decide(ticket, "approve").is_success
        assert alice.read(ticket)["state"] == ["scheduled"]
        for person in (alice, carol, dora, hana):
            person.http.close()
