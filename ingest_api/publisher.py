"""Publish first (rules 6, 7, 10): what a POST brings goes to the hub and the window as frames."""

from __future__ import annotations

import secrets
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ingest_api.metric_lane import MetricLane
from tidegauge.clock import Clock
from tidegauge.cluster import frames
from tidegauge.cluster.frames import NODE_TOPIC, Happened, Late, NewEntity, Rows, Seen, Still
from tidegauge.cluster.hub import Hub
from tidegauge.cluster.shard import OwnShard
from tidegauge.cluster.shard_frames import OfPresence
from tidegauge.cluster.window import FrameWindow
from tidegauge.metrics.events import CONTAINER_STOPPED
from tidegauge.metrics.minutes import LATE_MS, minute_of
from tidegauge.metrics.records import Block, Entity, MinuteBlock, Record
from tidegauge.metrics.steps import HOUR, MINUTE
from tidegauge.metrics.wire import PostHeader

TELL_AGAIN_MS = MINUTE
"""How often an entity whose rows come is named again, so that web nodes know what is there now."""
AWAY_MS = 5 * MINUTE
"""An entity of which no row came for so long is described anew: readers may have let go of it."""
MOST_NAMED = 1_000
"""In one frame; the others follow with the next beat."""


Told = tuple[str, bytes]
"""A topic, and a frame of it."""


class _Known(NamedTuple):
    """An entity as it was described last; when its last row came and when it was told, monotonic."""

    host: str
    entity: Entity
    heard_ms: float
    told_ms: float


