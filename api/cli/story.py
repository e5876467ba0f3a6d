"""``stanchion demo``."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo() -> None:
    """Tell, on a server of its own, how a change survives the death of its worker and of the Temporal server."""
