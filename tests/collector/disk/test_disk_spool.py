"""The spool on disk keeps the contract, and what it promises beyond."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from collector.disk.disk_spool import DiskSpool
from collector.disk.folder import Folder
from collector.disk.losses import Loss
from collector.spool import Item, Spool
from tests.clocks import HandClock
from tests.collector.conftest import SMALL_BYTES
from tests.collector.disk.filled import LIMIT_BYTES, fill, item, places
from tests.collector.spool_contract import SpoolContract
from tidegauge.metrics.wire import Queue

MOST = (1 << 30, 1 << 40)


class TestDiskSpool(SpoolContract):
    """All of it."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / "spool"

    def make(self, limit_bytes: int) -> Spool:
        return DiskSpool(self.path, limit_bytes, floor_bytes=0)


def opened(path: Path, limit_bytes: int = LIMIT_BYTES) -> DiskSpool:
    """A life of a spool, with segments of 5 items."""
    return DiskSpool(path, limit_bytes, floor_bytes=0)


def seqs(spool: DiskSpool) -> list[int]:
    """What it holds."""
    return [found.seq for found in spool.oldest(*MOST)]


def summary(seq: int) -> Item:
    """The minute rows of all before."""
    return item(seq)._replace(ticks=0, summary=True)


def test_reopen(tmp_path: Path) -> None:
    """What was appended and not settled is there again, in order, without a close and after one."""
    spool = opened(tmp_path, 1 << 20)
    for seq in range(300):
        spool.append(item(seq))
    spool.settle([("i", seq) for seq in range(10, 290)])
    expected = [*range(10), *range(290, 300)]
    for _ in range(3):
        spool = opened(tmp_path, 1 << 20)
        assert (seqs(spool), spool.held().count, spool.losses()) == (expected, 20, [])
        spool.close()


def test_a_life_begins_a_new_segment(tmp_path: Path) -> None:
    """Nothing is written to a file of another life."""
    fill(tmp_path, [1])
    fill(tmp_path, [2])
    fill(tmp_path, [3])
    assert Folder(tmp_path).numbers() == [1, 2, 3]


def test_settled_and_summarised_segments_are_removed(tmp_path: Path) -> None:
    """Rule 13: a segment goes when all of it is settled and a summary lies at or behind its end."""
    spool, folder = opened(tmp_path), Folder(tmp_path)
    for seq in range(12):
        spool.append(item(seq))
    spool.settle([("i", seq) for seq in range(12)])
    assert (folder.numbers(), seqs(spool)) == ([1, 2, 3], [])
    spool.append(summary(12))
    assert folder.numbers() == [3]
    spool.settle([("i", 12)])
    spool.close()
    assert folder.numbers() == []
    assert opened(tmp_path).unsummarised() == []


def test_backlog_in_front_of_settled_segments(tmp_path: Path) -> None:
    """Live first: later segments go while earlier ones wait, and are not missed in the next life."""
    spool, folder = opened(tmp_path), Folder(tmp_path)
    for seq in range(17):
        spool.append(item(seq))
    spool.append(summary(17))
    spool.settle([("i", seq) for seq in range(5, 18)])
    assert folder.numbers() == [1, 4]
    again = opened(tmp_path)
    assert (seqs(again), again.losses(), again.health().damaged) == ([0, 1, 2, 3, 4], [], 0)


def test_unsummarised(tmp_path: Path) -> None:
    """A start is given the raw rows behind the last summary, settled ones too, in order, with their bodies."""
    spool = opened(tmp_path)
    for one in (item(0), summary(1), item(2)._replace(ticks=0), *map(item, range(3, 12)), item(1, "j")):
        spool.append(one)
    spool.settle([("i", seq) for seq in range(12)])
    again = opened(tmp_path)
    assert again.unsummarised() == [*map(item, range(3, 12)), item(1, "j")]
    again.append(summary(1 << 40))
    assert opened(tmp_path).unsummarised() == []


