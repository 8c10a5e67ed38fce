"""The seam of stream and store: what is asked of the store again, as the stream did not bring it (rules 7 and 8)."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Collection, Sequence

from app.board import Board
from app.entities import Entities
from app.lanes import Lanes
from app.later import Later
from app.presence import Presence
from tidegauge.clock import Clock
from tidegauge.cluster.frames import Happened, Late, Rows, Share
from tidegauge.cluster.sequences import Sequences
from tidegauge.metrics.records import HOST
from tidegauge.queries import tiers
from tidegauge.queries.histories import Histories
from tidegauge.queries.samples import Samples
from tidegauge.storage.base import Store

log = logging.getLogger(__name__)

REFRESHES = 2
"""After how many refreshes of the store a late row is seen for sure."""
FILL_MS = 500
"""How often missing records are looked for."""


class Seam:
    """What was asked before goes out of memory, and is asked again: at once, and when the store shows all that it
    has now. `rows`, `sent` and `fill` are for the thread that reads the links, the rest for any.
    """

    def __init__(
        self,
        store: Store,
        samples: Samples,
        histories: Histories,
        entities: Entities,
        presence: Presence,
        lanes: Lanes,
        board: Board,
        clock: Clock,
        window_ms: int,
    ) -> None:
        self._store = store
        self._samples = samples
        self._histories = histories
        self._entities = entities
        self._presence = presence
        self._lanes = lanes
        self._board = board
        self._clock = clock
        self._window_ms = window_ms
        self._later = Later()
        self._sequences = Sequences()
        self._filled_ms = 0.0

    def follow(self) -> None:
        """Do what is due by now."""
        self._later.run(self._clock.monotonic_ms())

    def lost(self) -> None:
        """A link was lost or lagged: late notices may be missing, so everything is asked for and drawn anew."""
        self._twice(self._lose)

    def lost_topics(self, topics: Collection[str]) -> None:
        """Frames of some topics are missing, and nothing else: what they show of the window is asked for."""
        for topic in topics:
            hosts = self._board.read_by(topic)
            if not hosts:
                self.lost()
                return
            for host, entities in hosts.items():
                now_ms = self._presence.host_now(host)
                self.late(Late(host, entities, "raw", now_ms - 2 * self._window_ms, now_ms))

    def late(self, notice: Late) -> None:
        """Rows were stored that nobody was told: tiles that they touch go, and what is shown of them is asked again."""
        self._twice(functools.partial(self._take_late, notice))

    def rows(self, frame: Rows) -> None:
        """Rows came: those of a host itself tell which of its records came."""
        if frame.entity.kind == HOST and frame.entity.id == frame.host and frame.times:
            self._brought(frame, frame.times, frame.entity.period_ms)

    def share(self, share: Share) -> None:
        """The same of a metric's topic."""
        own = [cell for cell in share.cells if cell.entity == share.host and cell.kind == HOST]
        if own:
            self._brought(share, [cell.time_ms for cell in own], own[0].period_ms)

    def _brought(self, record: Rows | Share, times: Sequence[int], period_ms: int) -> None:
        span, now_ms = (min(times), max(times)), self._clock.monotonic_ms()
        self._sequences.take(record.host, record.incarnation, record.seq, period_ms, span, now_ms)

    def sent(self, host: str) -> None:
        """Presence told of a host, and so of the newest record that it sent."""
        if self._sequences.reads(host) and (verdict := self._presence.verdict(host)):
            seen, now_ms = verdict.seen, self._clock.monotonic_ms()
            self._sequences.sent(host, seen.incarnation, seen.seq, seen.newest_ms, now_ms)

    def fill(self) -> None:
        """Records that came on no link are asked for as late ones are: a node that is not read had them."""
        now_ms = self._clock.monotonic_ms()
        if now_ms - self._filled_ms < FILL_MS:
            return
        self._filled_ms = now_ms
        self._sequences.keep(self._board.read_entities())
        holes = self._sequences.holes(now_ms)
        if holes:
            log.info("records_missing hosts=%d first=%r", len(holes), holes[0].host[:80])
        for host, from_ms, to_ms in holes:
            self.late(Late(host, list({host, *self._entities.of_host(host)}), "raw", from_ms, to_ms))

    def happened(self, frame: Happened) -> None:
        """Events are told before they are stored, or again a window later: then what was stored of their time is
        asked for again."""
        times = [event.time_ns // 1_000_000 for event in frame.events]
        if times:
            forget = functools.partial(self._histories.tiles.drop, [frame.host], "raw", min(times), max(times))
            self._twice(forget, self._window_ms)

    def drop(self, host: str, from_ms: int, to_ms: int) -> None:
        """Let go of all tiles of a host that a span touches."""
        self._histories.tiles.drop([host], "raw", from_ms, to_ms)
        for tier in tiers.BOTH:
            self._samples.tiles.drop(self._entities.of_host(host), tier, from_ms, to_ms)

    def _twice(self, work: Callable[[], None], after_ms: int = 0) -> None:
        """Do something, and again when the store shows all that it has now, or will have a while later."""
        work()
        if unseen_ms := after_ms + REFRESHES * self._store.refresh_ms:
            self._later.add(self._clock.monotonic_ms() + unseen_ms, work)

    def _lose(self) -> None:
        self._samples.tiles.drop_all()
        self._histories.tiles.drop_all()
        self._presence.late(None)
        self._lanes.lost()
        self._board.all_stale()

    def _take_late(self, notice: Late) -> None:
        span = notice.from_ms, notice.to_ms
        self._samples.tiles.drop(notice.entities, "minute" if notice.tier == "minute" else "raw", *span)
        if notice.tier != "minute":
            self._histories.tiles.drop([notice.host], "raw", *span)
            self._presence.late(notice.host)
        self._board.late(notice)
