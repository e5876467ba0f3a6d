"""SIGKILL between the declaration of a freeze and the notification of the changes that it holds."""

from __future__ import annotations

from api.local.installation import Installation
from tests.servers.changes import Planned, declare
from tests.servers.installations import Person, created, kill, revive


def test_a_freeze_is_told_once_whatever_is_killed(installation: Installation) -> None:
    """Waiting changes are notified of a declared freeze even if all processes die before or during the notification."""
    alice, carol = Person(installation.url, "alice"), Person(installation.url, "carol")
    with alice.http, carol.http:
        change = Planned(alice, carol)
        kill(installation.worker)
        assert created(declare(carol, "audit", **change.freeze, services=["email"]))["told"] is False
        kill(installation.api)
        kill(installation.server)
        revive(installation, *installation.children)
        change.until(lambda: change.state == ["held"])
        assert change.heard() == ["source:stanchion"]

        created(carol.http.delete("/v1/freezes/audit"))
        change.until(lambda: len(change.heard()) == 2)
        kill(installation.worker)  # perhaps before it was confirmed: then it is sent again, and is recognized
        revive(installation, installation.worker)
        change.until(lambda: bool(alice.http.get("/v1/freezes/audit").json()["told"]))
        assert change.heard() == ["source:stanchion"] * 2
        change.until(lambda: change.state == ["calendar_check"])
