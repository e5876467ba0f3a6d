"""A real PostgreSQL server for tests: Debian's, in a temporary folder, on a free port of the loopback."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest

ACCOUNT = "postgres"
PATIENCE = 60
"""Seconds for a server to come up on a machine that is busy."""


def programs() -> Path | None:
    """The folder of PostgreSQL's own programs, the newest version of them."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def installed() -> Path:
    """The programs, installed through apt where this may be done; skips the test where there is no way."""
    folder = programs()
    if folder is None and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "postgresql"]
        subprocess.run(install, env=quiet, capture_output=True, check=False)
        folder = programs()
    if folder is None:
        pytest.skip("PostgreSQL is not installed, and may not be installed by this user")
    return folder


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """A server on data in ``folder``; gives the URL of its first database, and ends it whatever happens."""
    bin_ = installed()
    data, port = folder / "data", free_port()
    as_root = os.geteuid() == 0
    account = ACCOUNT if as_root else None  # initdb and the server refuse to run as root
    if as_root:
        open_up(folder)
        shutil.chown(folder, ACCOUNT, ACCOUNT)
    initdb = [bin_ / "initdb", "-D", data, "-U", ACCOUNT, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    subprocess.run(initdb, user=account, cwd=folder, capture_output=True, check=True)
    options = ["-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "listen_addresses=127.0.0.1"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [bin_ / "postgres", "-D", data, "-p", str(port), *options], user=account, cwd=folder, stdout=log, stderr=log
        )
        try:
            url = f"postgresql://{ACCOUNT}@127.0.0.1:{port}/postgres"
            wait_until_serving(url, server, folder / "log")
            yield url
        finally:
            stop(server)


def open_up(folder: Path) -> None:
    """Lets another account reach a folder below those that pytest keeps to itself."""
    for parent in (folder, *folder.parents):
        if parent.owner() == Path.home().owner() and parent != Path("/") and not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o011)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_serving(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > end:
                pytest.fail(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")
        else:
            return


def stop(server: subprocess.Popen[bytes]) -> None:
    """Fast shutdown, and no waiting for ever."""
    server.send_signal(signal.SIGINT)
    try:
        server.wait(30)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


_names = count(1)


def fresh_database(url: str) -> str:
    """The URL of an empty database on the same server."""
    name = f"test_{next(_names)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{url.rpartition('/')[0]}/{name}"


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server for the whole session, by the URL of its first database."""
    with running(tmp_path_factory.mktemp("postgresql")) as url:
        yield url


__all__ = ["fresh_database", "postgresql", "running"]
