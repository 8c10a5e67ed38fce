"""What each browser is told of its web node's links and store, when that changes; and that the node is there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from app import diagnosis, messages
from app.health import StoreHealth
from tidegauge.cluster.remote import LinkState
from tidegauge.settings import shown

LOOK_MS = 400
"""How old what browsers are told of may be: all of them are told the same."""
BEAT = messages.encode({"type": "beat"})
"""What a browser hears when nothing else is told: silence means that the node is not there."""

Cause = tuple[Any, ...]


class LinkNews:
    """The message `links`, made when its causes change; thread-safe, for the threads that send to browsers."""

    def __init__(
        self, health: StoreHealth, links: Callable[[], Sequence[LinkState]], monotonic_ms: Callable[[], float]
    ) -> None:
        self._health = health
        self._links = links
        self._monotonic_ms = monotonic_ms
        self._lock = threading.Lock()
        self._looked_ms = float("-inf")
        self._store_ms: float | None = None
        """Since when the store does not answer or work, monotonic; None: it does."""
        self._cause: Cause | None = None

    def cause(self) -> Cause:
        """What the message rests on; a browser that was told of the same is told nothing."""
        now_ms = self._monotonic_ms()
        with self._lock:
            if self._cause is None or now_ms - self._looked_ms >= LOOK_MS:
                self._looked_ms, self._cause = now_ms, self._look(now_ms)
            return self._cause

    def text(self, cause: Cause) -> str:
        """The message. for_ms: since when, counted at sending."""
        links, store = cause
        now_ms = self._monotonic_ms()
        told = [
            {
                "name": name,
                "failure": failure,
                "dead": dead,
                "for_ms": max(0, round(now_ms - since_ms)),
            }
            for name, failure, dead, since_ms in links
        ]
        text, detail, since_ms = store
        for_ms = max(0, round(now_ms - since_ms)) if text else 0
        return messages.encode(
            {"type": "links", "links": told, "store": {"text": text, "detail": detail, "for_ms": for_ms}}
        )

    def _look(self, now_ms: float) -> Cause:
        links = tuple((link.node or shown(link.url), link.failure, link.dead, link.since_ms) for link in self._links())
        return links, self._store(self._health.status(), now_ms)

    def _store(self, status: dict[str, Any], now_ms: float) -> tuple[str, str, float]:
        """Why the store serves nothing, "" if it does; its own words; since when."""
        level, text = diagnosis.answer(status["ok"], status["waited_ms"])
        if level != "bad":
            self._store_ms = None
            return "", "", 0.0
        if self._store_ms is None:
            self._store_ms = now_ms - status["waited_ms"]
        return text, status["detail"] if text == "does not work" else "", self._store_ms