def test_a_full_spool_gives_up_whole_segments(tmp_path: Path) -> None:
    """The oldest are handed back with their bodies, but for what was settled; what is on the disk counts."""
    spool = opened(tmp_path)
    given_up: list[Item] = []
    for seq in range(200):
        given_up += spool.append(item(seq))
        if seq == 10:
            spool.settle([("i", 3), ("i", 7)])
    kept = seqs(spool)
    assert given_up == [item(seq) for seq in range(kept[0]) if seq not in (3, 7)]
    assert kept == list(range(kept[0], 200))
    files = [file.stat().st_size for file in tmp_path.glob("*.segment")]
    assert LIMIT_BYTES - 300 <= sum(files) == spool.health().disk_bytes <= LIMIT_BYTES
    assert spool.health().given_up == len(given_up)
    assert seqs(opened(tmp_path)) == kept


def test_below_the_floor_the_oldest_are_given_up(tmp_path: Path) -> None:
    """Where less is free than shall be, the spool holds the segment that is written, and no more."""
    spool = DiskSpool(tmp_path, LIMIT_BYTES, floor_bytes=1 << 60)
    given_up = [lost.seq for seq in range(13) for lost in spool.append(item(seq))]
    assert (given_up, seqs(spool)) == (list(range(10)), [10, 11, 12])
    assert spool.volatile() == []


def test_not_too_much_is_given_up_at_once(tmp_path: Path) -> None:
    """Where a large backlog has to go, it goes in pieces that fit into memory."""
    spool = DiskSpool(tmp_path, 1 << 30, floor_bytes=0, sync=lambda _: None)
    for seq in range(40):
        spool.append(item(seq)._replace(body=bytes(1_000_000)))
    spool.close()
    smaller = DiskSpool(tmp_path, 2_500_000, floor_bytes=0)
    given_up = [[lost.seq for lost in smaller.append(item(seq))] for seq in range(40, 46)]
    assert [len(found) for found in given_up] == [9, 9, 9, 9, 2, 0]
    assert [seq for found in given_up for seq in found] == list(range(38))


def test_damage_of_a_running_spool(tmp_path: Path) -> None:
    """What cannot be read any more is lost, counted and told, and the rest is handed out."""
    spool, folder = opened(tmp_path), Folder(tmp_path)
    for seq in range(17):
        spool.append(item(seq))
    data = bytearray(folder.read(1))
    data[places(folder, 1)[2].body] ^= 1
    folder.segment(1).write_bytes(data)
    folder.segment(2).unlink()
    assert spool.oldest(4, 1 << 20) == [item(0), item(1), item(3), item(4)]
    assert seqs(spool) == [0, 1, 3, 4, *range(10, 17)]
    assert spool.losses() == [Loss(1, 1000, 3000), Loss(5, 4000, 10_000)]
    assert (spool.health().damaged, spool.held().count, spool.losses()) == (6, 11, [])
    assert seqs(opened(tmp_path)) == [0, 1, 3, 4, *range(10, 17)]


def test_files_that_cannot_be_opened_for_now(tmp_path: Path) -> None:
    """A process without descriptors loses nothing."""
    fill(tmp_path, range(3))
    spool = opened(tmp_path)
    taken = []
    try:
        while True:
            taken.append(os.dup(0))
    except OSError:
        assert seqs(spool) == []
    for fd in taken:
        os.close(fd)
    assert (seqs(spool), spool.losses()) == ([0, 1, 2], [])


def test_the_folder_is_removed_from_under_a_running_spool(tmp_path: Path) -> None:
    """What was there is lost and told; from then on it goes on in a new folder."""
    path = tmp_path / "spool"
    spool = opened(path)
    for seq in range(3):
        spool.append(item(seq))
    shutil.rmtree(path)
    for seq in range(3, 6):
        assert spool.append(item(seq)) == []
    assert seqs(spool) == [3, 4, 5]
    assert (spool.health().damaged, spool.health().in_memory) == (3, 0)
    spool.close()
    assert seqs(opened(path)) == [3, 4, 5]


