"""Free ports of this machine."""

from __future__ import annotations

import secrets
import socket

FIRST_CHOSEN, LAST_CHOSEN = 15_000, 32_000
"""The ports to choose from. Operating systems give outgoing connections ports from 32,768 on, at any moment."""
TRIES = 50


def is_free(host: str, port: int) -> bool:
    """Whether a process can listen on it now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


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
