"""Records of a segment as items."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.disk import opening, reader
from collector.disk.folder import Folder
from collector.disk.segment import Segment
from tests.collector.disk.filled import fill, item, places


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder with a segment of five items."""
    fill(tmp_path, range(5))
    return Folder(tmp_path)


def segment(folder: Folder) -> Segment:
    """Its only one."""
    (found,) = opening.load(folder, {})
    return found


def test_items(folder: Folder) -> None:
    """Those that are asked for, in that order, whether they wait or not."""
    found = segment(folder)
    found.settle_all()
    assert list(reader.items(folder, found, [3, 0])) == [item(3), item(0)]
    assert list(reader.items(folder, found, [])) == []


def test_damage(folder: Folder) -> None:
    """What is not as it was written is lost, also where it is another whole record."""
    found, data = segment(folder), folder.read(1)
    where = places(folder, 1)
    swapped = data[: where[1].at] + data[where[2].at : where[2].end] + data[where[2].at :]
    folder.segment(1).write_bytes(swapped[:-1])
    assert list(reader.items(folder, found, range(5))) == [item(0), item(2), item(3)]
    assert bytes(found.states) == b"0x00x"


def test_no_file(folder: Folder) -> None:
    """All that waits is lost."""
    found = segment(folder)
    found.mark(1, ord("1"))
    folder.segment(1).unlink()
    assert list(reader.items(folder, found, [3])) == []
    assert bytes(found.states) == b"x1xxx"
