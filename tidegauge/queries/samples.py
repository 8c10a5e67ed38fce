"""What stands between views and the store (rules 7 and 13): parts of closed buckets by way of tiles.

Views ask for parts here and nowhere else. What is closed is asked for once; a late notice drops the
tiles that it touches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from tidegauge.metrics import parts as p
from tidegauge.metrics import steps
from tidegauge.metrics.parts import Parts, Series, bucket_of
from tidegauge.metrics.steps import HOUR, MINUTE
from tidegauge.queries import packs, spans, tiers
from tidegauge.queries.packs import Pack
from tidegauge.queries.spans import Ask, Span
from tidegauge.queries.tiers import Said
from tidegauge.queries.tiles import MAX_BYTES, Key, Tile, Tiles
from tidegauge.storage.base import Reads, Tier

TILE_BUCKETS = 64
TILE_ROWS = 256
"""Of an entity at its period; the tile is as wide as the next step."""
AHEAD_MS = HOUR
"""How far after now rows are looked for: clocks are set back."""

Held = dict[tuple[Series, Span], Tile[Pack]]


class Found(NamedTuple):
    """Parts, and the tiers that gave them."""

    parts: Parts
    tiers: frozenset[Tier]


class How(NamedTuple):
    """How parts are asked for. step_ms 0: rows. now_ms: the hosts' own now, or earlier. period_ms: the
    entities' least. ends: whether gauges need their first and last."""

    step_ms: int
    now_ms: int
    period_ms: int = 1000
    ends: bool = False

    @property
    def width_ms(self) -> int:
        """How wide tiles are: so many buckets, or rows."""
        if self.step_ms:
            return TILE_BUCKETS * self.step_ms
        return steps.fitting(TILE_ROWS * self.period_ms, 1)

    def key(self, series: Series, span: Span) -> Key:
        """The key of a tile; of steps of minutes tiles hold minute rows."""
        return Key(series.entity, (series.metric, series.kind, self.step_ms, self.ends), span.begin_ms, span.end_ms)


class Samples:
    """The store's parts. Thread-safe; nobody waits for another's how."""

    def __init__(self, store: Reads, window_ms: int, max_bytes: int = MAX_BYTES) -> None:
        self._store = store
        self._window_ms = window_ms
        self.tiles: Tiles[Pack] = Tiles(max_bytes)

    def parts(self, series: Iterable[Series], start_ms: int, end_ms: int, how: How) -> Found:
        """The parts of some series in [start_ms, end_ms), as `Store.parts` gives them, but that all of the
        first bucket is there.

        At a step of minutes or more from minute rows, but from raw rows what lies after them, and of
        entities that have none. An end before the last two windows lies on a bucket's edge. Raises StoreError.
        """
        step_ms, wanted = how.step_ms, sorted(set(series))
        start_ms = bucket_of(start_ms, step_ms)
        if start_ms >= end_ms or not wanted:
            return Found(p.empty(), frozenset())
        if step_ms < MINUTE:
            closed_ms = bucket_of(how.now_ms - 2 * self._window_ms, step_ms)
            return self._read("raw", wanted, (start_ms, end_ms), closed_ms, how)
        edge_ms = tiers.before_ms(how.now_ms, self._window_ms)
        older = self._read("minute", wanted, (start_ms, min(end_ms, edge_ms)), bucket_of(edge_ms, step_ms), how)
        if end_ms <= edge_ms:
            return older
        newer = self._store.parts(wanted, max(start_ms, edge_ms), end_ms, step_ms, ends=how.ends)
        return Found(p.together([older.parts, newer]), older.tiers | (tiers.RAW if len(newer) else frozenset()))

    def rows(self, series: Sequence[Series], from_ms: int) -> Parts:
        """The rows of some series from a time on, as they are in the store now. Raises StoreError."""
        return self._store.parts(series, from_ms, from_ms + AHEAD_MS, 0)

    def _read(self, tier: Tier, series: Sequence[Series], range_ms: tuple[int, int], closed_ms: int, how: How) -> Found:
        """1. The tiles that are there. 2. What is not closed, or not there, from the store: into tiles
        what is closed of it. 3. All of the tiles within the range, and the rest.
        """
        start_ms, end_ms = range_ms
        touched = spans.of(start_ms, end_ms, closed_ms, how.width_ms)
        with self.tiles.asking() as keep:
            held = self._held(series, touched, how)
            rest, gave = [], set[Tier]()
            for ask in spans.asks(series, touched, held, (max(start_ms, closed_ms), end_ms)):
                said = self._ask(tier, ask, held, how)
                fresh = _tiled(tier, ask, said, held, how.width_ms)
                keep({how.key(*place): tile for place, tile in fresh.items()})
                held |= fresh
                rest.append(_within(said.parts, closed_ms, end_ms))
                gave |= said.tiers
        old = packs.unite((series, tile.content) for (series, _), tile in sorted(held.items(), key=_begin))
        gave |= {"minute" if tile.tiers == tiers.MINUTES else "raw" for tile in held.values() if len(tile.content)}
        return Found(p.together([_within(old, start_ms, min(end_ms, closed_ms)), *rest]), frozenset(gave))

    def _held(self, series: Sequence[Series], touched: Iterable[Span], how: How) -> Held:
        held: Held = {}
        for span in touched:
            found = self.tiles.get([how.key(one, span) for one in series], span.until_ms)
            held |= {(one, span): tile for one, tile in zip(series, found, strict=True) if tile is not None}
        return held

    def _ask(self, tier: Tier, ask: Ask[Series], held: Held, how: How) -> Said:
        step_ms, ends = how.step_ms, how.ends
        if tier == "raw":
            parts = self._store.parts(ask.items, ask.from_ms, ask.to_ms, step_ms, ends=ends)
            return Said(parts, tiers.RAW if len(parts) else frozenset(), frozenset())
        known = {
            (one.entity, i)
            for i, span in enumerate(ask.spans)
            for one in ask.items
            if (tile := held.get((one, span))) and tile.tiers == tiers.MINUTES
        }
        return tiers.read(self._store, ask.items, ask.pieces(), step_ms, ends, known)


def _begin(place: tuple[tuple[Series, Span], Tile[Pack]]) -> int:
    return place[0][1].begin_ms


def _tiled(tier: Tier, ask: Ask[Series], said: Said, held: Held, width_ms: int) -> Held:
    """The tiles that an answer completes."""
    if not ask.spans:
        return {}
    first = ask.spans[0]
    carried = {one: tile for one in ask.items if first.begin_ms < ask.from_ms and (tile := held.get((one, first)))}
    before = packs.unite((one, tile.content) for one, tile in carried.items())
    closed = _within(said.parts, ask.from_ms, ask.spans[-1].until_ms)
    whole = p.concat([_within(before, first.begin_ms, ask.from_ms), closed])
    place = {span.begin_ms: i for i, span in enumerate(ask.spans)}
    found: Held = {}
    for series, begin_ms, pack in packs.split(whole, ask.items, list(place), width_ms):
        i = place[begin_ms]
        rests_on = (
            tiers.RAW if tier == "raw" else tiers.MINUTES if (series.entity, i) in said.in_minutes else tiers.BOTH
        )
        if i == 0 and series in carried:
            rests_on |= carried[series].tiers
        found[series, ask.spans[i]] = Tile(pack, ask.spans[i].until_ms, rests_on, pack.size)
    return found


def _within(parts: Parts, from_ms: int, until_ms: int) -> Parts:
    """The parts of some buckets."""
    inside = (parts.bucket >= from_ms) & (parts.bucket < until_ms)
    return parts if inside.all() else p.take(parts, np.asarray(inside))
