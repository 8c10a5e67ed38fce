"""Events as they are read; they are written as the lines of records (`rows`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tidegauge.metrics.records import Event
from tidegauge.storage.base import StoredEvent
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.layout import pattern

PAGE = 10_000
"""What a server gives at most at once."""
PARAMS: dict[str, str | int | bool] = {"allow_partial_search_results": False, "filter_path": "hits.hits"}


def read(connection: Connection, start_ms: int, end_ms: int, hosts: Sequence[str] | None) -> list[StoredEvent]:
    """What `Store.events` promises."""
    within = {"range": {"@timestamp": {"gte": start_ms, "lt": end_ms, "format": "epoch_millis"}}}
    conditions: list[dict[str, Any]] = [within]
    if hosts is not None:
        conditions.append({"terms": {"host.id": list(hosts)}})
    body: dict[str, Any] = {
        "query": {"bool": {"filter": conditions}},
        "sort": ["time_ns", "id"],
        "size": PAGE,
        "track_total_hits": False,
    }
    found: list[StoredEvent] = []
    while True:
        answer = connection.call("POST", f"/{pattern('events')}/_search", params=PARAMS, body=body)[1]
        hits = answer.get("hits", {}).get("hits", [])
        found += [_event(hit["_source"]) for hit in hits]
        if len(hits) < PAGE:
            return found
        body["search_after"] = hits[-1]["sort"]


def _event(stored: dict[str, Any]) -> StoredEvent:
    event = Event(stored["entity"]["id"], stored["time_ns"], stored["kind"], stored["attributes"])
    return StoredEvent(stored["id"], stored["host"]["id"], event)
