"""The web node: one thread that reads its links, two that keep time, one that recalls; what they feed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import tidegauge
from app import status
from app.ailing import Ailing
from app.board import Board
from app.entities import Entities
from app.health import StoreHealth
from app.lanes import Lanes
from app.observed import Observed
from app.outbox import Outbox
from app.presence import Presence
from app.recall import Recaller
from app.roster import Roster
from app.seam import Seam
from app.status import Nodes
from app.suspension import Links
from tidegauge.clock import Clock
from tidegauge.cluster import frames
from tidegauge.cluster.frames import (
    Delivery,
    Frame,
    FrameError,
    Happened,
    Late,
    MetricRows,
    NewEntity,
    Rows,
    Seen,
    Still,
    Working,
)
from tidegauge.cluster.inbox import LaggedError
from tidegauge.cluster.mesh import Link
from tidegauge.cluster.shard_frames import OfPresence
from tidegauge.cluster.window import RowWindow
from tidegauge.metrics import gaps
from tidegauge.metrics.events import CONTAINER_STARTED, CONTAINER_STOPPED
from tidegauge.metrics.records import HOST, Row
from tidegauge.metrics.steps import DAY
from tidegauge.queries.histories import Histories
from tidegauge.queries.known import Known
from tidegauge.queries.samples import Samples
from tidegauge.storage.base import Store

log = logging.getLogger(__name__)

TICK_SECONDS = 0.25
TELL_MS = 1_000
TIDY_MS = 10_000
REST_RATIO, REST_MS = 2, 20
RECALL_SECONDS = 1.0
"""How long a node that starts waits for what the store knows: then it serves what its links bring."""
RENEW_MS = 5_000
"""How often nodes are asked to tell all again."""


class WebNode:
    """A web node's memory: entities, window, presence, views; all of it can be rebuilt.

    The reader of the link never waits for the store, and who keeps presence waits for no view.
    """

    def __init__(
        self,
        store: Store,
        link: Link,
        clock: Clock,
        window_ms: int,
        name: str = "",
        links: Links = tuple,
        kept_ms: int = DAY,
    ) -> None:
        """links: those to ingest nodes, where they are other processes. kept_ms: how long data are kept, and the hosts
        with them."""
        self.store = store
        self._kept_ms = kept_ms
        self.name = name
        self.window_ms = window_ms
        self._link = link
        self._clock = clock
        self.entities = Entities(store)
        self.window = RowWindow(2 * window_ms)
        self.samples = Samples(store, window_ms)
        self.histories = Histories(store, window_ms)
        self.presence = Presence(self.histories, self.entities, clock.monotonic_ms, clock.wall_ms, links)
        self.lanes = Lanes(self.histories, self.entities, self.presence)
        self.roster = Roster(self.entities, clock.monotonic_ms)
        self.health = StoreHealth(store, clock.monotonic_ms)
        self.nodes = Nodes(clock.monotonic_ms, clock.wall_ms)
        self.observed = Observed(self.presence, self.nodes, name, clock.monotonic_ms)
        self.ailing = Ailing(store, clock.monotonic_ms, clock.wall_ms)
        self.board = Board(self.samples, self.entities, link, self.presence, self.window, window_ms)
        self.seam = Seam(
            store,
            self.samples,
            self.histories,
            self.entities,
            self.presence,
            self.lanes,
            self.board,
            clock,
            window_ms,
        )
        self._began_ms = clock.monotonic_ms()
        self._told_ms = 0.0
        self._tidied_ms = 0.0
        self._renewed_ms = 0.0
        self._outboxes: set[Outbox] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._changed = threading.Event()
        self.recaller = Recaller(store, self.entities, self.presence, self.board.new_entity, clock)
        self._threads = [
            threading.Thread(target=self._read, name="link-reader", daemon=True),
            threading.Thread(target=self._follow, name="view-follower", daemon=True),
            threading.Thread(target=self._tell, name="presence-teller", daemon=True),
            self.health.thread,
        ]

    def start(self) -> None:
        """Begin to read and to keep time, and to recall, which is waited for only if it is quick."""
        for thread in (*self._threads, self.recaller.thread):
            thread.start()
        self.recaller.recalled.wait(RECALL_SECONDS)

    @property
    def alive(self) -> bool:
        """Whether all threads run."""
        return all(thread.is_alive() for thread in self._threads)

    def close(self) -> None:
        """Stop the threads, and let every browser go."""
        self._stop.set()
        self._changed.set()
        self.health.close()
        self.recaller.stop.set()
        self.ailing.wait()
        self._link.close()
        with self._lock:
            outboxes = list(self._outboxes)
        for outbox in outboxes:
            outbox.close()
        for thread in (*self._threads, self.recaller.thread):
            if thread.is_alive():
                thread.join(5)

    def join(self, outbox: Outbox) -> None:
        """A browser came."""
        with self._lock:
            self._outboxes.add(outbox)
        if self._stop.is_set():
            outbox.close()

    def watch_host(
        self,
        outbox: Outbox,
        host: str | None,
        start: str,
        end: str = "now",
        container: str = "",
        find: str = "",
    ) -> None:
        """Presence, gaps and the lane for a browser; a host's own rows are then read whatever it shows."""
        self.presence.watch(outbox, host, start)
        self.board.watch_entity(outbox, host)
        if host is None:
            self.roster.find(outbox, find)
            self.lanes.leave(outbox)
        else:
            self.roster.watch(outbox, host, container)
            self.lanes.watch(outbox, host, container, start, end)

    def unwatch(self, outbox: Outbox) -> None:
        """A browser watches no host any more."""
        self.presence.leave(outbox)
        self.roster.leave(outbox)
        self.lanes.leave(outbox)
        self.board.watch_entity(outbox, None)

    def leave(self, outbox: Outbox) -> None:
        """A browser went."""
        with self._lock:
            self._outboxes.discard(outbox)
        self.unwatch(outbox)
        self.board.unsubscribe(outbox)

    def is_live(self, entity: str) -> bool:
        """Whether rows of an entity come now."""
        return self.entities.is_live(entity, self._clock.monotonic_ms())

    def status(self) -> dict[str, Any]:
        """How it all does, for /system, JSON-ready; the store is not waited for."""
        return {
            "node": {
                "name": self.name,
                "version": tidegauge.__version__,
                "up_ms": round(self._clock.monotonic_ms() - self._began_ms),
                "window_ms": self.window_ms,
                "window_rows": self.window.count(),
            },
            "tiles": self.samples.tiles.status(),
            "store": {
                **self.health.status(),
                "refresh_ms": self.store.refresh_ms,
                "commit_ms": self.store.commit_ms,
            },
            "nodes": self.nodes.status(),
            "collectors": status.backlogs(self.presence.verdicts(), self.observed.drains.left_ms),
            "differing": self.observed.agreement.differing,
        }

    def read(self, timeout: float) -> float:
        """Take what the link has, after up to `timeout` seconds; how long that took, in ms."""
        try:
            deliveries = self._link.take(timeout)
        except LaggedError as error:
            log.warning("link_lagged reason=%s", error)
            if error.topics:
                self.seam.lost_topics(error.topics)
            else:
                self._link.refresh(self.board.watched_topics())
                self.seam.lost()
            return 0.0
        began = self._clock.monotonic_ms()
        self._take(deliveries)
        self.seam.fill()
        self._renew()
        return self._clock.monotonic_ms() - began

    def keep_time(self) -> None:
        """What is to be done beside the stream, a few times a second."""
        self.follow()
        self.tell()

    def follow(self) -> None:
        """Let views and timelines follow late rows and what became stale; let go of what is old."""
        now = self._clock.monotonic_ms()
        self.seam.follow()
        self.board.follow()
        self.presence.follow()
        self.lanes.follow()
        if now - self._tidied_ms >= TIDY_MS:
            self._tidied_ms = now
            self.window.trim(now)
            self.entities.forget(now, self._kept_ms)
            self.presence.forget(now, self._kept_ms)
            self.nodes.forget(now)

    def tell(self) -> None:
        """Tell of presence if it changed, and once a second; of containers when they change."""
        now = self._clock.monotonic_ms()
        if self.presence.changed() or now - self._told_ms >= TELL_MS:
            self._told_ms = now
            self.presence.tell()
        self.roster.tell()
        self.observed.look()

    def _read(self) -> None:
        """Read until the link is closed, with a rest after each batch: what comes meanwhile is folded
        together, and the threads beside this one get their share."""
        while not self._link.closed:
            worked_ms = self.read(1.0)
            self._stop.wait(min(REST_RATIO * worked_ms, REST_MS) / 1000)

    def _follow(self) -> None:
        while not self._stop.wait(TICK_SECONDS):
            self.follow()

    def _tell(self) -> None:
        while not self._stop.is_set():
            self._changed.wait(TICK_SECONDS)
            self._changed.clear()
            self.tell()

    def _take(self, deliveries: Sequence[Delivery]) -> None:
        """Take what came, in order; rows are folded together, once for all that waited."""
        rows: dict[str, list[Row]] = {}
        for delivery in deliveries:
            try:
                frame = frames.decode(delivery.frame)
            except FrameError as error:
                log.debug("frame_skipped error=%s", error)
                continue
            if isinstance(frame, Rows):
                rows.setdefault(frame.entity.id, []).extend(self._take_rows(frame, delivery.held_ms))
            elif isinstance(frame, MetricRows):
                for row in self._take_values(frame, delivery.held_ms):
                    rows.setdefault(row.entity.id, []).append(row)
            else:
                self._take_news(frame, delivery)
        self.board.rows({entity: fresh for entity, fresh in rows.items() if fresh})

    def _take_rows(self, frame: Rows, held_ms: int) -> list[Row]:
        """What is new of an entity's rows. Timelines get all of them: a part of a row may be here already."""
        self.seam.rows(frame)
        held_ms += frame.now_ms
        rows = [row for row in frames.unpack(frame) if held_ms - row.time_ms <= self.window.span_ms]
        if rows and frame.entity.kind == HOST:
            self.presence.rows(rows)
        return self._keep(rows, held_ms)

    def _take_values(self, frame: MetricRows, held_ms: int) -> Iterator[Row]:
        """What is new of a metric's values."""
        for share in frame.shares:
            self.seam.share(share)
            yield from self._keep(frames.unpack_share(frame.column.name, share), share.now_ms + held_ms)

    def _keep(self, rows: Iterable[Row], sender_ms: int) -> list[Row]:
        """What is new of some rows, kept in the window. sender_ms: the sender's own now."""
        now_ms = self._clock.monotonic_ms()
        return [new for row in rows if (new := self.window.add(row, sender_ms - row.time_ms, now_ms))]

    def _take_news(self, frame: Frame, delivery: Delivery) -> None:
        held_ms = delivery.held_ms
        if isinstance(frame, Seen | OfPresence):
            self._take_presence(frame, delivery)
        elif isinstance(frame, NewEntity):
            heard_ms = self._clock.monotonic_ms() - held_ms - frame.ago_ms
            if self.entities.note(frame.host, frame.entity, heard_ms):
                self.board.new_entity(Known(frame.host, frame.entity))
        elif isinstance(frame, Still):
            self.entities.still(frame.entities, self._clock.monotonic_ms() - held_ms)
        elif isinstance(frame, Late):
            self.seam.late(frame)
        elif isinstance(frame, Happened):
            self._take_events(frame)
        elif isinstance(frame, Working):
            self.nodes.note(frame, held_ms)

    def _take_presence(self, frame: Seen | OfPresence, delivery: Delivery) -> None:
        """Presence from a node, or a part of it; what is missing of it is asked for again."""
        if isinstance(frame, Seen):
            hosts, is_changed = [frame.host], self.presence.see(frame, delivery.held_ms)
        else:
            hosts, is_changed = self.presence.take(frame, delivery.held_ms, delivery.node)
        if is_changed:
            self._changed.set()
        for host in hosts:
            self._follow_clock(host)
            self.seam.sent(host)

    def _renew(self) -> None:
        """Have nodes of whose shard something is missing tell all of it."""
        now_ms = self._clock.monotonic_ms()
        if now_ms - self._renewed_ms >= RENEW_MS and (nodes := self.presence.lacking()):
            log.warning("presence_incomplete nodes=%s", ",".join(sorted(nodes))[:200])
            self._renewed_ms = now_ms
            self._link.renew(nodes)

    def _follow_clock(self, host: str) -> None:
        """A host whose clock was set back makes rows of times that were closed: what is kept of them goes."""
        now_ms, furthest = self.presence.host_now(host), self.presence.furthest
        furthest_ms = furthest.get(host, self._clock.wall_ms())
        open_ms = now_ms - 2 * self.window_ms
        if now_ms < furthest_ms - 2 * self.window_ms:
            log.info("clock_set_back host=%s by_ms=%d", host, furthest_ms - now_ms)
            self.seam.drop(host, open_ms, furthest_ms)
            furthest_ms = now_ms
        furthest[host] = max(furthest_ms, now_ms)

    def _take_events(self, frame: Happened) -> None:
        """Take events to who shows them."""
        self.presence.events(frame.host, frame.events)
        self.lanes.happened(frame.host, frame.events)
        for event in frame.events:
            if event.kind in (CONTAINER_STARTED, CONTAINER_STOPPED):
                now_ms = self._clock.monotonic_ms() if event.kind == CONTAINER_STOPPED else None
                self.entities.end(event.entity, now_ms)
        self.seam.happened(frame)
        for claim in gaps.claims(frame.events):
            if claim.reason == "dropped":
                self.window.erase(frame.host, claim.from_ms, claim.to_ms)
                self.seam.drop(frame.host, claim.from_ms, claim.to_ms)
                self.board.erased(frame.host)
