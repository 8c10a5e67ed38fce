"""Presence between nodes: a snapshot of 21,000 entries, and what a thousand collectors cost that only go on."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import msgspec

from benchmarks.table import Figure
from tidegauge.cluster import envelope, frames
from tidegauge.cluster.frames import NODE_TOPIC, Delivery, NewEntity, Seen
from tidegauge.cluster.replica import Replicas
from tidegauge.cluster.shard import OwnShard
from tidegauge.cluster.shard_frames import OfPresence, Shard
from tidegauge.metrics.records import Entity
from tidegauge.metrics.wire import Queue

ENTRIES = 21_000
COLLECTORS = 1_000
ENCODE_MS, MERGE_MS = 5, 20
BYTES = 2_000
BEATS, SECONDS = 2, 60
ROUNDS = 15
WALL_MS = 1_700_000_000_000


def rows() -> list[Figure]:
    """One thread, medians of its CPU time."""
    return [*_snapshot(), *_deltas(), _descriptions()]


def _snapshot() -> list[Figure]:
    """Beside both: the bare JSON of as many rows of the same values."""
    shard = _shard(ENTRIES)
    data = frames.encode(shard.snapshot(ENTRIES))
    bare = msgspec.json.decode(data)
    size = f"{len(data) / 1e6:.1f} MB"
    return [
        _figure(
            f"presence: encode {ENTRIES:,} entries ({size})",
            ENCODE_MS,
            lambda: shard.encoded(ENTRIES),
            lambda: msgspec.json.encode(bare),
        ),
        _figure(
            f"presence: merge {ENTRIES:,} entries", MERGE_MS, lambda: _merged(data), lambda: msgspec.json.decode(data)
        ),
    ]


def _deltas() -> list[Figure]:
    """A minute of two beats a second, as a reader gets them; beside it what a frame a POST would be."""
    shard, size, each = _shard(COLLECTORS), 0, 0
    shard.beat(COLLECTORS)
    for beat in range(1, BEATS * SECONDS + 1):
        at_ms = COLLECTORS + beat * 1_000 // BEATS
        for place in range(beat % BEATS, COLLECTORS, BEATS):
            seen = _seen(place, at_ms - place % (1_000 // BEATS))
            size += _bytes(shard.see(seen, at_ms - place % (1_000 // BEATS)))
            each += len(_enveloped(frames.encode(seen)))
        size += _bytes(shard.beat(at_ms))
    ours, theirs = size / SECONDS, each / SECONDS
    name = f"presence: {COLLECTORS:,} collectors that go on"
    return [
        Figure(
            name,
            f"{ours:,.0f} B/s",
            f"{BYTES:,} B/s",
            ours <= BYTES,
            f"a frame a POST {theirs:,.0f} B/s",
            f"{ours / theirs:.4f}",
        )
    ]


def _descriptions() -> Figure:
    """What a new reader is told beside presence: each entity with its attributes. Without a bound."""
    attributes = {"host.id": "h" * 32, "host.name": "web-1", "fleet": "default", "container.name": "shop-web-1"}
    attributes |= {"container.image.name": "registry.example/shop/web:1.2.3", "container.project": "shop"}
    entities = [Entity(f"{n:064x}", "container", "boot+1", 1000, attributes) for n in range(ENTRIES)]
    told = [frames.encode(NewEntity("h" * 32, one)) for one in entities]
    ours, read = _medians_ms(
        lambda: [frames.encode(NewEntity("h" * 32, one)) for one in entities],
        lambda: [frames.decode(one) for one in told],
    )
    size = sum(map(len, told)) / 1e6
    return Figure(
        f"descriptions: encode {ENTRIES:,} entities ({size:.1f} MB)",
        f"{ours:.1f} ms",
        "-",
        True,
        f"decode {read:.1f} ms",
        f"{ours / read:.2f}",
    )


def _shard(count: int) -> OwnShard:
    shard = OwnShard("ingest-1.example:8051", "0123abcd")
    for place in range(count):
        shard.see(_seen(place, place), place)
    return shard


def _seen(place: int, at_ms: int) -> Seen:
    now_ms = WALL_MS + at_ms
    return Seen(
        f"{place:032x}",
        f"web-{place}",
        f"{WALL_MS}-1f2e3d4c",
        12,
        1000,
        now_ms,
        0,
        Queue(),
        False,
        newest_ms=now_ms - 40,
    )


def _merged(data: bytes) -> Replicas:
    made, shard = Replicas(), frames.decode(data)
    assert isinstance(shard, Shard)
    made.take(shard, 1e6)
    return made


def _bytes(told: list[OfPresence]) -> int:
    return sum(len(_enveloped(frames.encode(frame))) for frame in told)


def _enveloped(frame: bytes) -> bytes:
    return envelope.encode(Delivery(NODE_TOPIC, 1_000_000, 0, frame)) + b"\n"


def _medians_ms(*works: Callable[[], object]) -> list[float]:
    """Of each, in turn: one after the other would meet the machine in different moods."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for times, work in zip(taken, works, strict=True):
            began = time.thread_time()
            made = work()
            times.append((time.thread_time() - began) * 1000)
            del made  # what it takes to let go of it is no part of the work
    return [statistics.median(times) for times in taken]


def _figure(name: str, bound_ms: float, ours: Callable[[], object], bare: Callable[[], object]) -> Figure:
    ours_ms, bare_ms = _medians_ms(ours, bare)
    return Figure(
        name,
        f"{ours_ms:.1f} ms",
        f"{bound_ms} ms",
        ours_ms <= bound_ms,
        f"bare JSON {bare_ms:.1f} ms",
        f"{ours_ms / bare_ms:.2f}",
    )
