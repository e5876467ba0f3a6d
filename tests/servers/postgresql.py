"""A real PostgreSQL server for tests: Debian's, in a temporary folder, on a free port of the loopback."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

import psycopg
import pytest

ACCOUNT = "postgres"
APT = Path(gettempdir()) / "stanchion-apt.lock"
PATIENCE = 60
"""Seconds for a server to come up on a machine that is busy."""


def programs() -> Path | None:
    """The folder of PostgreSQL's own programs, the newest version of them."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def installed() -> Path:
    """The programs, installed through apt where this is allowed; skips the test where they can't be installed."""
    folder = programs()
    if folder is None and os.geteuid() == 0 and shutil.which("apt-get"):
        with APT.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes need it at the same moment: one installs it
            folder = programs() or _install()
    if folder is None:
        pytest.skip("PostgreSQL is not installed, and may not be installed by this user")
    return folder


def _install() -> Path | None:
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-y", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    for command in (["update"], ["install", "--no-install-recommends", "postgresql"]):
        subprocess.run([*apt, *command], env=quiet, capture_output=True, check=False)
    return programs()


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """A server on data in ``folder``; gives the URL of its first database, and ends it whatever happens."""
    bin_ = installed()
    data, log, port = folder / "data", folder / "log", free_port()
    as_root = os.geteuid() == 0
    account = ACCOUNT if as_root else None  # initdb and the server refuse to run as root
    if as_root:
        shutil.chown(folder, ACCOUNT, ACCOUNT)

    def run(program: str, *arguments: str) -> None:
        done = subprocess.run(
            [bin_ / program, "-D", str(data), *arguments],
            user=account,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # a pipe would stay open as long as the server runs
            stderr=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode:
            said = log.read_text(errors="replace") if log.exists() else ""
            pytest.fail(f"{program} ended with {done.returncode}\n{said}")

    run("initdb", "-U", ACCOUNT, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
    options = f"-p {port} -c unix_socket_directories= -c fsync=off -c listen_addresses=127.0.0.1"
    try:
        run("pg_ctl", "-l", str(log), "-o", options, "-w", "-t", str(PATIENCE), "start")
        yield f"postgresql://{ACCOUNT}@127.0.0.1:{port}/postgres"
    finally:
        if (data / "postmaster.pid").exists():
            run("pg_ctl", "-m", "fast", "-w", "-t", str(PATIENCE), "stop")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


_names = count(1)


def fresh_database(url: str) -> str:
    """The URL of an empty database on the same server."""
    name = f"test_{next(_names)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{url.rpartition('/')[0]}/{name}"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A PostgreSQL server for the whole session, by the URL of its first database."""
    # Not below pytest's own folder: every pytest that starts closes that one to other accounts again.
    with TemporaryDirectory(prefix="stanchion-postgresql-") as folder, running(Path(folder)) as url:
        yield url


__all__ = ["fresh_database", "postgresql", "running"]
