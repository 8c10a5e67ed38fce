"""The cache of tiles: bounded, and never older than what was said."""

from __future__ import annotations

import contextlib
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegauge.queries.tiles import TILE_BYTES, Key, Tile, Tiles
from tidegauge.storage.base import StoreError, StoreUnavailableError, Tier

RAW: frozenset[Tier] = frozenset({"raw"})
BOTH: frozenset[Tier] = frozenset({"raw", "minute"})


def key(entity: str = "h1", begin: int = 0, what: str = "gauge") -> Key:
    return Key(entity, what, begin, begin + 100)


def tile(content: str = "", until: int = 100, tiers: frozenset[Tier] = RAW, size: int = 0) -> Tile[str]:
    return Tile(content, until, tiers, size)


def put(tiles: Tiles[str], found: dict[Key, Tile[str]]) -> None:
    with tiles.asking() as keep:
        keep(found)


def kept(tiles: Tiles[str], *keys: Key) -> list[bool]:
    return [one is not None for one in tiles.get(keys, 100)]


def test_hits_are_tiles_that_reach_far_enough() -> None:
    """What is there in part is returned, and counts as a miss."""
    tiles: Tiles[str] = Tiles()
    put(tiles, {key(begin=0): tile("all"), key(begin=100): tile("part", until=150)})
    assert [one and one.content for one in tiles.get([key(begin=0), key(begin=200)], 100)] == ["all", None]
    assert [one and one.content for one in tiles.get([key(begin=100)], 200)] == ["part"]
    status = tiles.status()
    assert (status["hits"], status["misses"], status["entries"], status["bytes"]) == (1, 2, 2, 2 * TILE_BYTES)


def test_what_was_used_last_stays() -> None:
    """Beyond the bound the tiles go that were not asked for longest."""
    tiles: Tiles[str] = Tiles(3 * (TILE_BYTES + 10))
    for begin in (0, 100, 200):
        put(tiles, {key(begin=begin): tile(size=10)})
    tiles.get([key(begin=0)], 100)
    put(tiles, {key(begin=300): tile(size=10)})
    assert kept(tiles, *(key(begin=begin) for begin in (0, 100, 200, 300))) == [True, False, True, True]


def test_a_tile_that_is_greater_than_all_is_not_kept() -> None:
    """The bound holds whatever comes."""
    tiles: Tiles[str] = Tiles(1_000)
    put(tiles, {key(): tile(size=2_000)})
    assert (tiles.status()["entries"], tiles.status()["bytes"]) == (0, 0)


@pytest.mark.parametrize(
    ("from_ms", "to_ms", "stay"),
    [(0, 0, [False, True, True]), (99, 100, [False, False, True]), (100, 149, [True, False, True]),
     (150, 199, [True, True, True]), (-50, -1, [True, True, True]), (0, 1_000, [False, False, False])],
)  # fmt: skip
def test_a_notice_drops_what_it_touches(from_ms: int, to_ms: int, stay: list[bool]) -> None:
    """Both ends count; what a tile does not hold yet is not touched."""
    tiles: Tiles[str] = Tiles()
    keys = [key(begin=begin) for begin in (0, 100, 200)]
    put(tiles, {keys[0]: tile(), keys[1]: tile(until=150), keys[2]: tile(until=300), key("h2"): tile()})
    tiles.drop(["h1", "h3"], "raw", from_ms, to_ms)
    assert kept(tiles, *keys, key("h2")) == [*stay, True]


@pytest.mark.parametrize(("tier", "stay"), [("raw", [False, True, False]), ("minute", [True, False, False])])
def test_a_notice_drops_what_rests_on_its_tier(tier: Tier, stay: list[bool]) -> None:
    """Tiles of the other tier are not changed by it; those of both are."""
    tiles: Tiles[str] = Tiles()
    keys = [key(what=what) for what in "abc"]
    rest_on: list[frozenset[Tier]] = [RAW, frozenset({"minute"}), BOTH]
    put(tiles, {one: tile(tiers=tiers) for one, tiers in zip(keys, rest_on, strict=True)})
    tiles.drop(["h1"], tier, 50, 60)
    assert kept(tiles, *keys) == stay


def test_what_was_dropped_while_it_was_asked_is_not_kept() -> None:
    """Of that entity nothing, of others all; those who begin to ask later keep what they get."""
    tiles: Tiles[str] = Tiles()
    with tiles.asking() as keep:
        tiles.drop(["h1"], "raw", 0, 1_000)
        keep({key("h1"): tile(), key("h2"): tile()})
        assert kept(tiles, key("h1"), key("h2")) == [False, True]
        put(tiles, {key("h1"): tile()})
    assert kept(tiles, key("h1")) == [True]


def test_when_all_is_dropped_nothing_under_way_is_kept() -> None:
    """And the figures say so."""
    tiles: Tiles[str] = Tiles()
    put(tiles, {key(): tile()})
    with tiles.asking() as keep:
        tiles.drop_all()
        keep({key("h2"): tile()})
    assert (tiles.status()["entries"], tiles.status()["bytes"]) == (0, 0)
    put(tiles, {key(): tile()})
    assert kept(tiles, key()) == [True]


def test_an_answer_that_never_came_holds_nothing_up() -> None:
    """Drops are remembered only while somebody asks."""
    tiles: Tiles[str] = Tiles()
    with contextlib.suppress(StoreError), tiles.asking():
        tiles.drop(["h1"], "raw", 0, 1)
        raise StoreUnavailableError("down")
    assert tiles._dropped == {}
    assert tiles._under_way == {}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9), st.integers(0, 900)), max_size=60))
def test_the_bound_holds(puts: list[tuple[str, int, int]]) -> None:
    """Bytes are the sum of what is there, whatever is replaced or goes."""
    tiles: Tiles[str] = Tiles(8_000)
    for entity, begin, size in puts:
        put(tiles, {key(entity, 100 * begin): tile(size=size)})
        held = sum(TILE_BYTES + one.size for one in tiles._tiles.values())
        assert tiles.status()["bytes"] == held <= 8_000
    assert {name: set(keys) for name, keys in tiles._of.items()} == {
        name: {one for one in tiles._tiles if one.entity == name} for name in {one.entity for one in tiles._tiles}
    }


def test_many_threads_use_it_at_once() -> None:
    """Whoever puts, gets and drops at the same time: the figures stay true."""
    tiles: Tiles[str] = Tiles(100 * TILE_BYTES)

    def work(entity: str) -> None:
        for i in range(400):
            put(tiles, {key(entity, 100 * (i % 50)): tile(size=i)})
            tiles.get([key(entity, 100 * (i % 70))], 100)
            tiles.drop([entity], "raw", 100 * (i % 10), 100 * (i % 10) + 50)

    threads = [threading.Thread(target=work, args=(f"h{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert tiles.status()["bytes"] == sum(TILE_BYTES + one.size for one in tiles._tiles.values())
    assert tiles._under_way == {}
