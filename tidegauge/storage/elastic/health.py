"""How the cluster is, as far as our indices go: asked at most once a second."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

from tidegauge.storage.base import Health, StoreError
from tidegauge.storage.elastic.connection import HEALTH_SECONDS, Connection
from tidegauge.storage.elastic.failures import UNBLOCK
from tidegauge.storage.elastic.indices import Indices
from tidegauge.storage.elastic.inventory import foreign
from tidegauge.storage.elastic.layout import DOCUMENTS, EVERYTHING
from tidegauge.storage.elastic.setup import Setup

FRESH_SECONDS = 1.0
SIZE_SECONDS = 10.0
"""How long a size stands; the server itself counts anew every 10 s."""


class Watch:
    """Looks at the cluster for any number of threads: one looks, the others get what was seen last."""

    def __init__(self, connection: Connection, setup: Setup, indices: Indices) -> None:
        self._connection = connection
        self._setup = setup
        self._indices = indices
        self._lock = threading.Lock()
        self._seen = Health(False, "not asked yet", 0, None)
        self._seen_at = self._sized_at = float("-inf")

    def health(self) -> Health:
        """What `Store.health` promises."""
        is_first = self._seen_at < 0
        if self._lock.acquire(blocking=is_first):
            try:
                if time.monotonic() - self._seen_at > FRESH_SECONDS:
                    self._seen = self._look()
                    self._seen_at = time.monotonic()
            finally:
                self._lock.release()
        return self._seen

    def _look(self) -> Health:
        size = self._seen.bytes
        try:
            problems = [*self._red(), *self._blocked(), *self._foreign()]
            self._setup.ensure()
            size = self._size()
        except StoreError as error:
            return Health(False, f"{error}; {error.hint}" if error.hint else str(error), size, None)
        notes = self._indices.notes()
        return Health(not problems, "; ".join([*problems, *notes]) or "all is well", size, None)

    def _red(self) -> list[str]:
        """Indices of which a part is not there."""
        params = {"level": "indices", "filter_path": "status,indices.*.status"}
        found = self._ask(f"/_cluster/health/{EVERYTHING}", params).get("indices", {})
        names = sorted(name for name, index in found.items() if index["status"] == "red")
        return [f"red, a part of them is not available: {', '.join(names[:5])}"] if names else []

    def _blocked(self) -> list[str]:
        """Why the server takes no writes, of all or of indices that are written to."""
        found = self._ask(f"/_cluster/state/blocks/{EVERYTHING}", {"filter_path": "blocks"}).get("blocks", {})
        everywhere = list(found.get("global", {}).values())
        used = self._indices.used | {DOCUMENTS}
        of_index = [(name, block) for name, blocks in found.get("indices", {}).items() for block in blocks.values()]
        told = [str(block["description"]) for block in everywhere]
        told += [f"{block['description']} of {name}" for name, block in sorted(of_index) if name in used]
        return [f"Elasticsearch takes no writes: {'; '.join(told[:3])}; {UNBLOCK}"] if told else []

    def _foreign(self) -> list[str]:
        """Indices that rows need and that are not ours; `Setup` finds those that are there when it begins."""
        names = sorted(self._indices.foreign)
        return [str(foreign(names))] if names else []

    def _size(self) -> int:
        if time.monotonic() - self._sized_at > SIZE_SECONDS:
            found = self._ask(f"/{EVERYTHING}/_stats/store", {"filter_path": "_all.total.store.size_in_bytes"})
            self._sized_at = time.monotonic()
            return int(found.get("_all", {}).get("total", {}).get("store", {}).get("size_in_bytes", 0))
        return self._seen.bytes

    def _ask(self, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        return self._connection.call("GET", path, params=params, timeout=HEALTH_SECONDS)[1]
