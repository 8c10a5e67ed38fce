"""Who reads an ingest node's stream: web nodes, as they name themselves."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from tidegauge.cluster.frames import Subscriber

MOST = 256
"""So many are told of at most."""


class Reader:
    """One connection of a reader. pings: whether it sends pings, and so is dead when it sends none. digest: what it
    makes of hosts. is_wrong: it sent what is no order."""

    def __init__(self) -> None:
        self.subscriber: Subscriber | None = None
        self.pings = False
        self.is_wrong = False
        self.digest = ""


class Subscribers:
    """The readers that are connected now. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readers: set[Reader] = set()

    @contextmanager
    def connected(self) -> Iterator[Reader]:
        """A reader for as long as it is connected."""
        reader = Reader()
        with self._lock:
            self._readers.add(reader)
        try:
            yield reader
        finally:
            with self._lock:
                self._readers.discard(reader)

    def all(self) -> list[Subscriber]:
        """Who said who they are, each once, by name."""
        with self._lock:
            named = [(reader.subscriber, reader.digest) for reader in self._readers if reader.subscriber]
        found: dict[Subscriber, str] = {}
        for subscriber, digest in named:
            found[subscriber] = digest or found.get(subscriber, "")
        told = (msgspec.structs.replace(subscriber, digest=digest) for subscriber, digest in found.items())
        return sorted(told, key=lambda one: (one.name, one.url))[:MOST]
