"""The pulse of an ingest node: once a second its readers are told how it does."""

from __future__ import annotations

import threading

import tidegauge
from ingest_api.committer import Committer
from ingest_api.subscribers import Subscribers
from tidegauge.clock import Clock
from tidegauge.cluster import frames
from tidegauge.cluster.frames import NODE_TOPIC, Working
from tidegauge.cluster.hub import Hub
from tidegauge.cluster.roll import Roll

SECONDS = 1.0


class Pulse:
    """Publishes Working until it is closed. A link that hears nothing for some seconds knows by that."""

    def __init__(
        self,
        node: str,
        hub: Hub,
        committer: Committer,
        clock: Clock,
        roll: Roll,
        subscribers: Subscribers,
        seconds: float = SECONDS,
    ) -> None:
        self._node = node
        self._roll = roll
        self._subscribers = subscribers
        self._hub = hub
        self._committer = committer
        self._clock = clock
        self._seconds = seconds
        self._began_ms = clock.monotonic_ms()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)
        self._thread.start()

    def frame(self) -> bytes:
        """How the node does now."""
        progress = self._committer.progress()
        working = Working(
            node=self._node,
            version=tidegauge.__version__,
            up_ms=round(self._clock.monotonic_ms() - self._began_ms),
            store=progress.failure,
            commit_ms=progress.commit_ms,
            waiting=progress.waiting,
            waiting_bytes=progress.waiting_bytes,
            records=progress.records,
            retried=progress.retried,
            readers=self._hub.readers(),
            subscribers=self._subscribers.all(),
            nodes=self._roll.urls(),
            wall_ms=self._clock.wall_ms(),
            twin=self._roll.twin,
        )
        return frames.encode(working)

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
            self._hub.publish(NODE_TOPIC, self.frame())
