"""Small look-ups of pages: the last day's span, an entity's newest values."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from app.node import WebNode
from tidegauge.metrics.parts import Series
from tidegauge.storage.base import StoreError

log = logging.getLogger(__name__)

DAY_MS = 86_400_000
RECENT_MS = 60_000


def day(node: WebNode) -> tuple[int, int]:
    """The last day to the end of the next: clocks of hosts may differ from the server's."""
    now = node.presence.server_now()
    return now - DAY_MS, now + DAY_MS


def values(node: WebNode, entity: str, metrics: Sequence[str]) -> dict[str, float]:
    """The newest value of each metric within the last minute, from the window or the store; if that does not answer,
    what it answered last."""
    found: dict[str, float] = {}
    for row in node.window.rows(entity):
        found.update({name: row.values[name] for name in metrics if name in row.values})
    if len(found) < len(metrics):
        found = {**_stored(node, entity, metrics), **found}
    node.entities.keep(entity, found)
    return found


def _stored(node: WebNode, entity: str, metrics: Sequence[str]) -> dict[str, float]:
    known = node.entities.get(entity)
    now = node.presence.host_now(known.host if known else entity)
    series = [Series(entity, name, node.entities.kind(name)) for name in metrics]
    try:
        parts = node.samples.rows(series, now - RECENT_MS)
    except StoreError as error:
        log.warning("latest_without_store error=%s", error)
        return {name: value for name, value in node.entities.kept(entity).items() if name in metrics}
    return {parts.keys[s].metric: value for s, value in zip(parts.series.tolist(), parts.last.tolist(), strict=True)}
