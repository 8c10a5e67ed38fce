"""What fails, and since when: disks that are full, that refuse, that hang."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from collector.disk.folder import Folder
from collector.disk.trouble import Trouble
from collector.spool import Item
from tests.clocks import HandClock
from tests.collector.conftest import SMALL_BYTES
from tests.collector.disk.filled import LIMIT_BYTES, fill, item, opened, patient, seqs, summary
from tidegauge.metrics.wire import Queue


def test_begins_and_ends(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged when it begins and when it ends, not in between; the last error is told."""
    clock = HandClock(1000)
    trouble = Trouble("write", clock)
    with caplog.at_level(logging.INFO):
        trouble.end()
        trouble.begin(OSError(28, "No space"))
        clock.advance(500)
        trouble.begin(OSError(5, "I/O error"))
        assert (trouble.since_ms, trouble.error) == (1000, "I/O error")
        trouble.end()
        assert (trouble.since_ms, trouble.error) == (None, "")
    assert [entry.message.split()[0] for entry in caplog.records] == ["spool_fails", "spool_works_again"]


class FailingDisk:
    """A disk whose syncs fail when told, and that knows which files were synced after they had failed."""

    def __init__(self, files: str = "segment") -> None:
        self.failures = 0
        self._files = files
        self.again: list[str] = []
        self._failed: set[str] = set()

    def sync(self, fd: int) -> None:
        """Have the bytes on the disk, or say no."""
        name = Path(f"/proc/self/fd/{fd}").readlink().name
        if name in self._failed:
            self.again.append(name)
        if self.failures and self._files in name:
            self.failures -= 1
            self._failed.add(name)
            raise OSError(errno.EIO, "I/O error")
        os.fdatasync(fd)


def test_one_failed_sync(tmp_path: Path) -> None:
    """The record goes to a new file at once; the old one is not synced again, and nothing is lost or doubled."""
    disk = FailingDisk()
    spool = patient(tmp_path, LIMIT_BYTES, floor_bytes=0, sync=disk.sync)
    for seq in range(7):
        disk.failures = int(seq in (0, 2, 6))
        assert spool.append(item(seq)) == []
        assert spool.volatile() == []
    health = spool.health()
    assert (health.sync_errors, health.write_errors, health.in_memory, health.since_ms) == (3, 3, 0, None)
    assert disk.again == []
    assert (seqs(opened(tmp_path)), opened(tmp_path).losses()) == (list(range(7)), [])


def test_a_disk_that_refuses_for_a_while(tmp_path: Path) -> None:
    """Items stay in memory, in their order, and go to the disk when it takes them; meanwhile health says so."""
    disk, clock = FailingDisk(), HandClock(5000)
    spool = patient(tmp_path, LIMIT_BYTES, floor_bytes=0, clock=clock, sync=disk.sync)
    spool.append(item(0))
    disk.failures = 1 << 30
    for seq in range(1, 30):
        clock.advance(1000)
        assert spool.append(item(seq)) == []
    assert spool.volatile() == [item(seq) for seq in range(1, 30)]
    assert (seqs(spool), spool.held()) == (list(range(30)), Queue(30, 0, 29_000))
    assert spool.holds(("i", 20))
    spool.settle([("i", 0), ("i", 20)])
    health = spool.health()
    assert (health.in_memory, health.since_ms, health.error) == (28, 6000, "I/O error")
    assert health.sync_errors < 10
    disk.failures = 0
    clock.advance(60_000)
    assert spool.append(item(30)) == []
    assert (spool.volatile(), spool.health().in_memory, spool.health().since_ms) == ([], 0, None)
    assert disk.again == []
    expected = [seq for seq in range(1, 31) if seq != 20]
    assert (seqs(spool), seqs(opened(tmp_path))) == (expected, expected)


