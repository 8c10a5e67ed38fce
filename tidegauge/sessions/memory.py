"""The last known documents of some collections: one thread reads them every few seconds, requests read memory.

While the store is down what was known last stands, and `read_only` is true.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from tidegauge.storage.base import Document, Documents, StoreError

log = logging.getLogger(__name__)

EVERY_SECONDS = 3.0
"""What one node wrote, every node knows after this and the store's answer."""

Take = Callable[[Sequence[Document]], None]


class Memory:
    """Follows collections, from the next reading on; a `take` gets all documents of its collection, from one
    thread at a time."""

    def __init__(self, documents: Documents, every_seconds: float = EVERY_SECONDS) -> None:
        self._documents = documents
        self._every_seconds = every_seconds
        self._takes: dict[str, Take] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="documents-reader", daemon=True)
        self.read_only = False
        """Whether the store could not be read, or not be written, the last time."""

    def follow(self, collection: str, take: Take) -> None:
        """Have `take` called with what a collection holds, after each reading."""
        self._takes = {**self._takes, collection: take}

    def start(self) -> None:
        """Read once, then go on in a thread of its own; a store that is down is no reason not to start."""
        self.refresh()
        self._thread.start()

    def refresh(self) -> bool:
        """Read everything now; whether the store answered, and took what there was to write."""
        with self._lock:
            self._note(self._read())
            return not self.read_only

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Stop the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def _run(self) -> None:
        while not self._stop.wait(self._every_seconds):
            self.refresh()

    def _read(self) -> StoreError | None:
        """Why not all was read or written. One that is read and takes nothing keeps no collection from its reader."""
        failure = None
        for collection, take in self._takes.items():
            try:
                found = self._documents.list(collection)
            except StoreError as error:
                return error
            try:
                take(found)
            except StoreError as error:
                failure = error
        return failure

    def _note(self, error: StoreError | None) -> None:
        if error and not self.read_only:
            log.warning("documents_not_read error=%s", error)
        elif self.read_only and not error:
            log.info("documents_read_again")
        self.read_only = error is not None
