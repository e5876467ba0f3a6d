"""The connection: a SQLite file or PostgreSQL by URL, behind one ``Database``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, literal, make_url
from sqlalchemy.dialects import postgresql, sqlite

BUSY_SECONDS = 30
"""How long a writer waits for another one before the transaction fails (and Temporal tries the activity again)."""


class Database:
    """Short transactions on the records, from any thread. Raises SQLAlchemy's ``OperationalError`` when it is away."""

    def __init__(self, url: str, *, durable: bool = True) -> None:
        """Without ``durable`` a SQLite file does not outlive a loss of power: for what is thrown away anyway."""
        self.url = normalized(url)
        self._engine = _engine(self.url)
        if not durable and self.is_sqlite:
            event.listen(self._engine, "connect", _let_sqlite_buffer)

    @property
    def is_sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent read."""
        with self._engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: committed at the end of the block, undone when it raises."""
        with self._engine.connect().execution_options(stanchion_write=True) as connection, connection.begin():
            yield connection

    def upsert(self, table: Table) -> Any:
        """``INSERT`` that can say ``ON CONFLICT``; both dialects share its form."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    def insert_once(self, connection: Connection, table: Table, **values: Any) -> bool:
        """Inserts a row unless one of its key is there; whether it did. Waits for another writer of the same key."""
        claim = self.upsert(table).values(**values).on_conflict_do_nothing()
        return connection.execute(claim.returning(literal(1))).first() is not None

    def close(self) -> None:
        self._engine.dispose()


def normalized(url: str) -> URL:
    """The URL with its driver named; raises ``ValueError`` for a database that is not supported."""
    parsed = make_url(url)
    name = parsed.get_backend_name()
    if name == "postgres":
        name = "postgresql"
    if name == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if name == "sqlite" and parsed.database and parsed.database != ":memory:":
        return parsed.set(drivername="sqlite+pysqlite")
    raise ValueError("records need sqlite:///<file> or postgresql://<host>/<database>")


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        return create_engine(
            url, pool_pre_ping=True, pool_size=10, max_overflow=20, connect_args={"connect_timeout": 5}
        )
    Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, pool_size=10, max_overflow=20, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}
    )
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(connection: SqliteConnection, _record: object) -> None:
    """Durable to power loss, readers beside one writer, references checked."""
    connection.isolation_level = None  # the driver must not begin on its own: see _begin_sqlite
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _let_sqlite_buffer(connection: SqliteConnection, _record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF").close()


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes the lock at once: a reader that turns writer would fail without waiting (SQLITE_BUSY_SNAPSHOT)."""
    write = connection.get_execution_options().get("stanchion_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
