"""The table of readers."""

from __future__ import annotations

from pathlib import Path

from collector import readers, registry
from collector.registry import READERS
from tests.collector.machine import roots


def test_table_equals_folder() -> None:
    """Each module of the folder is in the table, under its own name."""
    folder = Path(readers.__path__[0])
    modules = {file.stem for file in folder.glob("*.py")} - {"__init__"}
    assert {entry.name for entry in READERS} == modules
    assert all(entry.path.startswith(f"collector.readers.{entry.name}:") for entry in READERS)


def test_load() -> None:
    """Each row can be imported and made."""
    loaded = registry.load(READERS, roots("machine"))
    assert [reader.name for reader in loaded] == [entry.name for entry in READERS]
