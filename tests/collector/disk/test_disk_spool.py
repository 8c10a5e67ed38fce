"""The spool on disk keeps the contract, and what it promises beyond."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.disk.disk_spool import DiskSpool
from collector.spool import Spool
from tests.collector.spool_contract import SpoolContract, item


class TestDiskSpool(SpoolContract):
    """All of it."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / "spool"

    def make(self, limit_bytes: int) -> Spool:
        return DiskSpool(self.path, limit_bytes, floor_bytes=0)


def test_reopen(tmp_path: Path) -> None:
    """What was appended and not settled is there again, in order, after a close and without one."""
    spool = DiskSpool(tmp_path)
    for seq in range(300):
        spool.append(item(seq, size=4000))
    spool.settle([("i", seq) for seq in range(10, 290)])
    again = DiskSpool(tmp_path)
    left = [item(seq, size=4000) for seq in (*range(10), *range(290, 300))]
    assert again.oldest(999, 1 << 30) == left
    assert again.held().count == 20
    again.close()
    third = DiskSpool(tmp_path)
    assert third.oldest(999, 1 << 30) == left
    assert third.losses() == []
