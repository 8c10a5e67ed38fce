"""The DuckDB file: its schema, its cursors, and its errors as ours."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from tidegauge.storage.base import StoreError, StoreUnavailableError
from tidegauge.storage.embedded.folder import Folder, sync

MEMORY_LIMIT = "512MB"
THREADS = 1
LOG_BYTES = "16MB"
LOG_ENTRIES = 4000
"""A log as long as either is merged into the file; after a kill it is replayed when the store opens, in a
second or two."""
ROW_GROUP = 20_480
"""Rows that DuckDB compresses at once: each merge rewrites the last group of a table, so a small one is quick."""

VERSION = 1
SCHEMA = f"""
CREATE TABLE {{db}}.version (version INTEGER);
INSERT INTO {{db}}.version VALUES ({VERSION});
CREATE TABLE {{db}}.origin (
    id INTEGER, entity VARCHAR, kind VARCHAR, start VARCHAR, period_ms BIGINT, attributes VARCHAR,
    host VARCHAR, incarnation VARCHAR);
CREATE TABLE {{db}}.span (origin INTEGER, first_ms BIGINT, last_ms BIGINT);
CREATE TABLE {{db}}.hot (id INTEGER, kind VARCHAR);
CREATE TABLE {{db}}.sealed (
    path VARCHAR, kind VARCHAR, first_ms BIGINT, last_ms BIGINT, bytes BIGINT, samples BIGINT,
    columns MAP(VARCHAR, VARCHAR));
CREATE TABLE {{db}}.event (
    id VARCHAR, host VARCHAR, incarnation VARCHAR, entity VARCHAR, time_ns BIGINT, kind VARCHAR, attributes VARCHAR);
CREATE TABLE {{db}}.metric (
    name VARCHAR, kind VARCHAR, unit VARCHAR, help VARCHAR, formula VARCHAR, decimals INTEGER);
"""
"""origin: who rows are from. span: when rows of an origin that are sealed were taken, within one UTC
day. hot: the tables hot_<id> that rows are appended to. sealed: the Parquet files. A row of hot_<id>
is (_origin, _time, _received or NULL, a column a metric)."""


class Database:
    """The file, open. Cursors are for one thread each; statements name tables as `tide.x`.

    Raises StoreError: the file is damaged, of a later version, or not to be opened.
    """

    def __init__(self, folder: Folder) -> None:
        with translated("opening"):
            self._connection = duckdb.connect(
                ":memory:",
                config={
                    "memory_limit": MEMORY_LIMIT,
                    "threads": THREADS,
                    "wal_autocheckpoint": LOG_BYTES,
                    "wal_autocheckpoint_entries": LOG_ENTRIES,
                    "temp_directory": str(folder.tmp),
                    "autoinstall_known_extensions": "false",
                    "autoload_known_extensions": "false",
                },
            )
            self._connection.execute("SET GLOBAL parquet_metadata_cache = true")
        self._users = 0
        self._idle = threading.Condition()
        self._closed = False
        self.failed = False
        """Whether it has to be opened anew: a commit failed, and what is on disk may not be what is in memory."""
        try:
            self._attach(folder)
        except StoreError:
            self._connection.close()
            raise

    def _attach(self, folder: Folder) -> None:
        if not folder.database.exists():
            self._create(folder)
        try:
            self._connection.execute(f"ATTACH '{_quoted(folder.database)}' AS tide (ROW_GROUP_SIZE {ROW_GROUP})")
            found = self._connection.execute("SELECT max(version) FROM tide.version").fetchall()[0][0]
        except (duckdb.Error, OSError) as error:
            raise StoreError(
                f"the embedded store's file {folder.database} cannot be read: {_first_line(error)}",
                permanent=True,
                hint="if it is damaged, move it and its .wal away: sealed days come back, unsealed rows are lost",
            ) from error
        if found != VERSION:
            raise StoreError(
                f"{folder.database} is of version {found}, this program reads {VERSION}",
                permanent=True,
                hint="use the version of Tidegauge that wrote it, or another folder",
            )

    def _create(self, folder: Folder) -> None:
        """Make the file under another name first, so that a kill leaves a whole one or none."""
        draft = folder.database.with_suffix(".new")
        with translated("creating"):
            for left in (draft, draft.with_name(draft.name + ".wal")):
                left.unlink(missing_ok=True)
            self._connection.execute(f"ATTACH '{_quoted(draft)}' AS draft (ROW_GROUP_SIZE {ROW_GROUP})")
            self._connection.execute(SCHEMA.format(db="draft"))
            self._connection.execute("CHECKPOINT draft; DETACH draft")
            sync(draft)
            draft.rename(folder.database)
            sync(folder.path)

    def check_open(self) -> None:
        """Raises StoreUnavailableError once closed."""
        if self._closed:
            raise StoreUnavailableError("the embedded store is closed")

    @contextmanager
    def cursor(self, doing: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor for one job, named for the error. Raises StoreUnavailableError once closed."""
        with self._idle:
            self.check_open()
            self._users += 1
        cursor = self._connection.cursor()
        try:
            with translated(doing):
                yield cursor
        except StoreError:
            self.failed = self.failed or not self._answers()
            raise
        finally:
            cursor.close()
            with self._idle:
                self._users -= 1
                self._idle.notify_all()

    def _answers(self) -> bool:
        """Whether the file can still be read: after some failed writes DuckDB refuses all until it is opened again."""
        try:
            self._connection.cursor().execute("SELECT version FROM tide.version")
        except duckdb.Error:
            return False
        return True

    @contextmanager
    def transaction(self, doing: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor whose statements are durable, all of them, once the block ends; or none is."""
        with self.cursor(doing) as cursor:
            cursor.execute("BEGIN")
            try:
                yield cursor
            except BaseException:
                _roll_back(cursor)
                raise
            try:
                cursor.execute("COMMIT")
            except duckdb.Error:
                self.failed = True
                raise

    def close(self) -> None:
        """Let jobs under way end, then let go; again is harmless."""
        with self._idle:
            if self._closed:
                return
            self._closed = True
            self._idle.wait_for(lambda: self._users == 0)
        with translated("closing"):
            self._connection.execute("DETACH tide")
            self._connection.close()


def _roll_back(cursor: duckdb.DuckDBPyConnection) -> None:
    try:
        cursor.execute("ROLLBACK")
    except duckdb.Error:
        return  # the failure itself ended the transaction


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Raise DuckDB's and the system's errors as ours."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        raise StoreUnavailableError(
            f"the embedded store failed while {doing}: {_first_line(error)}",
            hint="see that its disk has space and can be written; it opens again by itself",
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:300]


def _quoted(path: object) -> str:
    return str(path).replace("'", "''")
