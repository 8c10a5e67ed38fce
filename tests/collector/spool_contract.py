"""The contract of every spool: a backend's test class inherits it and makes one in `make`."""

from __future__ import annotations

import threading

from collector.spool import Item, Spool
from tidegauge.metrics.wire import Queue


def item(seq: int, size: int = 10, incarnation: str = "i") -> Item:
    """An item whose row was taken at 1000 × seq ms."""
    return Item(incarnation, seq, 1000 * seq, 1000 * seq, bytes(size))


class SpoolContract:
    """What collector.spool.Spool promises."""

    def make(self, limit_bytes: int) -> Spool:
        """A fresh spool."""
        raise NotImplementedError

    def test_order(self) -> None:
        """Items come back in the order they were appended, as often as they are asked for."""
        spool = self.make(100_000)
        for seq in (3, 1, 2):
            assert spool.append(item(seq)) == []
        assert [found.seq for found in spool.oldest(10, 1000)] == [3, 1, 2]
        assert [found.seq for found in spool.oldest(10, 1000)] == [3, 1, 2]

    def test_settle(self) -> None:
        """Settled items are gone; a key that is not here is no error."""
        spool = self.make(100_000)
        for seq in range(3):
            spool.append(item(seq))
        spool.settle([("i", 1), ("i", 99)])
        assert [found.seq for found in spool.oldest(10, 1000)] == [0, 2]
        assert (spool.holds(("i", 1)), spool.holds(("i", 2)), spool.size_bytes()) == (False, True, 20)

    def test_oldest_is_bounded(self) -> None:
        """So many records, so many bytes, yet at least one, and none of those left out."""
        spool = self.make(100_000)
        for seq in range(5):
            spool.append(item(seq, size=100))
        assert [found.seq for found in spool.oldest(2, 1000)] == [0, 1]
        assert [found.seq for found in spool.oldest(9, 250)] == [0, 1]
        assert [found.seq for found in spool.oldest(9, 1)] == [0]
        assert [found.seq for found in spool.oldest(2, 1000, {("i", 0), ("i", 2)})] == [1, 3]

    def test_drops_the_oldest(self) -> None:
        """Where a new item does not fit, the oldest are handed back with their bodies, never the new one."""
        spool = self.make(100_000)
        for seq in range(4):
            spool.append(item(seq, size=30_000))
        assert spool.append(item(9, size=60_000)) == [item(1, size=30_000), item(2, size=30_000)]
        assert [found.seq for found in spool.oldest(9, 1_000_000)] == [3, 9]
        assert [found.seq for found in spool.append(item(10, size=500_000))] == [3, 9]
        assert spool.size_bytes() == 500_000

    def test_items_come_back_whole(self) -> None:
        """All of an item's fields are those that were appended."""
        spool = self.make(100_000)
        odd = Item("1700000000000-é", (1 << 40) + 7, -5, 1 << 42, b"\0\xff" * 20, ticks=0, summary=True)
        spool.append(odd)
        assert spool.oldest(9, 1000) == [odd]

    def test_held(self) -> None:
        """Count and span of all items but those asked to be left out."""
        spool = self.make(100_000)
        assert spool.held() == Queue()
        for seq in range(1, 5):
            spool.append(item(seq))
        assert spool.held() == Queue(4, 1000, 4000)
        assert spool.held({("i", 4), ("i", 1)}) == Queue(2, 2000, 3000)
        assert spool.held({("i", seq) for seq in range(9)}) == Queue()

    def test_held_after_a_clock_was_set_back(self) -> None:
        """A span never ends before it begins."""
        spool = self.make(100_000)
        spool.append(item(9))
        spool.append(item(0, incarnation="j"))
        assert spool.held() == Queue(2, 0, 9000)

    def test_threads(self) -> None:
        """Any thread may append and settle at any time."""
        spool = self.make(1_000_000)

        def fill(incarnation: str) -> None:
            for seq in range(200):
                spool.append(item(seq, incarnation=incarnation))
                spool.oldest(5, 100)
                spool.settle([(incarnation, seq - 1)])

        threads = [threading.Thread(target=fill, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(found.key for found in spool.oldest(99, 1000)) == [(name, 199) for name in "abcd"]
