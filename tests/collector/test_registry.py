"""The table of readers."""

from __future__ import annotations

from pathlib import Path

from collector import readers, registry
from collector.registry import READERS
from tests.collector.machine import TICK, roots
from tidegauge import settings


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


def test_a_reader_is_made_with_its_settings() -> None:
    """Those that its row names."""
    (processes,) = [entry for entry in READERS if entry.name == "processes"]
    for flags, programs in (({"processes": "0"}, 0), ({"processes": "1"}, 1)):
        (loaded,) = registry.load([processes], roots("machine"), settings.read(flags, {}))
        assert [reading.kind for reading in loaded.reader.read(TICK)].count("process") == programs
