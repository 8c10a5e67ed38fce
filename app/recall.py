"""What a web node that starts can know of collectors before it hears them: the store's word.

A host was last seen when its newest row was taken; it is stopped if its collector's last word was so.
"""

from __future__ import annotations

from tidegauge.cluster.frames import Seen
from tidegauge.metrics.events import COLLECTOR_STARTED, COLLECTOR_STOPPED
from tidegauge.metrics.records import HOST
from tidegauge.metrics.steps import DAY
from tidegauge.metrics.wire import Queue
from tidegauge.storage.base import EntityInfo, Store


def hosts(store: Store, now_ms: int) -> list[EntityInfo]:
    """The hosts that have rows within the last day. Raises StoreError."""
    return [info for info in store.entities(now_ms - DAY, now_ms + DAY) if info.entity.kind == HOST]


def facts(store: Store, now_ms: int) -> list[Seen]:
    """How each host of the last day was seen last, as facts with their age. Raises StoreError."""
    words: dict[str, str] = {}
    for one in store.events(now_ms - DAY, now_ms + DAY):
        if one.event.kind in (COLLECTOR_STARTED, COLLECTOR_STOPPED):
            words[one.host] = one.event.kind
    return [_seen(info, words.get(info.host, ""), now_ms) for info in hosts(store, now_ms)]


def _seen(info: EntityInfo, word: str, now_ms: int) -> Seen:
    return Seen(
        host=info.host,
        name=info.entity.attributes.get("host.name", info.host),
        incarnation=info.incarnation,
        seq=-1,
        period_ms=info.entity.period_ms,
        now_ms=info.last_ms,
        offset_ms=0,
        queue=Queue(),
        stopping=word == COLLECTOR_STOPPED,
        ago_ms=max(0, now_ms - info.last_ms),
        newest_ms=info.last_ms,
    )
