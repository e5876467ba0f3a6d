"""Free ports: chosen where nothing else takes them before a server listens."""

from __future__ import annotations

import socket

import pytest

from api.local import ports
from api.local.ports import FIRST_CHOSEN, LAST_CHOSEN, any_free, is_free


def test_a_port_is_chosen_that_no_outgoing_connection_gets() -> None:
    """Chosen ports are free, differ, and lie below those that systems give to outgoing connections."""
    chosen = [any_free() for _ in range(20)]
    assert len(set(chosen)) > 15
    assert all(FIRST_CHOSEN <= port < LAST_CHOSEN and is_free("127.0.0.1", port) for port in chosen)


def test_a_port_in_use_is_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all ports to choose from are in use, the system chooses another."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", any_free()))
        listening.listen()
        taken = listening.getsockname()[1]
        monkeypatch.setattr(ports, "FIRST_CHOSEN", taken)
        monkeypatch.setattr(ports, "LAST_CHOSEN", taken + 1)
        found = any_free()
    assert found != taken
    assert found > 0
