"""Work that is to be done a while later, by whoever keeps time."""

from __future__ import annotations

import threading
from collections.abc import Callable

Work = Callable[[], None]


class Later:
    """Work and when it is due, monotonic. Thread-safe; `run` is for one thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[float, Work]] = []

    def add(self, due_ms: float, work: Work) -> None:
        """Have something done by the first `run` at or after `due_ms`."""
        with self._lock:
            self._waiting.append((due_ms, work))

    def run(self, now_ms: float) -> None:
        """Do what is due, in the order it was added."""
        with self._lock:
            due = [work for due_ms, work in self._waiting if due_ms <= now_ms]
            self._waiting = [one for one in self._waiting if one[0] > now_ms]
        for work in due:
            work()
