"""The folder of a spool."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from collector.disk.folder import QUARANTINE_BYTES, QUARANTINE_FILES, Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder that is made."""
    made = Folder(tmp_path / "a" / "spool")
    made.make()
    made.make()
    return made


def test_numbers(folder: Folder) -> None:
    """Segments are known by their names, whatever they are; other files are nobody's business."""
    assert (folder.numbers(), folder.last_number()) == ([], 0)
    folder.segment(7).touch()
    folder.segment(3).mkdir()
    (folder.path / "note.txt").touch()
    assert (folder.numbers(), folder.last_number()) == ([3, 7], 7)
    folder.set_aside(folder.segment(7))
    assert (folder.numbers(), folder.last_number()) == ([3], 7)
    assert folder.path.stat().st_mode & 0o777 == 0o700


def test_remove(folder: Folder) -> None:
    """A segment that is not there is no error."""
    folder.segment(1).touch()
    folder.remove([1, 2])
    assert folder.numbers() == []


def test_read(folder: Folder) -> None:
    """A file is read whole; what is none raises, and is not waited for."""
    folder.segment(1).write_bytes(b"x" * 100_000)
    assert folder.read(1) == b"x" * 100_000
    folder.segment(2).mkdir()
    os.mkfifo(folder.segment(3))
    os.truncate(folder.segment(1), 1 << 40)
    for number in (1, 2, 3, 4):
        with pytest.raises(OSError, match=r"."):
            folder.read(number)


def test_floor(folder: Folder) -> None:
    """More than the disk has is not free; a disk that does not say is not below."""
    assert folder.is_below(1 << 62)
    assert not folder.is_below(0)
    assert folder.is_below(None) in (True, False)
    assert not Folder(folder.path / "none").is_below(1 << 62)


def test_quarantine_is_bounded(folder: Folder) -> None:
    """The last damaged files stay, as many and as much as there is room for."""
    for number in range(1, QUARANTINE_FILES + 10):
        folder.segment(number).write_bytes(b"?")
        folder.set_aside(folder.segment(number))
    kept = sorted(file.name for file in folder.quarantine.iterdir())
    assert (len(kept), kept[-1]) == (QUARANTINE_FILES, folder.segment(QUARANTINE_FILES + 9).name)
    folder.segment(200).mkdir()
    (folder.segment(200) / "x").touch()
    folder.set_aside(folder.segment(200))
    folder.keep_piece(201, 5, b"?" * QUARANTINE_BYTES)
    assert [file.name for file in folder.quarantine.iterdir()] == [f"{folder.segment(201).name}.5"]


def test_a_quarantine_that_cannot_be(folder: Folder) -> None:
    """What cannot be moved stays, and nothing is raised."""
    folder.quarantine.touch()
    folder.segment(1).touch()
    folder.set_aside(folder.segment(1))
    folder.keep_piece(1, 0, b"?")
    assert folder.numbers() == [1]
