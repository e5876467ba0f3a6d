"""Free ports: chosen where nothing else takes them before a server listens."""

from __future__ import annotations

import errno
import os
import socket

import pytest

from api.local import ports
from api.local.ports import FIRST_CHOSEN, LAST_CHOSEN, PortUnusableError, any_free, check, is_free


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


def test_a_port_that_is_in_use_is_named() -> None:
    """A port on which another program listens is refused as in use."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", any_free()))
        listening.listen()
        taken = listening.getsockname()[1]
        with pytest.raises(PortUnusableError, match=f"^port {taken} on 127.0.0.1 is in use. Stop the program that"):
            check("127.0.0.1", taken)


@pytest.mark.parametrize("port", [0, 8700])
def test_an_address_of_another_machine(port: int) -> None:
    """An address that the machine does not have is refused as such, whichever port is asked for."""
    with pytest.raises(PortUnusableError, match=r"^192\.0\.2\.1 is no address of this machine. Use another --host: "):
        check("192.0.2.1", port)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.EACCES, "port 80 on 127.0.0.1 needs more permissions than you have. Use another --port, from 1024 on."),
        (errno.EAFNOSUPPORT, "no program can listen on port 80 of 127.0.0.1: "),
    ],
)
def test_other_reasons_are_not_told_as_in_use(monkeypatch: pytest.MonkeyPatch, code: int, words: str) -> None:
    """A port that the system refuses for another reason is refused with this reason."""

    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(PortUnusableError) as error:
        check("127.0.0.1", 80)
    assert str(error.value).startswith(words)
