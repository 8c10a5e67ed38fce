"""The DuckDB file: transactions, errors, and what cannot be opened."""

from __future__ import annotations

import duckdb
import pytest

from tidegauge.storage.base import StoreError, StoreUnavailableError
from tidegauge.storage.embedded.database import Database, translated
from tidegauge.storage.embedded.folder import Folder


def count(database: Database) -> int:
    """How many rows the test's table has."""
    with database.cursor("counting") as cursor:
        found: int = cursor.execute("SELECT count(*) FROM tide.hot").fetchall()[0][0]
    return found


def half(database: Database) -> None:
    """A transaction that writes and then fails."""
    with database.transaction("writing more") as cursor:
        cursor.execute("INSERT INTO tide.hot VALUES (2, 'host')")
        cursor.execute("INSERT INTO tide.nothing VALUES (1)")


def test_a_transaction_is_all_or_nothing(database: Database, folder: Folder) -> None:
    """What a block did stays, unless it failed; the error is ours."""
    with database.transaction("writing") as cursor:
        cursor.execute("INSERT INTO tide.hot VALUES (1, 'host')")
    with pytest.raises(StoreUnavailableError, match="failed while writing more"):
        half(database)
    assert count(database) == 1
    assert not database.failed
    database.close()
    again = Database(folder)
    assert count(again) == 1
    again.close()


def test_closed_is_closed(database: Database) -> None:
    """No cursor is given any more."""
    database.close()
    database.close()
    with pytest.raises(StoreUnavailableError, match="is closed"):
        count(database)


@pytest.mark.parametrize("content", [b"", b"short", b"\0" * 100_000, b"not DuckDB" * 10_000])
def test_a_damaged_file_is_refused(folder: Folder, content: bytes) -> None:
    """One clear error, for good, with what a person can do."""
    folder.database.write_bytes(content)
    with pytest.raises(StoreError, match=r"samples\.duckdb cannot be read") as caught:
        Database(folder)
    assert caught.value.permanent
    assert "move it and its .wal away" in caught.value.hint


def test_a_file_of_another_version_is_refused(database: Database, folder: Folder) -> None:
    """With both versions."""
    with database.transaction("ageing") as cursor:
        cursor.execute("UPDATE tide.version SET version = 99")
    database.close()
    with pytest.raises(StoreError, match=r"is of version 99, this program reads 1") as caught:
        Database(folder)
    assert caught.value.permanent


def test_a_creation_that_was_cut_short_is_begun_anew(folder: Folder) -> None:
    """The file has its name only once it is whole."""
    draft = folder.database.with_suffix(".new")
    draft.write_bytes(b"half")
    Database(folder).close()
    assert not draft.exists()


@pytest.mark.parametrize("error", [duckdb.IOException("no\nreally"), OSError(28, "No space left on device")])
def test_errors_of_others_become_ours(error: Exception) -> None:
    """In one line, with the cause behind it."""
    with pytest.raises(StoreUnavailableError, match=r"^the embedded store failed while trying: ") as caught:
        fail(error)
    assert caught.value.__cause__ is error
    assert "\n" not in str(caught.value)


def fail(error: Exception) -> None:
    """Raise it where the database's errors become ours."""
    with translated("trying"):
        raise error
