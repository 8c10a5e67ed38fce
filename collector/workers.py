"""A few threads that many senders share; each has its own connections and is begun when it is needed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import NamedTuple

from collector.transport import Connections

Job = Callable[[Connections], None]


class Workers:
    """At most `size` daemon threads. Any thread may hand jobs in; jobs must not raise."""

    def __init__(self, size: int, name: str) -> None:
        self._size = size
        self._name = name
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._begun = 0
        self._idle = 0

    def try_run(self, job: Job) -> bool:
        """Run a job at once on a thread that is free; False if none is."""
        with self._lock:
            if self._idle:
                self._idle -= 1
            elif self._begun < self._size:
                self._begun += 1
                threading.Thread(target=self._work, name=f"{self._name}-{self._begun}", daemon=True).start()
            else:
                return False
        self._jobs.put(job)
        return True

    def close(self) -> None:
        """Let the threads end when they are done; no job may be handed in after this."""
        with self._lock:
            for _ in range(self._begun):
                self._jobs.put(None)

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

    def close(self) -> None:
        """Let all threads end."""
        self.live.close()
        self.resend.close()


def lanes(senders: int) -> Lanes:
    """Threads for so many senders in one process: for one, its four live requests and its one resend.

    Many senders seldom need their four at once: a request takes milliseconds, so 64 threads serve
    thousands; when a server hangs, records without a thread join the backlog (rule 5).
    """
    return Lanes(Workers(min(4 * senders, 64), "live"), Workers(min(senders, 8), "resend"))
