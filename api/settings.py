"""Settings of the edges: environment variables ``STANCHION_*``, overridden by the command line."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

IdentityMode = Literal["development", "none"]


def _checked_address(address: str | None) -> str | None:
    parts = urlsplit(address if address is None or "://" in address else f"//{address}")
    try:
        sound = not address or bool(parts.hostname and parts.port != 0)
    except ValueError:  # raised by the port
        sound = False
    if not sound:
        raise ValueError("Temporal's address is host:port, such as temporal.example.com:7233")
    return address


class EdgeSettings(BaseSettings):
    """One value for each thing that differs between installations.

    Without ``temporal_address`` they mean the embedded server: ``stanchion up`` runs it, and passes its address to
    the worker and the API that it starts.
    """

    model_config = SettingsConfigDict(env_prefix="STANCHION_", extra="ignore", frozen=True)

    state_folder: Path = Path(".stanchion")
    temporal_address: Annotated[str | None, AfterValidator(_checked_address)] = None
    temporal_namespace: str = "default"
    task_queue: str = "stanchion"
    temporal_port: int = Field(default=7233, ge=0, le=65535)
    """Where the embedded server listens; 0, or a busy one, means the next free port."""
    embedded: bool = False
    """Set by ``up`` for the processes that it starts: the address is that of its own server on this machine."""
    records_url: str | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8700, ge=0, le=65535)
    definitions: Path | None = None
    standalone: bool = False
    identity: IdentityMode | None = None
    """``development`` believes ``X-Actor`` (embedded and on loopback only), ``none`` lets nobody in."""
    cached_tickets: int = Field(default=1_000, ge=1, le=1_000_000)
    """How many tickets a worker keeps in memory between two events."""
    reload_seconds: float = Field(default=2.0, gt=0)
    """How often the API checks whether a definition file has changed."""
    request_seconds: float = Field(default=10.0, gt=0)
    """How long a request waits for Temporal before Temporal counts as away."""

    @property
    def identity_mode(self) -> IdentityMode:
        """The development identity is the default only where the server is embedded."""
        return self.identity or ("development" if self.embedded else "none")

    @property
    def temporal(self) -> str:
        """Temporal's address: as given, or that of the embedded server."""
        return self.temporal_address or f"127.0.0.1:{self.temporal_port}"

    @property
    def records(self) -> str:
        """The records store's SQLAlchemy URL; without one, a SQLite file in the state folder."""
        return self.records_url or f"sqlite:///{self.state_folder.resolve() / 'records.sqlite3'}"

    def last_good(self, process: str) -> Path:
        """Where a process keeps its last good definitions; each process has its own folder, since each writes it."""
        return self.state_folder / "last-good" / process

    def not_in_use(self, process: str) -> Path:
        """The file in which a process says why newer definitions are not in use; see ``LastGood``."""
        return not_in_use(self.last_good(process))

    @property
    def base_url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def is_loopback(host: str | None) -> bool:
    """True for ``localhost`` and the addresses of 127.0.0.0/8 and ::1, with or without brackets; never resolves."""
    if host is None:
        return False
    inner = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    bare = inner.rstrip(".").lower()
    if bare == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def not_in_use(last_good: Path) -> Path:
    """The file beside a folder of last good definitions that is there only while newer ones are not in use."""
    return last_good.with_name(f"{last_good.name}-not-in-use.txt")
