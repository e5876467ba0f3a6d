"""Free ports of this machine."""

from __future__ import annotations

import errno
import secrets
import socket

FIRST_CHOSEN, LAST_CHOSEN = 15_000, 32_000
"""The ports to choose from. Operating systems give outgoing connections ports from 32,768 on, at any moment."""
TRIES = 50


class PortUnusableError(Exception):
    """No process can listen on the address and port now; the text says why, and the way out."""


def check(host: str, port: int) -> None:
    """Raises PortUnusableError, unless a process can listen on it now. For port 0 only the address is checked."""
    error = _refusal(host, port)
    if error is None:
        return
    match error.errno:
        case errno.EADDRINUSE:
            why = f"port {port} on {host} is in use. Stop the program that listens there, or use another --port."
        case errno.EADDRNOTAVAIL:
            why = f"{host} is no address of this machine. Use another --host: 127.0.0.1, or 0.0.0.0 for all addresses."
        case errno.EACCES | errno.EPERM:
            why = f"port {port} on {host} needs more permissions than you have. Use another --port, from 1024 on."
        case _:
            why = f"no program can listen on port {port} of {host}: {error.strerror}. Use another --host or --port."
    raise PortUnusableError(why)


def is_free(host: str, port: int) -> bool:
    """Whether a process can listen on it now."""
    return _refusal(host, port) is None


def _refusal(host: str, port: int) -> OSError | None:
    """Why no process can listen on it now; None if one can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
        return None


def any_free(host: str = "127.0.0.1") -> int:
    """A free port that no outgoing connection takes before a server listens on it; else one that the system chooses."""
    for _ in range(TRIES):
        port = FIRST_CHOSEN + secrets.randbelow(LAST_CHOSEN - FIRST_CHOSEN)
        if is_free(host, port):
            return port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def free_from(first: int, host: str = "127.0.0.1", tries: int = 50) -> int:
    """``first`` or the next free port after it; any free port for 0, or where all of these are taken."""
    if first:
        for port in range(first, min(first + tries, 65536)):
            if is_free(host, port):
                return port
    return any_free(host)
