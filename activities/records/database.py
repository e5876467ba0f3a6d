"""The connection: a SQLite file or PostgreSQL by URL, behind one ``Database``."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from sqlite3 import SQLITE_BUSY, SQLITE_CANTOPEN, SQLITE_FULL, SQLITE_IOERR, SQLITE_READONLY
from sqlite3 import Connection as SqliteConnection
from sqlite3 import OperationalError as SqliteError
from threading import RLock
from time import monotonic, sleep
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, Table, create_engine, event, literal, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionError

BUSY_SECONDS = 30
"""How long a writer waits for another writer before its transaction fails and Temporal retries the activity."""

LASTING = (SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_IOERR)
"""SQLite's errors that a connection keeps for ever, though the file is mended: one that was opened for reading only."""
READ_ONLY, DISK_FULL, NO_TABLE, LOCKED = "25006", "53100", "42P01", ("55P03", "57014")
"""PostgreSQL's codes: a session that may only read, no room, no table, a lock that was waited for too long."""

NORMAL = 1
"""SQLite's level of ``synchronous`` that waits for the disk only at checkpoints of the log."""


class Database:
    """Short transactions on the records, from any thread. Raises SQLAlchemy's OperationalError when it is away."""

    def __init__(self, url: str, *, durable: bool = True) -> None:
        """Without ``durable`` a SQLite file does not survive a loss of power: for temporary data."""
        self.url = normalized(url)
        self._engine = _engine(self.url)
        self._turn = RLock()
        self._claims: dict[Table, Any] = {}
        self._replacements: dict[Table, Any] = {}
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
    def write(self, *, outlasts_power: bool = True, patience: float = BUSY_SECONDS) -> Iterator[Connection]:
        """One transaction: committed at the end of the block, rolled back when it raises.

        Without ``outlasts_power`` a SQLite commit does not wait for the disk. ``patience`` is how long the transaction
        waits for another writer, in seconds.
        """
        with ExitStack() as around:
            if self.is_sqlite:
                around.enter_context(self._taking_turns(patience))
            connection = around.enter_context(self._engine.connect().execution_options(stanchion_write=True))
            if self.is_sqlite and not outlasts_power:
                around.enter_context(_unsynchronized(connection))
            if self.is_sqlite and patience != BUSY_SECONDS:
                around.enter_context(_impatient(connection, patience))
            around.enter_context(connection.begin())
            if not self.is_sqlite and patience != BUSY_SECONDS:
                connection.exec_driver_sql(f"SET LOCAL statement_timeout = {round(patience * 1000)}")
            yield connection

    @contextmanager
    def _taking_turns(self, patience: float) -> Iterator[None]:
        """Lets the writers of this process take turns without a pause.

        SQLite makes a waiting writer sleep for up to a tenth of a second; only writers of other processes wait so.
        A writer that waits too long continues, and SQLite then reports that the database is locked. The lock knows its
        owner, because a worker that stops may interrupt this thread between any two instructions.
        """
        try:
            self._turn.acquire(timeout=patience)
            yield
        finally:
            with suppress(RuntimeError):  # a writer that waited too long holds no turn
                self._turn.release()

    def upsert(self, table: Table) -> Any:
        """The dialect's ``INSERT`` with ``ON CONFLICT``; both dialects share its form."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    def insert_once(self, connection: Connection, table: Table, **values: Any) -> bool:
        """Inserts a row unless its key exists; true where it did. Waits for another writer of the same key."""
        claim = self._claims.get(table)
        if claim is None:
            claim = self._claims[table] = self.upsert(table).on_conflict_do_nothing().returning(literal(1))
        return connection.execute(claim, values).first() is not None

    def replace(
        self, connection: Connection, table: Table, key: Sequence[str], rows: Sequence[Mapping[str, Any]]
    ) -> None:
        """Inserts rows; they replace rows of the same ``key``."""
        statement = self._replacements.get(table)
        if statement is None:
            wanted = self.upsert(table)
            others = {column.name: wanted.excluded[column.name] for column in table.c if column.name not in key}
            statement = wanted.on_conflict_do_update(index_elements=list(key), set_=others)
            self._replacements[table] = statement
        connection.execute(statement, list(rows))

    def close(self) -> None:
        self._engine.dispose()


def normalized(url: str) -> URL:
    """The URL with its driver. Raises ValueError for an unsupported database."""
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
        engine = create_engine(
            url, pool_pre_ping=True, pool_size=10, max_overflow=20, connect_args={"connect_timeout": 5}
        )
        event.listen(engine, "handle_error", _replace_connections)
        return engine
    _create_for_owner(Path(str(url.database)))
    engine = create_engine(
        url, pool_size=10, max_overflow=20, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}
    )
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "handle_error", _replace_connections)
    return engine


def _create_for_owner(path: Path) -> None:
    """Creates the file and its folder where they are missing, for their owner alone; the log gets the file's mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(OSError):  # what can't be created here, SQLite reports
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _configure_sqlite(connection: SqliteConnection, _record: object) -> None:
    """Sets a connection up: durable to power loss, readers beside one writer, references checked."""
    connection.isolation_level = None  # the driver must not begin transactions: see _begin_sqlite
    _log_ahead(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _log_ahead(connection: SqliteConnection) -> None:
    """Retries: SQLite does not wait for another process that opens a new file at the same moment."""
    until = monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except SqliteError as error:
            if error.sqlite_errorcode != SQLITE_BUSY or monotonic() > until:
                raise
            sleep(0.01)
        else:
            return


def _let_sqlite_buffer(connection: SqliteConnection, _record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF").close()


def _replace_connections(context: ExceptionContext) -> None:
    """Replaces every pooled connection after an error that a connection keeps: the next transaction opens a new one."""
    error = context.original_exception
    if _sqlite_code(error) in LASTING or getattr(error, "sqlstate", None) == READ_ONLY:
        context.is_disconnect = True


def _sqlite_code(error: BaseException | None) -> int:
    """SQLite's primary error code; 0 for any other error."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def obstacle(error: DBAPIError | NoConnectionError) -> str:
    """Why a transaction failed, and what to do, without names of files, hosts or accounts."""
    cause = error.orig if isinstance(error, DBAPIError) else None
    code, state = _sqlite_code(cause), getattr(cause, "sqlstate", None)
    if code in (SQLITE_READONLY, SQLITE_CANTOPEN) or state == READ_ONLY:
        return "the records can only be read: let the server's account write to the database and its folder"
    if code == SQLITE_FULL or state == DISK_FULL:
        return "the disk of the records is full: make room on it"
    if code == SQLITE_BUSY or state in LOCKED:
        return "the records are locked by another program: end its transaction"
    if "no such table" in str(cause) or state == NO_TABLE:
        return "the records have no tables of this version: run `stanchion migrate-db`"
    return "the records do not answer: start their database, and see the log of the API"


@contextmanager
def _impatient(connection: Connection, seconds: float) -> Iterator[None]:
    """Waits for another writer for this long only."""
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA busy_timeout={round(seconds * 1000)}").close()
    try:
        yield
    finally:
        driver.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}").close()


@contextmanager
def _unsynchronized(connection: Connection) -> Iterator[None]:
    """Commits without waiting for the disk: a loss of power may lose the commit, never the consistency."""
    driver: Any = connection.connection.driver_connection
    (before,) = driver.execute("PRAGMA synchronous").fetchone()
    driver.execute(f"PRAGMA synchronous={min(before, NORMAL)}").close()
    try:
        yield
    finally:
        driver.execute(f"PRAGMA synchronous={before}").close()


def _begin_sqlite(connection: Connection) -> None:
    """Begins a writer with its lock: a reader that turns writer fails without waiting (SQLITE_BUSY_SNAPSHOT)."""
    write = connection.get_execution_options().get("stanchion_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