def test_memory_is_bounded(tmp_path: Path) -> None:
    """What no disk takes is bounded like the rest; the oldest are handed back."""
    path = tmp_path / "file"
    path.touch()
    spool = patient(path / "spool", 1000, floor_bytes=0)
    given_up = [lost.seq for seq in range(200) for lost in spool.append(item(seq))]
    kept = seqs(spool)
    assert (given_up, kept[-1]) == (list(range(kept[0])), 199)
    assert 900 < spool.size_bytes() <= 1000
    assert spool.health().error == "Not a directory"
    spool.close()


def test_a_cursor_that_cannot_be_written(tmp_path: Path) -> None:
    """Records are taken and settled all the same; the next life hands settled ones out again."""
    (tmp_path / "cursor.new").mkdir()
    spool = opened(tmp_path)
    for seq in range(3):
        spool.append(item(seq))
    spool.settle([("i", 1)])
    assert (seqs(spool), spool.volatile(), spool.health().error) == ([0, 2], [], "Is a directory")
    assert seqs(opened(tmp_path)) == [0, 1, 2]


def test_no_segment_goes_before_the_cursor_knows(tmp_path: Path) -> None:
    """While the cursor cannot be written settled segments stay; later they go."""
    disk = FailingDisk("cursor")
    spool = patient(tmp_path, LIMIT_BYTES, floor_bytes=0, sync=disk.sync)
    for one in (*map(item, range(12)), summary(12)):
        spool.append(one)
    disk.failures = 1 << 30
    spool.settle([("i", seq) for seq in range(12)])
    assert Folder(tmp_path).numbers() == [1, 2, 3]
    assert opened(tmp_path).losses() == []
    disk.failures = 0
    spool.settle([("i", 12)])
    assert (Folder(tmp_path).numbers(), spool.health().error) == ([3], "")


@pytest.mark.slow
def test_a_full_disk(small_disk: Path) -> None:
    """On a real disk that fills up the oldest are given up for the new ones, and every record is accounted for."""
    path = small_disk / "spool"
    spool = patient(path, 1 << 30, floor_bytes=0)
    given_up = [lost for seq in range(1000) for lost in spool.append(big(seq))]
    assert given_up == [big(seq) for seq in range(len(given_up))]
    kept = list(range(len(given_up), 1000))
    assert (seqs(spool), spool.volatile()) == (kept, [])
    assert len(kept) * 9000 > SMALL_BYTES // 4
    spool.settle([("i", seq) for seq in kept[::2]])
    assert seqs(spool) == kept[1::2]
    assert seqs(patient(path, 1 << 30, floor_bytes=0)) == kept[1::2]


def test_a_disk_that_others_fill(small_disk: Path) -> None:
    """What finds no room stays in memory; settling needs none; when there is room again all is written."""
    path, clock = small_disk / "spool", HandClock()
    spool = patient(path, 1 << 30, floor_bytes=0, clock=clock)
    for seq in range(3):
        spool.append(item(seq))
    with suppress(OSError), (small_disk / "hog").open("wb", buffering=0) as hog:
        while True:
            hog.write(bytes(4096))
    given_up = []
    for seq in range(3, 40):
        clock.advance(1000)
        given_up += spool.append(big(seq))
    assert [lost.seq for lost in given_up] == [0, 1, 2]
    assert [found.seq for found in spool.volatile()] == seqs(spool) == list(range(3, 40))
    spool.settle([("i", 3)])
    assert spool.health().error == "No space left on device"
    (small_disk / "hog").unlink()
    clock.advance(60_000)
    assert spool.append(big(40)) == []
    assert (spool.volatile(), seqs(spool)) == ([], list(range(4, 41)))
    assert seqs(patient(path, 1 << 30, floor_bytes=0)) == list(range(4, 41))


@pytest.mark.slow
def test_a_full_disk_and_the_floor(small_disk: Path) -> None:
    """By default a twentieth of a small disk stays free."""
    spool = patient(small_disk / "spool", 1 << 30)
    for seq in range(1000):
        spool.append(big(seq))
        free = shutil.disk_usage(small_disk).free
    assert SMALL_BYTES // 20 - (1 << 20) < free < SMALL_BYTES // 2
    assert spool.health().write_errors == 0


