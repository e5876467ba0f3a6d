"""The worker of the incident written by hand: ``ADDRESS QUEUE DATABASE SMTP_PORT``. Started by ``lifecycle``."""

from __future__ import annotations

import asyncio
import json
import smtplib
import sqlite3
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage

from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker

from benchmarks.incident_by_hand import Entry, Incident

TABLES = """
CREATE TABLE IF NOT EXISTS incidents (key TEXT PRIMARY KEY, revision INTEGER, state TEXT, fields TEXT, at REAL);
CREATE TABLE IF NOT EXISTS audit (key TEXT, revision INTEGER, event TEXT, actor TEXT, at REAL, fields TEXT,
                                  PRIMARY KEY (key, revision));
CREATE TABLE IF NOT EXISTS outbox (key TEXT, revision INTEGER, person TEXT, text TEXT, sent INTEGER,
                                   PRIMARY KEY (key, revision));
"""


class World:
    """A SQLite store as durable as ours (write-ahead log, synchronized at every commit), and a mail server."""

    def __init__(self, database: str, port: int) -> None:
        self._database = database
        self._port = port
        self._own = threading.local()
        self._connection().executescript(TABLES)

    def _connection(self) -> sqlite3.Connection:
        if not hasattr(self._own, "connection"):
            connection = sqlite3.connect(self._database, timeout=10, isolation_level=None)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            self._own.connection = connection
        found: sqlite3.Connection = self._own.connection
        return found

    @activity.defn(name="record")
    def record(self, entry: Entry) -> None:
        """The incident, its timeline and its notification in one transaction; nothing twice."""
        of, fields = entry.answer, json.dumps(entry.fields)
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            connection.execute(
                "INSERT INTO incidents VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET revision = "
                "excluded.revision, state = excluded.state, fields = excluded.fields, at = excluded.at "
                "WHERE revision < excluded.revision",
                (of.key, of.revision, of.state, fields, entry.at),
            )
            happened = (of.key, of.revision, entry.event, entry.actor, entry.at, fields)
            connection.execute("INSERT OR IGNORE INTO audit VALUES (?, ?, ?, ?, ?, ?)", happened)
            text = f"{of.key} is {of.state}: {entry.fields['summary']}"
            connection.execute("INSERT OR IGNORE INTO outbox VALUES (?, ?, ?, ?, 0)", (*happened[:2], entry.told, text))

    @activity.defn(name="notify")
    def notify(self, entry: Entry) -> None:
        """One mail, and a mark that it was sent."""
        message = EmailMessage()
        message["Subject"] = f"{entry.answer.key} is {entry.answer.state}"
        message["From"] = "incidents@example.com"
        message["To"] = f"{entry.told}@example.com"
        message.set_content(f"{entry.actor}: {entry.event}\n\n{entry.fields['summary']}")
        with smtplib.SMTP("127.0.0.1", self._port, "example.com", timeout=20) as server:
            server.send_message(message)
        mine = (entry.answer.key, entry.answer.revision)
        self._connection().execute("UPDATE outbox SET sent = 1 WHERE key = ? AND revision = ?", mine)


async def main(address: str, queue: str, database: str, port: str) -> None:
    world = World(database, int(port))
    worker = Worker(
        await Client.connect(address),
        task_queue=queue,
        workflows=[Incident],
        activities=[world.record, world.notify],
        activity_executor=ThreadPoolExecutor(32),
        max_concurrent_activities=16,
        max_concurrent_local_activities=16,
    )
    await worker.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
