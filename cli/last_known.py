"""The ingest nodes a web node knew last, in a file beside it: one that starts while the store is down finds them."""

from __future__ import annotations

import logging
import os
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path

import msgspec

log = logging.getLogger(__name__)

NAME = "ingest-nodes.json"


class _Kept(msgspec.Struct):
    """What the file holds: the store, and the URLs of the nodes that belong to it."""

    store: str
    urls: list[str]


class LastKnown:
    """The file in `folder`, for the nodes of one store. Thread-safe. Nothing rests on it but who is found while the
    store is down: a file that cannot be read or written is one line in the log."""

    def __init__(self, folder: Path, store: str) -> None:
        self._path = folder / NAME
        self._store = store
        self._lock = threading.Lock()
        self._urls: set[str] = set()
        self._failure = ""

    def read(self) -> list[str]:
        """The URLs; none where there is no file, or it is of another store."""
        try:
            kept = msgspec.json.decode(self._path.read_bytes(), type=_Kept)
        except FileNotFoundError:
            return []
        except (OSError, msgspec.DecodeError, UnicodeError, RecursionError) as error:
            self._say(f"cannot be read: {error}")
            return []
        return kept.urls if kept.store == self._store else []

    def keep(self, urls: Iterable[str]) -> None:
        """Write them, if they are others than were written last; a list without any stands for no knowledge."""
        fresh = {*urls}
        with self._lock:
            if fresh and fresh != self._urls:
                try:
                    self._write(sorted(fresh))
                except OSError as error:
                    self._say(f"cannot be written: {error}")
                else:
                    self._urls, self._failure = fresh, ""

    def _write(self, urls: list[str]) -> None:
        """The whole file, or the one before."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        number, draft = tempfile.mkstemp(dir=self._path.parent)
        try:
            with os.fdopen(number, "wb") as file:
                file.write(msgspec.json.encode(_Kept(self._store, urls)))
            Path(draft).replace(self._path)
        except OSError:
            Path(draft).unlink(missing_ok=True)
            raise

    def _say(self, failure: str) -> None:
        if failure != self._failure:
            self._failure = failure
            consequence = "started while the store is down, this node finds only the nodes of TIDEGAUGE_PEERS"
            log.warning("ingest_nodes_not_kept path=%s reason=%.200r consequence=%r", self._path, failure, consequence)
