"""A folder with an open database and its catalog."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tidegauge.storage.embedded.catalog import Catalog
from tidegauge.storage.embedded.database import Database
from tidegauge.storage.embedded.folder import Folder
from tidegauge.storage.embedded.retention import Retention
from tidegauge.storage.embedded.writer import Writer


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A new folder."""
    return Folder(tmp_path / "store")


@pytest.fixture
def database(folder: Folder) -> Iterator[Database]:
    """Its database, open."""
    opened = Database(folder)
    yield opened
    opened.close()


@pytest.fixture
def catalog(folder: Folder, database: Database) -> Catalog:
    """What is in memory of it: nothing yet."""
    made = Catalog(folder)
    made.load(database)
    return made


@pytest.fixture
def writer(database: Database, catalog: Catalog) -> Writer:
    """Its writer, with a retention of 3 days and no floor."""
    return Writer(database, catalog, Retention(3, 3), 0)
