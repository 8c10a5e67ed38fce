"""Lanes: what happened to a host and its containers, for browsers that look at a range of it."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app import messages
from app.entities import Entities
from app.outbox import Outbox
from app.shared_view import Clocks
from tidegauge.metrics import ranges
from tidegauge.metrics.records import Event
from tidegauge.queries import lifecycle
from tidegauge.queries.histories import AHEAD_MS, Histories
from tidegauge.queries.lifecycle import Mark, Stand
from tidegauge.storage.base import StoreError

log = logging.getLogger(__name__)

RECENT = 5_000
"""How many marks that came of late are held: the store may not show them yet."""
RETRY_MS = 2_000
"""How long a store that failed is left alone."""


@dataclass(eq=False)
class _Watch:
    """One browser's lane. container "": of the whole host. start: as it was asked for, start_ms: as it was read last.
    end_ms None: it ends now. stale: to be read (again); rests_ms: until when it is left alone, monotonic.
    """

    host: str
    container: str
    start: str
    start_ms: int
    end_ms: int | None
    told: bool = False
    stale: bool = True
    rests_ms: float = 0.0

    def shows(self, mark: Mark) -> bool:
        """Whether a mark of its host is one of its own."""
        if self.container and mark.entity != self.container:
            return False
        return mark.time_ms >= self.start_ms and (self.end_ms is None or mark.time_ms < self.end_ms)


class Lanes:
    """Who looks at which lane. Thread-safe; `happened` never waits for the store.

    What came of late is held, so that a lane read from the store lacks nothing that was told before.
    """

    def __init__(self, histories: Histories, entities: Entities, clocks: Clocks) -> None:
        self._histories = histories
        self._entities = entities
        self._clocks = clocks
        self._lock = threading.Lock()
        self._watches: dict[Outbox, _Watch] = {}
        self._recent: deque[tuple[str, Mark]] = deque(maxlen=RECENT)

    def watch(self, outbox: Outbox, host: str, container: str, start: str, end: str) -> None:
        """Tell a browser of a host's marks, or a container's: those of the range, then new ones; replaces what it
        watched before. Raises RangeError."""
        now_ms = self._clocks.host_now(host)
        end_ms = None if end == "now" else ranges.resolve(end, now_ms)
        watch = _Watch(host, container, start, ranges.resolve(start, now_ms), end_ms)
        with self._lock:
            self._watches[outbox] = watch
        self._load(outbox, watch)

    def leave(self, outbox: Outbox) -> None:
        """A browser went, or looks at something else."""
        with self._lock:
            self._watches.pop(outbox, None)

    def happened(self, host: str, events: Sequence[Event]) -> None:
        """Take live events, also of times long ago."""
        new = lifecycle.marks(events)
        if not new:
            return
        with self._lock:
            self._recent.extend((host, mark) for mark in new)
            watches = [(outbox, watch) for outbox, watch in self._watches.items() if watch.host == host]
            for outbox, watch in watches:
                if mine := [Stand(mark, 1) for mark in new if watch.shows(mark)]:
                    outbox.put(messages.events(host, watch.container, self._named(mine), whole=False))

    def lost(self) -> None:
        """A link was lost: events may be missing, so that all is read again."""
        with self._lock:
            for watch in self._watches.values():
                watch.stale = True

    def follow(self) -> None:
        """Read the lanes that are to be read again, or could not be."""
        now_ms = self._clocks.monotonic_ms()
        with self._lock:
            due = [(o, w) for o, w in self._watches.items() if w.stale and now_ms >= w.rests_ms]
        for outbox, watch in due:
            self._load(outbox, watch)

    def _load(self, outbox: Outbox, watch: _Watch) -> None:
        """Tell a lane as the store has it, with what came of late; if the store fails, that alone, and only to who
        was told nothing yet."""
        now_ms = self._clocks.host_now(watch.host)
        end_ms = watch.end_ms if watch.end_ms is not None else now_ms + AHEAD_MS
        watch.start_ms = ranges.resolve(watch.start, now_ms)
        watch.stale = False
        stored: list[Mark] = []
        try:
            stored = self._histories.marks(watch.host, now_ms, watch.start_ms, end_ms)
        except StoreError as error:
            log.warning("lane_without_store error=%s", error)
            watch.stale, watch.rests_ms = True, self._clocks.monotonic_ms() + RETRY_MS
        with self._lock:
            if self._watches.get(outbox) is not watch or (watch.stale and watch.told):
                return
            watch.told = True
            recent = (mark for host, mark in self._recent if host == watch.host)
            found = {mark.id: mark for mark in (*stored, *recent) if watch.shows(mark)}
            stands = lifecycle.stand(list(found.values()), watch.start_ms, min(end_ms, now_ms))
            outbox.put(messages.events(watch.host, watch.container, self._named(stands), whole=True))

    def _named(self, stands: Iterable[Stand]) -> list[Stand]:
        """With the names that are known now where events had none."""
        return [one if one.mark.name else one._replace(mark=self._name(one.mark)) for one in stands]

    def _name(self, mark: Mark) -> Mark:
        known = self._entities.get(mark.entity)
        attributes = known.entity.attributes if known else {}
        name = attributes.get("container.name") or attributes.get("host.name") or mark.entity[:12]
        return mark._replace(name=name)
