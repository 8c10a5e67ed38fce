"""A few threads that many senders share; each has its own connections and is begun when it is needed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import NamedTuple

from collector.sending.transport import Connections

Job = Callable[[Connections], None]


class Workers:
    """At most `size` daemon threads. Any thread may hand jobs in; jobs must not raise."""

    def __init__(self, size: int, name: str) -> None:
        self.size = size
        self._open = True
        self._name = name
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._idle = 0

    def try_run(self, job: Job) -> bool:
        """Run a job at once on a thread that is free; False if none is."""
        with self._lock:
            if not self._open:
                return False
            if self._idle:
                self._idle -= 1
            elif len(self._threads) < self.size:
                self._begin()
            else:
                return False
        self._jobs.put(job)
        return True

    def close(self, seconds: float = 0) -> None:
        """Let the threads end when they are done, and wait at most so long; no job may come after this."""
        with self._lock:
            threads, self._open = self._threads, False
        for _ in threads:
            self._jobs.put(None)
        for thread in threads:
            thread.join(seconds)

    def _begin(self) -> None:
        thread = threading.Thread(target=self._work, name=f"{self._name}-{len(self._threads)}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        connections = Connections()
        while (job := self._jobs.get()) is not None:
            job(connections)
            with self._lock:
                self._idle += 1
        connections.close()


class Lanes(NamedTuple):
    """Threads for new records and threads for resends: neither can take the other's."""

    live: Workers
    resend: Workers

    def close(self, seconds: float = 0) -> None:
        """Let all threads end, and wait at most so long for each."""
        self.live.close(seconds)
        self.resend.close(seconds)


def lanes(senders: int) -> Lanes:
    """Threads for so many senders in one process: for one, its four live requests and its one resend.

    Many senders seldom need their four at once: a request takes milliseconds, so 64 threads serve
    thousands; when a server hangs, records without a thread join the backlog (rule 5).
    """
    return Lanes(Workers(min(4 * senders, 64), "live"), Workers(min(senders, 8), "resend"))
