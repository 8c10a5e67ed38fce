"""Pull the cable: for some seconds a collector's connections are closed unanswered.

A demonstration of what an outage looks like, for whoever tries Tidegauge out; in memory only.
"""

from __future__ import annotations

import threading

MAX_SECONDS = 60


class Cable:
    """Whose cable is pulled, and until when (monotonic ms). Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: dict[str, float] = {}

    def pull(self, host: str, seconds: float, now_ms: float) -> float:
        """Cut a host off for some seconds, at most MAX_SECONDS; how many it will be."""
        seconds = max(0.0, min(seconds, MAX_SECONDS))
        with self._lock:
            self._until = {h: until for h, until in self._until.items() if until > now_ms}
            self._until[host] = now_ms + seconds * 1000
        return seconds

    def is_pulled(self, host: str, now_ms: float) -> bool:
        """Whether a host is cut off now."""
        with self._lock:
            return self._until.get(host, 0.0) > now_ms