def test_a_disk_that_is_full_at_the_start(small_disk: Path) -> None:
    """It starts, and keeps in memory what it is given."""
    with suppress(OSError), (small_disk / "hog").open("wb", buffering=0) as hog:
        while True:
            hog.write(bytes(4096))
    spool = patient(small_disk / "spool", 1 << 30)
    assert spool.append(big(1)) == []
    assert (seqs(spool), spool.health().in_memory) == ([1], 1)
    spool.close()


def test_a_disk_that_becomes_read_only(small_disk: Path) -> None:
    """What is there is handed out and settled, what comes is kept in memory; when it can be written again all is."""
    path, clock = small_disk / "spool", HandClock()
    fill(path, range(7))
    _remount(small_disk, "ro")
    spool = patient(path, LIMIT_BYTES, floor_bytes=0, clock=clock)
    spool.append(item(7))
    spool.settle([("i", seq) for seq in range(6)])
    assert (seqs(spool), spool.volatile(), spool.unsummarised()) == ([6, 7], [item(7)], [*map(item, range(7))])
    assert spool.health().error == "Read-only file system"
    _remount(small_disk, "rw")
    clock.advance(60_000)
    assert spool.append(item(8)) == []
    assert (seqs(spool), spool.volatile()) == ([6, 7, 8], [])
    assert seqs(opened(path)) == [6, 7, 8]


class HangingDisk:
    """A disk whose syncs of segments come back when told, well or not."""

    def __init__(self) -> None:
        self.answers = threading.Event()
        self.answers.set()
        self.error: OSError | None = None

    def sync(self, fd: int) -> None:
        """Have the bytes on the disk, at last."""
        name = Path(f"/proc/self/fd/{fd}").readlink().name
        assert self.answers.wait(60)
        if self.error and name.endswith(".segment"):
            raise self.error
        os.fdatasync(fd)


@pytest.mark.parametrize("error", [None, OSError(errno.EIO, "I/O error")])
def test_a_disk_that_hangs(tmp_path: Path, error: OSError | None) -> None:
    """Nobody is held up: items are in memory until it answers, and are on it soon after, whatever it answers."""
    disk, clock = HangingDisk(), HandClock()
    spool = patient(tmp_path, LIMIT_BYTES, floor_bytes=0, clock=clock, sync=disk.sync)
    for seq in range(3):
        spool.append(item(seq))
    disk.answers.clear()
    spool._patience_seconds = 0.01
    for seq in range(3, 12):
        assert spool.append(item(seq)) == []
    assert spool.volatile() == [item(seq) for seq in range(3, 12)]
    spool.settle([("i", seq) for seq in (1, 3, 5)])
    assert (seqs(spool), spool.held().count) == ([0, 2, 4, *range(6, 12)], 9)
    assert spool.health().error == "the disk does not answer"
    disk.error = error
    disk.answers.set()
    spool._patience_seconds = 60
    spool.append(item(12))
    disk.error = None
    clock.advance(60_000)
    spool.append(item(13))
    assert (seqs(spool), spool.volatile(), spool.health().error) == ([0, 2, 4, *range(6, 14)], [], "")
    assert (seqs(opened(tmp_path)), opened(tmp_path).losses()) == ([0, 2, 4, *range(6, 14)], [])


def test_closed_while_the_disk_hangs(tmp_path: Path) -> None:
    """A stop does not wait for it; what was written is found by the next life."""
    disk = HangingDisk()
    spool = patient(tmp_path, LIMIT_BYTES, floor_bytes=0, sync=disk.sync)
    spool.append(item(0))
    disk.answers.clear()
    spool._patience_seconds = 0.01
    spool.append(item(1))
    spool.close()
    assert spool.volatile() == [item(1)]
    assert seqs(opened(tmp_path)) == [0, 1]
    disk.answers.set()


def _remount(path: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(path)], timeout=30, check=True)


def big(seq: int) -> Item:
    """An item of 9,000 bytes."""
    return item(seq)._replace(body=f"{seq:09d}".encode() * 1000)
