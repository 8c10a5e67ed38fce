"""A spool in memory: it is lost with the process, also with a killed one."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from itertools import islice

from collector.spool import Item, Key
from tidegauge.metrics.wire import Queue

DEFAULT_LIMIT_BYTES = 64 << 20
ROOM = 16
"""A full queue makes a sixteenth of it free at once: few long spans are given up, not many short ones."""


class MemoryQueue:
    """Items in a dictionary, which keeps the order they came in."""

    def __init__(self, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self.limit_bytes = limit_bytes
        self._items: dict[Key, Item] = {}
        self._size = 0
        self._lock = threading.Lock()

    def append(self, item: Item) -> list[Item]:
        given_up = []
        with self._lock:
            if self._size + len(item.body) > self.limit_bytes:
                left = self.limit_bytes - self.limit_bytes // ROOM - len(item.body)
                while self._items and self._size > left:
                    given_up.append(self._remove(next(iter(self._items))))
            self._items[item.key] = item
            self._size += len(item.body)
        return given_up

    def settle(self, keys: Iterable[Key]) -> None:
        with self._lock:
            for key in keys:
                if key in self._items:
                    self._remove(key)

    def oldest(self, records: int, size_bytes: int, besides: Collection[Key] = ()) -> list[Item]:
        found: list[Item] = []
        left = size_bytes
        with self._lock:
            for item in islice(self._others(besides), records):
                left -= len(item.body)
                if found and left < 0:
                    break
                found.append(item)
        return found

    def holds(self, key: Key) -> bool:
        with self._lock:
            return key in self._items

    def held(self, besides: Collection[Key] = ()) -> Queue:
        with self._lock:
            first = next(iter(self._others(besides)), None)
            last = next((item for key, item in reversed(self._items.items()) if key not in besides), None)
            if first is None or last is None:
                return Queue()
            count = len(self._items) - sum(key in self._items for key in besides)
        return Queue(count, min(first.from_ms, last.from_ms), max(first.to_ms, last.to_ms))

    def size_bytes(self) -> int:
        with self._lock:
            return self._size

    def volatile(self) -> list[Item]:
        with self._lock:
            return list(self._items.values())

    def _others(self, besides: Collection[Key]) -> Iterable[Item]:
        return (item for key, item in self._items.items() if key not in besides)

    def _remove(self, key: Key) -> Item:
        item = self._items.pop(key)
        self._size -= len(item.body)
        return item
