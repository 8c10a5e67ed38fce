"""The spool on disk keeps the contract, and what it promises beyond."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from collector.disk.folder import Folder
from collector.disk.losses import Loss
from collector.spool import Item, Spool
from tests.collector.disk.filled import LIMIT_BYTES, fill, item, opened, patient, places, seqs, summary
from tests.collector.spool_contract import SpoolContract


class TestDiskSpool(SpoolContract):
    """All of it."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / "spool"

    def make(self, limit_bytes: int) -> Spool:
        return patient(self.path, limit_bytes, floor_bytes=0)


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
    spool = patient(tmp_path, LIMIT_BYTES, floor_bytes=1 << 60)
    given_up = [lost.seq for seq in range(13) for lost in spool.append(item(seq))]
    assert (given_up, seqs(spool)) == (list(range(10)), [10, 11, 12])
    assert spool.volatile() == []


def test_not_too_much_is_given_up_at_once(tmp_path: Path) -> None:
    """Where a large backlog has to go, it goes in pieces that fit into memory."""
    spool = patient(tmp_path, 1 << 30, floor_bytes=0, sync=lambda _: None)
    for seq in range(40):
        spool.append(item(seq)._replace(body=bytes(1_000_000)))
    spool.close()
    smaller = patient(tmp_path, 2_500_000, floor_bytes=0)
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
