"""How the store is, asked beside everything else: whoever wants to know never waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from tidegauge.storage.base import Health, Store

PERIOD_SECONDS = 1.0


class StoreHealth:
    """Asks a store how it is, in a thread of its own, at most once a second and while somebody wants to know."""

    def __init__(self, store: Store, monotonic_ms: Callable[[], float]) -> None:
        self._store = store
        self._monotonic_ms = monotonic_ms
        self._wanted = threading.Event()
        self._stop = threading.Event()
        self._known: tuple[Health, float] | None = None
        self.thread = threading.Thread(target=self._run, name="store-health", daemon=True)

    def status(self) -> dict[str, Any]:
        """What is known now, and have it asked again: ok (None: not answered yet), detail, bytes and samples
        (None: not known), age_ms of all that (None: not answered yet)."""
        self._wanted.set()
        if self._known is None:
            return {"ok": None, "detail": "not asked yet", "bytes": None, "samples": None, "age_ms": None}
        health, at_ms = self._known
        return {**health._asdict(), "age_ms": round(self._monotonic_ms() - at_ms)}

    def close(self) -> None:
        """Ask no more."""
        self._stop.set()
        self._wanted.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wanted.wait()
            self._wanted.clear()
            if not self._stop.is_set():
                self._known = self._store.health(), self._monotonic_ms()
                self._stop.wait(PERIOD_SECONDS)
