"""The spool in memory keeps the contract."""

from __future__ import annotations

from collector.memory_queue import MemoryQueue
from collector.spool import Spool
from tests.collector.spool_contract import SpoolContract


class TestMemoryQueue(SpoolContract):
    """All of it."""

    def make(self, limit_bytes: int) -> Spool:
        return MemoryQueue(limit_bytes)
