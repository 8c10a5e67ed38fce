"""The segment that is written now."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from collector.disk import record
from collector.disk.segment import MOST_RECORDS, Segment
from collector.disk.writer import Writer
from collector.spool import Item
from tests.collector.spool_contract import item


def writer(path: Path, limit_bytes: int = 1000, sync: Callable[[int], None] = os.fdatasync) -> Writer:
    """A writer of a new segment that begins with sequence number 5."""
    return Writer(path / "segment", Segment(1, "i", 5), limit_bytes, sync)


def put(made: Writer, *items: Item) -> None:
    """Write, and wait until that is on the disk."""
    made.write(items)
    assert [place.seq for place in made.finish(60)] == [one.seq for one in items]


def test_write(tmp_path: Path) -> None:
    """Records stand in the file one behind the other, and the index says where."""
    made = writer(tmp_path)
    put(made, item(5))
    put(made, item(6, 20), item(7))
    made.close()
    data = (tmp_path / "segment").read_bytes()
    places = list(record.scan(data))
    assert [record.item(place, data) for place in places] == [item(5), item(6, 20), item(7)]
    assert [made.segment.place(n) for n in range(3)] == [(place.at, place.end - place.at) for place in places]
    assert made.segment.size_bytes == len(data)


def test_takes(tmp_path: Path) -> None:
    """As many as follow each other and fit; the first one always."""
    made = writer(tmp_path)
    assert made.takes([item(5, 5000), item(6)]) == 1
    assert made.takes([item(6)]) == 0
    assert made.takes([item(5, incarnation="j")]) == 0
    assert made.takes([item(5), item(6), item(8)]) == 2
    assert made.takes([item(5, 300), item(6, 300), item(7, 300)]) == 2
    put(made, item(5, 960))
    assert made.takes([item(6)]) == 0
    made.close()


def test_a_segment_is_bounded(tmp_path: Path) -> None:
    """However small they are, a segment holds so many records."""
    made = writer(tmp_path, limit_bytes=1 << 30)
    assert made.takes([item(seq, 0) for seq in range(5, 6000)]) == MOST_RECORDS
    made.close()


def test_a_failed_write_is_cut_off(tmp_path: Path) -> None:
    """What was not known to be on the disk is neither in the index nor in the file."""
    failing = [False]

    def sync(fd: int) -> None:
        if failing[0]:
            raise OSError(errno.EIO, "I/O error")
        os.fdatasync(fd)

    made = writer(tmp_path, sync=sync)
    put(made, item(5))
    failing[0] = True
    with pytest.raises(OSError, match="I/O error"):
        put(made, item(6))
    made.close(whole=False)
    assert len(made.segment) == 1
    assert (tmp_path / "segment").stat().st_size == made.segment.size_bytes


def test_a_file_that_was_removed(tmp_path: Path) -> None:
    """Nothing is written to a file that has no name any more."""
    made = writer(tmp_path)
    (tmp_path / "segment").unlink()
    with pytest.raises(FileNotFoundError):
        put(made, item(5))
    made.close()


def test_a_file_of_before_is_not_written(tmp_path: Path) -> None:
    """A writer begins a new file."""
    writer(tmp_path).close()
    with pytest.raises(FileExistsError):
        writer(tmp_path)


def test_a_late_sync(tmp_path: Path) -> None:
    """Until it is known to be on the disk a record is not in the index."""
    gate = threading.Event()

    def sync(fd: int) -> None:
        assert gate.wait(60)
        os.fdatasync(fd)

    made = writer(tmp_path, sync=sync)
    made.write([item(5)])
    assert (made.finish(0), made.is_late, len(made.segment)) == ([], True, 0)
    gate.set()
    assert [place.seq for place in made.finish(60)] == [5]
    assert (made.is_late, len(made.segment), made.finish(0)) == (False, 1, [])
    made.close()
