"""Retention: whole indices are deleted; of the month in which it ends, its events one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegauge.storage.elastic import bulk
from tidegauge.storage.elastic.connection import WRITE_SECONDS, Connection
from tidegauge.storage.elastic.inventory import survey
from tidegauge.storage.elastic.layout import named, pattern
from tidegauge.storage.elastic.rows import Oldest

PAGE = 5_000


def retire(connection: Connection, oldest: Oldest) -> list[str]:
    """Give up what is older; the names of the indices that went. Only indices of ours go. Raises StoreError."""
    gone = [name for name in survey(connection).ours if _is_past(name, oldest)]
    for name in gone:
        connection.call("DELETE", f"/{name}", params={"timeout": "5s"}, timeout=WRITE_SECONDS, allow=(404,))
    while _delete_events(connection, oldest.summary_ms) == PAGE:
        pass
    return sorted(gone)


def _is_past(name: str, oldest: Oldest) -> bool:
    index = named(name)
    if index is None:
        return False
    return index.end_ms <= (oldest.raw_ms if name.startswith(pattern("raw")[:-1]) else oldest.summary_ms)


def _delete_events(connection: Connection, oldest_ms: int) -> int:
    """Delete a page of events; how many went, 0 where some cannot be deleted now."""
    body: Mapping[str, Any] = {
        "query": {"range": {"@timestamp": {"lt": oldest_ms, "format": "epoch_millis"}}},
        "size": PAGE,
        "_source": False,
    }
    params = {"filter_path": "hits.hits._index,hits.hits._id"}
    found = connection.call("POST", f"/{pattern('events')}/_search", params=params, body=body)[1]
    hits = found.get("hits", {}).get("hits", [])
    lines = (b'{"delete":{"_index":"%b","_id":"%b"}}\n' % (hit["_index"].encode(), hit["_id"].encode()) for hit in hits)
    verdicts = bulk.send(connection, lines, refresh=True)
    return len(hits) if all(verdict.fate == "stored" for verdict in verdicts) else 0