def test_close_twice(tmp_path: Path) -> None:
    """A spool that was closed is as it was in the next life."""
    spool = opened(tmp_path)
    spool.append(item(1))
    spool.close()
    spool.close()
    assert seqs(opened(tmp_path)) == [1]


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
    spool = DiskSpool(tmp_path, LIMIT_BYTES, floor_bytes=0, sync=disk.sync)
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
    spool = DiskSpool(tmp_path, LIMIT_BYTES, floor_bytes=0, clock=clock, sync=disk.sync)
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
    spool = DiskSpool(path / "spool", 1000, floor_bytes=0)
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
    spool = DiskSpool(tmp_path, LIMIT_BYTES, floor_bytes=0, sync=disk.sync)
    for one in (*map(item, range(12)), summary(12)):
        spool.append(one)
    disk.failures = 1 << 30
    spool.settle([("i", seq) for seq in range(12)])
    assert Folder(tmp_path).numbers() == [1, 2, 3]
    assert opened(tmp_path).losses() == []
    disk.failures = 0
    spool.settle([("i", 12)])
    assert (Folder(tmp_path).numbers(), spool.health().error) == ([3], "")


def test_a_full_disk(small_disk: Path) -> None:
    """On a real disk that fills up the oldest are given up for the new ones, and every record is accounted for."""
    path = small_disk / "spool"
    spool = DiskSpool(path, 1 << 30, floor_bytes=0)
    given_up = [lost for seq in range(1000) for lost in spool.append(big(seq))]
    assert given_up == [big(seq) for seq in range(len(given_up))]
    kept = list(range(len(given_up), 1000))
    assert (seqs(spool), spool.volatile()) == (kept, [])
    assert len(kept) * 9000 > SMALL_BYTES // 4
    spool.settle([("i", seq) for seq in kept[::2]])
    assert seqs(spool) == kept[1::2]
    assert seqs(DiskSpool(path, 1 << 30, floor_bytes=0)) == kept[1::2]


def test_a_disk_that_others_fill(small_disk: Path) -> None:
    """What finds no room stays in memory; settling needs none; when there is room again all is written."""
    path, clock = small_disk / "spool", HandClock()
    spool = DiskSpool(path, 1 << 30, floor_bytes=0, clock=clock)
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
    assert seqs(DiskSpool(path, 1 << 30, floor_bytes=0)) == list(range(4, 41))


def test_a_full_disk_and_the_floor(small_disk: Path) -> None:
    """By default a twentieth of a small disk stays free."""
    spool = DiskSpool(small_disk / "spool", 1 << 30)
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
    spool = DiskSpool(small_disk / "spool", 1 << 30)
    assert spool.append(big(1)) == []
    assert (seqs(spool), spool.health().in_memory) == ([1], 1)
    spool.close()


def test_a_disk_that_becomes_read_only(small_disk: Path) -> None:
    """What is there is handed out and settled, what comes is kept in memory; when it can be written again all is."""
    path, clock = small_disk / "spool", HandClock()
    fill(path, range(7))
    _remount(small_disk, "ro")
    spool = DiskSpool(path, LIMIT_BYTES, floor_bytes=0, clock=clock)
    spool.append(item(7))
    spool.settle([("i", seq) for seq in range(6)])
    assert (seqs(spool), spool.volatile(), spool.unsummarised()) == ([6, 7], [item(7)], [*map(item, range(7))])
    assert spool.health().error == "Read-only file system"
    _remount(small_disk, "rw")
    clock.advance(60_000)
    assert spool.append(item(8)) == []
    assert (seqs(spool), spool.volatile()) == ([6, 7, 8], [])
    assert seqs(opened(path)) == [6, 7, 8]


def _remount(path: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(path)], timeout=30, check=True)


def big(seq: int) -> Item:
    """An item of 9,000 bytes."""
    return item(seq)._replace(body=f"{seq:09d}".encode() * 1000)
