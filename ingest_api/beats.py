"""The beats of an ingest node: twice a second its readers are told which collectors it has seen (rule 10)."""

from __future__ import annotations

import threading
from collections.abc import Callable

SECONDS = 0.5


class Beats:
    """Calls `beat` until it is closed, as regularly as this machine lets it."""

    def __init__(self, beat: Callable[[], None], seconds: float = SECONDS) -> None:
        self._beat = beat
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="beats", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether its thread runs."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Say nothing more."""
        self._stop.set()
        self._thread.join(5)

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            self._beat()
