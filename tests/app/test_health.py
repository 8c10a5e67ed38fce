"""How the store is, asked beside everything else."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import cast

from app.health import StoreHealth
from tests.clocks import HandClock
from tidegauge.storage.base import Health, Store


def test_nobody_waits_for_a_store_that_does_not_answer() -> None:
    """It is asked because somebody wants to know; what is known is told at once, with its age."""
    asked, gate, clock = threading.Semaphore(0), threading.Event(), HandClock()

    def slow() -> Health:
        asked.release()
        assert gate.wait(10)
        return Health(True, "all is well", 5, None)

    health = StoreHealth(cast(Store, SimpleNamespace(health=slow)), clock.monotonic_ms)
    health.thread.start()
    assert not asked.acquire(timeout=0.05)
    assert health.status()["ok"] is None
    assert asked.acquire(timeout=10)
    assert health.status()["age_ms"] is None
    clock.advance(3_000)
    assert health.status()["waited_ms"] == 3_000
    health.look(0.01)
    gate.set()
    health.look(10)
    clock.advance(700)
    told = {**health.status(), "waited_ms": 0}
    assert told == {"ok": True, "detail": "all is well", "bytes": 5, "samples": None, "age_ms": 700, "waited_ms": 0}
    health.close()
    health.thread.join(10)
    assert not health.thread.is_alive()
