"""The cache of tiles (rule 7): what the store said of closed spans, kept in memory within bounds."""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from tidegauge.storage.base import Tier

MAX_BYTES = 256 << 20
TILE_BYTES = 700
"""What a tile costs beside its content: key, places in two tables, objects."""

T = TypeVar("T")


class Key(NamedTuple):
    """Which tile: what of an entity, over which aligned span."""

    entity: str
    what: Hashable
    begin_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Tile(Generic[T]):
    """What the store said. until_ms: up to where within the tile's span. tiers: what it was asked for.
    size: of the content, in bytes."""

    content: T
    until_ms: int
    tiers: frozenset[Tier]
    size: int


class Tiles(Generic[T]):
    """Tiles by key, bounded by bytes, those that were used last stay. Thread-safe, never waits.

    Whoever asks the store does all of it within `asking`, `get` too: of an entity that was dropped from
    meanwhile nothing is kept, for what it rests on may be from before.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.max_bytes = max_bytes
        self._lock = threading.Lock()
        self._tiles: OrderedDict[Key, Tile[T]] = OrderedDict()
        self._of: dict[str, set[Key]] = {}
        self._bytes = self._hits = self._misses = 0
        self._drops = 0
        self._dropped: dict[str, int] = {}
        """By entity the number of its last drop."""
        self._all_dropped = 0
        self._under_way: dict[int, int] = {}
        """How many began to ask when so many drops had been."""

    def get(self, keys: Sequence[Key], until_ms: int) -> list[Tile[T] | None]:
        """The tile of each key, or None; one that reaches `until_ms` is a hit."""
        with self._lock:
            found = [self._tiles.get(key) for key in keys]
            for key, tile in zip(keys, found, strict=True):
                if tile is not None:
                    self._tiles.move_to_end(key)
            hits = sum(tile is not None and tile.until_ms >= until_ms for tile in found)
            self._hits += hits
            self._misses += len(keys) - hits
        return found

    @contextmanager
    def asking(self) -> Iterator[Callable[[Mapping[Key, Tile[T]]], None]]:
        """While the store is asked: a function that keeps what it gave, less what was dropped meanwhile."""
        with self._lock:
            begun = self._drops
            self._under_way[begun] = self._under_way.get(begun, 0) + 1
        try:
            yield functools.partial(self._put, begun)
        finally:
            with self._lock:
                self._end(begun)

    def drop(self, entities: Iterable[str], tier: Tier, from_ms: int, to_ms: int) -> None:
        """Let go of what rests on a tier's rows of some entities in [from_ms, to_ms]."""
        with self._lock:
            self._drops += 1
            for entity in entities:
                if self._under_way:
                    self._dropped[entity] = self._drops
                touched = [
                    key
                    for key in self._of.get(entity, ())
                    if key.begin_ms <= to_ms and from_ms < self._tiles[key].until_ms and tier in self._tiles[key].tiers
                ]
                for key in touched:
                    self._remove(key)

    def drop_all(self) -> None:
        """Let go of everything: nobody knows what was not heard."""
        with self._lock:
            self._drops += 1
            self._all_dropped = self._drops
            self._tiles.clear()
            self._of.clear()
            self._bytes = 0

    def status(self) -> dict[str, int]:
        """Figures for people: bytes, max_bytes, entries, hits, misses (both since the node started)."""
        with self._lock:
            return {
                "bytes": self._bytes,
                "max_bytes": self.max_bytes,
                "entries": len(self._tiles),
                "hits": self._hits,
                "misses": self._misses,
            }

    def _put(self, begun: int, found: Mapping[Key, Tile[T]]) -> None:
        with self._lock:
            if begun < self._all_dropped:
                return
            for key, tile in found.items():
                if self._dropped.get(key.entity, 0) <= begun:
                    self._keep(key, tile)

    def _keep(self, key: Key, tile: Tile[T]) -> None:
        if key in self._tiles:
            self._remove(key)
        self._tiles[key] = tile
        self._of.setdefault(key.entity, set()).add(key)
        self._bytes += TILE_BYTES + tile.size
        while self._bytes > self.max_bytes and self._tiles:
            self._remove(next(iter(self._tiles)))

    def _remove(self, key: Key) -> None:
        self._bytes -= TILE_BYTES + self._tiles.pop(key).size
        keys = self._of[key.entity]
        keys.discard(key)
        if not keys:
            del self._of[key.entity]

    def _end(self, begun: int) -> None:
        self._under_way[begun] -= 1
        if not self._under_way[begun]:
            del self._under_way[begun]
        if not self._under_way:
            self._dropped.clear()
