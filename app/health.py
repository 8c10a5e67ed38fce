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
        self._answered = threading.Condition()
        self._known: tuple[Health, float] | None = None
        self._asked_ms: float | None = None
        self.thread = threading.Thread(target=self._run, name="store-health", daemon=True)

    def status(self) -> dict[str, Any]:
        """What is known now, and have it asked again: ok (None: not answered yet), detail, bytes and samples
        (None: not known), age_ms of all that (None: not answered yet), waited_ms for the answer that is under way
        (0: none is)."""
        self._wanted.set()
        now, asked_ms = self._monotonic_ms(), self._asked_ms
        waited = {"waited_ms": 0 if asked_ms is None else round(now - asked_ms)}
        if self._known is None:
            return {"ok": None, "detail": "not asked yet", "bytes": None, "samples": None, "age_ms": None, **waited}
        health, at_ms = self._known
        return {**health._asdict(), "age_ms": round(now - at_ms), **waited}

    def look(self, seconds: float) -> None:
        """Have it asked, and wait so long at most for an answer that is about as young as those who watch have."""
        self._wanted.set()
        with self._answered:
            self._answered.wait_for(self._is_fresh, seconds)

    def close(self) -> None:
        """Ask no more."""
        self._stop.set()
        self._wanted.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wanted.wait()
            self._wanted.clear()
            if not self._stop.is_set():
                self._ask()
                self._stop.wait(PERIOD_SECONDS)

    def _ask(self) -> None:
        self._asked_ms = self._monotonic_ms()
        health = self._store.health()
        with self._answered:
            self._known, self._asked_ms = (health, self._monotonic_ms()), None
            self._answered.notify_all()

    def _is_fresh(self) -> bool:
        return self._known is not None and self._monotonic_ms() - self._known[1] <= 2_000 * PERIOD_SECONDS
