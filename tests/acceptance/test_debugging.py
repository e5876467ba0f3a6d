"""The page about a ticket that does not move, followed by an operator."""

from __future__ import annotations

import sys
from pathlib import Path

from api.local.state_folder import running
from tests.acceptance.tours import reader
from tests.paths import ROOT


def test_the_walk(tmp_path: Path) -> None:
    """Every command prints what the page shows, at the addresses of this very server."""
    with reader(tmp_path) as operator:
        operator.environment["PATH"] = f"{operator.environment['PATH']}:{Path(sys.executable).parent}"
        operator.serve("stanchion up")
        facts = running(tmp_path / ".stanchion")
        page = (ROOT / "docs" / "debugging.md").read_text(encoding="utf-8")
        for written, real in (
            ("$ stanchion up\n…\n", ""),
            ("127.0.0.1:7233", facts["temporal"]),
            ("http://127.0.0.1:8700", facts["url"]),
        ):
            assert written in page
            page = page.replace(written, real)
        operator.read(page)
        assert "stanchion trace CHG-1" in operator.done
        assert len(operator.done) > 10
