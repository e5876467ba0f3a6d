"""A whole installation, whose processes these tests kill."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api.local.installation import Installation
from tests.servers.installations import installed


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One installation for the tests of a file; a test that kills a process restarts it."""
    with installed(tmp_path_factory.mktemp("installation"), request_seconds=3.0) as running:
        yield running
