"""What a web node that starts can know of collectors before it hears them: the store's word.

A host was last seen when its newest row was taken; it is stopped if its collector's last word was so.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from app.entities import Entities
from app.presence import Presence
from tidegauge.clock import Clock
from tidegauge.cluster.frames import Seen
from tidegauge.metrics.events import COLLECTOR_STARTED, COLLECTOR_STOPPED
from tidegauge.metrics.records import HOST
from tidegauge.metrics.steps import DAY
from tidegauge.metrics.wire import Queue
from tidegauge.queries.known import Known
from tidegauge.storage.base import EntityInfo, Store, StoreError

log = logging.getLogger(__name__)

RETRY_SECONDS = 2.0
"""How long a store that failed is left alone."""


class Recaller:
    """A thread that takes what the store knows, as soon as it says it. tell: of entities that were not known.
    recalled: it did, or the store failed."""

    def __init__(
        self,
        store: Store,
        entities: Entities,
        presence: Presence,
        tell: Callable[[Known], None],
        clock: Clock,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._store = store
        self._entities = entities
        self._presence = presence
        self._tell = tell
        self._clock = clock
        self._retry_seconds = retry_seconds
        self.stop = threading.Event()
        self.recalled = threading.Event()
        self.thread = threading.Thread(target=self._run, name="recaller", daemon=True)

    def recall(self) -> None:
        """Take it once. Raises StoreError."""
        now_ms, monotonic_ms = self._clock.wall_ms(), self._clock.monotonic_ms()
        self._entities.learn_metrics()
        for info in hosts(self._store, now_ms):
            if self._entities.note(info.host, info.entity, monotonic_ms - max(0, now_ms - info.last_ms)):
                self._tell(Known(info.host, info.entity))
        for seen in facts(self._store, now_ms):
            self._presence.see(seen, 0)

    def _run(self) -> None:
        while not self.stop.is_set():
            try:
                self.recall()
            except StoreError as error:
                if not self.recalled.is_set():
                    log.warning("begun_without_store error=%s", error)
                self.recalled.set()
                self.stop.wait(self._retry_seconds)
            else:
                self.recalled.set()
                return


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
