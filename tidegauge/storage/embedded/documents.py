"""Documents in SQLite, in the same folder. Several processes may use them at once."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tidegauge.storage.base import ConflictError, Document, StoreError, StoreUnavailableError
from tidegauge.storage.embedded.folder import Folder

WAIT_SECONDS = 5.0
"""How long a write waits for one of another process."""

SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS document (
    collection TEXT, id TEXT, version INTEGER, body BLOB, PRIMARY KEY (collection, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counter (version INTEGER);
INSERT INTO counter SELECT 0 WHERE NOT EXISTS (SELECT * FROM counter);
"""


class EmbeddedDocuments:
    """`Documents` in a file. Versions come from one counter, so none is ever given twice."""

    def __init__(self, folder: Folder) -> None:
        """Open it. Raises StoreError where the file is damaged."""
        self._lock = threading.Lock()
        try:
            folder.documents.touch(0o600)
            folder.documents.chmod(0o600)  # hashes of passwords are in it
            self._connection = sqlite3.connect(
                folder.documents, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._connection.executescript(SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"the file {folder.documents} cannot be used: {error}",
                permanent=True,
                hint="if it is damaged, move it and its -wal away: users and preferences are then lost",
            ) from error

    def get(self, collection: str, id: str) -> Document | None:
        """See Documents."""
        with self._using() as connection:
            row = connection.execute(
                "SELECT id, version, body FROM document WHERE collection = ? AND id = ?", (collection, id)
            ).fetchone()
        return None if row is None else Document(*row)

    def put(self, collection: str, id: str, body: bytes, expected: int | None = None) -> int:
        """See Documents."""
        with self._changing() as connection:
            row = connection.execute(
                "SELECT version FROM document WHERE collection = ? AND id = ?", (collection, id)
            ).fetchone()
            found = 0 if row is None else row[0]
            if expected not in (None, found):
                raise ConflictError(f"{collection}/{id} is at version {found}, not {expected}")
            counted = connection.execute("UPDATE counter SET version = version + 1 RETURNING version").fetchone()
            version = int(counted[0])
            connection.execute("REPLACE INTO document VALUES (?, ?, ?, ?)", (collection, id, version, body))
        return version

    def delete(self, collection: str, id: str) -> bool:
        """See Documents."""
        with self._changing() as connection:
            gone = connection.execute("DELETE FROM document WHERE collection = ? AND id = ?", (collection, id))
            return gone.rowcount > 0

    def list(self, collection: str) -> list[Document]:
        """See Documents."""
        with self._using() as connection:
            rows = connection.execute(
                "SELECT id, version, body FROM document WHERE collection = ? ORDER BY id", (collection,)
            ).fetchall()
        return [Document(*row) for row in rows]

    def close(self) -> None:
        """See Documents."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one thread at a time."""
        with self._lock:
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise StoreUnavailableError(f"documents cannot be read or written: {error}") from error

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: durable once the block ends, or nothing of it happened."""
        with self._using() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
