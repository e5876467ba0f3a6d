"""Activities over real records, a real SMTP server and a real HTTP server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from activities.records.migrate import migrate
from activities.records.store import Records
from activities.settings import Settings
from activities.temporal import Activities
from activities.world import CurrentWorld
from tests.servers.mail import Mailbox, mailbox
from tests.servers.web import webhook
from tests.servers.worlds import NOW, world

__all__ = ["mailbox", "webhook"]


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    """Records in their own file."""
    url = f"sqlite:///{tmp_path / 'records.sqlite3'}"
    migrate(url)
    store = Records(url)
    yield store
    store.close()


@pytest.fixture
def activities(records: Records) -> Callable[..., Activities]:
    """Activities with these settings, at a fixed time."""

    def make(clock: Callable[[], int] = lambda: NOW, **settings: Any) -> Activities:
        return Activities(records, CurrentWorld(world()), Settings(**settings), clock)

    return make


@pytest.fixture
def by_mail(activities: Callable[..., Activities], mailbox: Mailbox) -> Callable[..., Activities]:
    """Activities that send through the test's own mail server."""

    def make(**settings: Any) -> Activities:
        own = {"smtp_host": "127.0.0.1", "smtp_port": mailbox.port, "smtp_security": "none"}
        return activities(**(own | {"mail_from": "Stanchion <desk@example.com>"} | settings))

    return make