class Publisher:
    """An ingest node's live side: hub, window, its shard of presence, the entities it knows."""

    def __init__(self, hub: Hub, window: FrameWindow, clock: Clock, window_ms: int, node: str = "") -> None:
        self._hub = hub
        self.metrics = MetricLane(hub, clock)
        self._window = window
        self._clock = clock
        self._window_ms = window_ms
        self._lock = threading.Lock()
        self._entities: dict[str, _Known] = {}
        self._to_name: deque[str] = deque()
        """Entities to be named with the next beats, since their rows still come."""
        self._began_ms = clock.monotonic_ms()
        self._shard_ms = 0
        self._shard = OwnShard(node, secrets.token_hex(4))
        self._shard_lock = threading.Lock()
        """Held while what the shard tells is published, for it is numbered."""
        self._told: dict[tuple[str, str, int], float] = {}
        """When the records of the last W were told of, the oldest first."""

    def seen(self, header: PostHeader, received_ms: int, records: Sequence[Record], problem: str = "") -> None:
        """Note that a collector was heard; what changed of it is told at once, the rest with the next beat."""
        fact = Seen(
            host=header.host,
            name=header.name or header.host,
            incarnation=header.incarnation,
            seq=max((record.seq for record in records if record.incarnation == header.incarnation), default=-1),
            period_ms=header.period_ms,
            now_ms=header.now_ms,
            offset_ms=header.now_ms - received_ms,
            queue=header.queue,
            stopping=header.stopping,
            problem=problem,
            newest_ms=max(
                (max(block.times) for record in records for block in record.blocks if block.times), default=0
            ),
        )
        with self._shard_lock:
            self._publish_presence(self._shard.see(fact, self._since_ms()))

    def beat(self) -> None:
        """Tell whom this node has seen since the last beat, and name entities whose rows still come."""
        with self._shard_lock:
            self._publish_presence(self._shard.beat(self._since_ms()))
        with self._lock:
            named = [self._to_name.popleft() for _ in range(min(MOST_NAMED, len(self._to_name)))]
            still = [name for name in named if name in self._entities]
        if still:
            self._hub.publish(NODE_TOPIC, frames.encode(Still(still)))

    def _publish_presence(self, told: Iterable[OfPresence]) -> None:
        self._hub.publish_all([(NODE_TOPIC, frames.encode(frame)) for frame in told])

    def _since_ms(self) -> int:
        """The shard's time, which never goes back."""
        self._shard_ms = max(self._shard_ms, int(self._clock.monotonic_ms() - self._began_ms))
        return self._shard_ms

    def publish(self, header: PostHeader, received_ms: int, records: Sequence[Record]) -> None:
        """Give rows of age up to W, events and new entities to the hub; a record that comes again within
        W because the store did not take it need not be told again. All of a POST is given at once."""
        told: list[Told] = []
        for record in self._untold(records):
            for block in record.blocks:
                told += self._told_of(header, received_ms, record, block)
            if record.events:
                self.metrics.flush()  # a dropped event erases rows that were told before it
                told.append((NODE_TOPIC, frames.encode(Happened(record.host, record.events))))
                self._end([one.entity for one in record.events if one.kind == CONTAINER_STOPPED])
        self._hub.publish_all(told)

    def is_late(self, header: PostHeader, record: Record) -> bool:
        """Whether a record has rows, and all are older than W: of them nobody is told before they are stored."""
        newest = max((time for block in record.blocks for time in block.times), default=header.now_ms)
        return newest < header.now_ms - self._window_ms

    def _end(self, containers: Iterable[str]) -> None:
        """Tell new readers of no container that ended; one whose rows come is told of anew."""
        with self._lock:
            for container in containers:
                self._entities.pop(container, None)

    def announce(self, header: PostHeader, records: Iterable[Record]) -> None:
        """One late notice a record and tier, also for a duplicate; after the commit.

        Raw rows are late when they are older than W, a minute row 3 min after its minute ended.
        """
        for record in records:
            self._announce(record.host, "raw", record.blocks, header.now_ms - self._window_ms)
            self._announce(record.host, "minute", record.minutes, minute_of(header.now_ms - LATE_MS - 1))

    def _announce(self, host: str, tier: str, blocks: Sequence[Block | MinuteBlock], horizon_ms: int) -> None:
        """A notice of what is older than `horizon_ms`, if anything is."""
        times: list[int] = []
        entities: dict[str, Entity] = {}
        for block in blocks:
            late = [r for r, time in enumerate(block.times) if time < horizon_ms]
            times += [block.times[r] for r in late]
            entities |= {one.id: one for one in (block.entities[e] for e in {block.entity[r] for r in late})}
        if not times:
            return
        news = [told for entity in entities.values() for told in self._note(host, entity)]
        notice = frames.encode(Late(host, list(entities), tier, min(times), max(times)))
        self._hub.publish_all([*news, (NODE_TOPIC, notice)])

    def snapshot(self) -> list[bytes]:
        """Presence and entities as this node knows them, as frames: what a new reader starts from."""
        now = self._clock.monotonic_ms()
        with self._lock:
            known = list(self._entities.values())
        with self._shard_lock:
            shard = self._shard.encoded(self._since_ms())
        entities = [NewEntity(one.host, one.entity, round(now - one.heard_ms)) for one in known]
        return [*map(frames.encode, entities), shard]

    def forget(self, kept_ms: float) -> None:
        """Let go of what was not heard for long: entities and superseded incarnations for an hour, collectors
        for as long as data are kept, so that it can be said since when they are down."""
        now = self._clock.monotonic_ms()
        with self._lock:
            self._entities = {name: one for name, one in self._entities.items() if now - one.heard_ms <= HOUR}
        with self._shard_lock:
            anew = self._shard.forget(self._since_ms(), HOUR, kept_ms)
            self._publish_presence([anew] if anew else [])

    def _untold(self, records: Iterable[Record]) -> list[Record]:
        now = self._clock.monotonic_ms()
        with self._lock:
            while self._told and now - self._told[next(iter(self._told))] > self._window_ms:
                del self._told[next(iter(self._told))]
            named = {(one.host, one.incarnation, one.seq): one for one in records}
            untold = {key: one for key, one in named.items() if key not in self._told}
            self._told.update(dict.fromkeys(untold, now))
        return list(untold.values())

    def _told_of(self, header: PostHeader, received_ms: int, record: Record, block: Block) -> Iterator[Told]:
        """One frame an entity, late rows apart, with its topic; rows older than W are not published."""
        horizon = header.now_ms - self._window_ms
        late_before = header.now_ms - late_ms(header.period_ms)
        places: dict[tuple[int, bool], list[int]] = {}
        for r, e in enumerate(block.entity):
            if block.times[r] >= horizon:
                places.setdefault((e, block.times[r] < late_before), []).append(r)
        for (e, late), rows in places.items():
            entity = block.entities[e]
            yield from self._note(record.host, entity)
            is_all = len(rows) == len(block.times)
            frame = Rows(
                host=record.host,
                incarnation=record.incarnation,
                seq=record.seq,
                now_ms=header.now_ms,
                entity=entity,
                columns=block.columns,
                times=block.times if is_all else [block.times[r] for r in rows],
                values=block.values if is_all else frames.column_values(block.values, rows),
                received_ms=received_ms if late else None,
            )
            topic, data = frames.entity_topic(entity.id), frames.encode(frame)
            self._window.add(topic, data, frame.now_ms - min(frame.times), self._clock.monotonic_ms())
            yield topic, data
            # Behind the window: who begins to read a metric now has the rows from there, or from here.
            self.metrics.take(header.now_ms, record, block, rows, frame.received_ms)

    def _note(self, host: str, entity: Entity) -> list[Told]:
        """What to tell of an entity of which rows came: its description where readers may lack it. Another is named
        again once in a while."""
        now = self._clock.monotonic_ms()
        with self._lock:
            known = self._entities.get(entity.id)
            if known and known[:2] == (host, entity) and now - known.heard_ms < AWAY_MS:
                is_due = now - known.told_ms >= TELL_AGAIN_MS
                self._entities[entity.id] = known._replace(heard_ms=now, told_ms=now if is_due else known.told_ms)
                self._to_name.extend([entity.id] if is_due else [])
                return []
            self._entities[entity.id] = _Known(host, entity, now, now)
        return [(NODE_TOPIC, frames.encode(NewEntity(host, entity)))]


def late_ms(period_ms: int) -> int:
    """A row that arrives later than this after its time is late: it carries `received`."""
    return max(2_000, 2 * period_ms)
