"""What stands between timelines, lanes and the store: runs of rows, claims of holes, what happened, by way of tiles.

As `tidegauge.queries.samples` does with parts: what is closed is asked for once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from tidegauge.metrics import gaps, runs
from tidegauge.metrics.events import GAP
from tidegauge.metrics.gaps import Claim
from tidegauge.metrics.runs import Run
from tidegauge.metrics.steps import DAY, HOUR, SECOND
from tidegauge.queries import lifecycle, spans, tiers
from tidegauge.queries.lifecycle import Mark
from tidegauge.queries.spans import Ask, Span
from tidegauge.queries.tiles import Key, Tile, Tiles
from tidegauge.storage.base import Reads

AHEAD_MS = HOUR
"""How far around a range claims are looked for, and rows after now: clocks are set."""
MAX_BYTES = 32 << 20
TILE_LINES = 256
ITEM_BYTES = 400

Items = dict[str, list[tuple[int, Any]]]
"""By host what it has, each with its time."""
Held = dict[tuple[str, Span], Tile[tuple[Any, ...]]]


class History(NamedTuple):
    """What a host's collector left in a range: stretches of rows, and claims of holes."""

    runs: list[Run]
    claims: list[Claim]


class _Kind(NamedTuple):
    """One of the three things that are read. unite: several as few."""

    key: tuple[str, int]
    ask: Callable[[Sequence[str], int, int], Items]
    unite: Callable[[Iterable[Any]], Sequence[Any]]
    width_ms: int


class Histories:
    """The store's coverage and claims of hosts. Thread-safe; nobody waits for another's question."""

    def __init__(self, store: Reads, window_ms: int) -> None:
        self._store = store
        self._window_ms = window_ms
        self.tiles: Tiles[tuple[Any, ...]] = Tiles(MAX_BYTES)

    def read(self, nows: Mapping[str, int], start_ms: int, end_ms: int, step_ms: int) -> dict[str, History]:
        """The history of some hosts in a range, as far as it is. nows: each host's own now. step_ms: how finely
        holes are looked for, 0: between any two rows. Raises StoreError.
        """
        width_ms = TILE_LINES * max(step_ms, SECOND)
        lines = _Kind(("runs", step_ms), self._lines(step_ms), runs.build, width_ms)
        claims = _Kind(("claims", 0), self._claims, _once, max(width_ms, HOUR))
        found: dict[str, History] = {}
        for closed_ms, hosts in self._by_closed(nows).items():
            until_ms = min(end_ms, max(nows[host] for host in hosts) + AHEAD_MS)
            rows = self._read(lines, hosts, start_ms, until_ms, closed_ms)
            holes = self._read(claims, hosts, start_ms - AHEAD_MS, until_ms, closed_ms)
            found |= {host: History(_from(rows[host], start_ms), holes[host]) for host in hosts}
        return found

    def marks(self, host: str, now_ms: int, start_ms: int, end_ms: int) -> list[Mark]:
        """What happened to a host and its containers in [start_ms, end_ms), by time. Raises StoreError."""
        width_ms = HOUR if end_ms - start_ms <= DAY else DAY
        kind = _Kind(("marks", width_ms), self._marks, _once, width_ms)
        ((closed_ms, hosts),) = self._by_closed({host: now_ms}).items()
        found: list[Mark] = self._read(kind, hosts, start_ms, end_ms, closed_ms)[host]
        return sorted((one for one in found if start_ms <= one.time_ms < end_ms), key=lambda one: one.time_ms)

    def _by_closed(self, nows: Mapping[str, int]) -> dict[int, list[str]]:
        """The hosts together whose clocks agree, by the time before which all is closed."""
        found: dict[int, list[str]] = {}
        for host, now_ms in sorted(nows.items()):
            closed_ms = now_ms - 2 * self._window_ms
            found.setdefault(closed_ms - closed_ms % self._window_ms, []).append(host)
        return found

    def _read(
        self, kind: _Kind, hosts: Sequence[str], start_ms: int, end_ms: int, closed_ms: int
    ) -> dict[str, list[Any]]:
        touched = spans.of(start_ms, end_ms, closed_ms, kind.width_ms)
        found: dict[str, list[Any]] = {host: [] for host in hosts}
        with self.tiles.asking() as keep:
            held = self._held(kind, hosts, touched)
            for ask in spans.asks(hosts, touched, held, (max(start_ms, closed_ms), end_ms)):
                said = kind.ask(ask.items, ask.from_ms, ask.to_ms)
                fresh = _tiled(kind, ask, said, held)
                keep({_key(kind, *place): tile for place, tile in fresh.items()})
                held |= fresh
                for host in ask.items:
                    found[host] += [one for time_ms, one in said.get(host, ()) if time_ms >= closed_ms]
        for (host, _), tile in held.items():
            found[host] += tile.content
        return {host: list(kind.unite(all_of)) for host, all_of in found.items()}

    def _held(self, kind: _Kind, hosts: Sequence[str], touched: Iterable[Span]) -> Held:
        held: Held = {}
        for span in touched:
            found = self.tiles.get([_key(kind, host, span) for host in hosts], span.until_ms)
            held |= {(host, span): tile for host, tile in zip(hosts, found, strict=True) if tile is not None}
        return held

    def _lines(self, step_ms: int) -> Callable[[Sequence[str], int, int], Items]:
        def ask(hosts: Sequence[str], from_ms: int, to_ms: int) -> Items:
            said = self._store.coverage(hosts, from_ms, to_ms, step_ms)
            names = ("entity", "first_ms", "last_ms", "incarnation", "received_ms", "period_ms")
            found: Items = {}
            columns = (getattr(said, name).tolist() for name in names)
            for entity, first, last, incarnation, received, period in zip(*columns, strict=True):
                line = Run(first, last, said.incarnations[incarnation], received, period)
                found.setdefault(said.entities[entity], []).append((first, line))
            return found

        return ask

    def _marks(self, hosts: Sequence[str], from_ms: int, to_ms: int) -> Items:
        found: Items = {}
        for one in self._store.events(from_ms, to_ms, hosts):
            for mark in lifecycle.marks([one.event]):
                found.setdefault(one.host, []).append((mark.time_ms, mark))
        return found

    def _claims(self, hosts: Sequence[str], from_ms: int, to_ms: int) -> Items:
        found: Items = {}
        for one in self._store.events(from_ms, to_ms, hosts):
            if one.event.kind == GAP:
                claims = [(one.event.time_ns // 1_000_000, claim) for claim in gaps.claims([one.event])]
                found.setdefault(one.host, []).extend(claims)
        return found


def _key(kind: _Kind, host: str, span: Span) -> Key:
    return Key(host, kind.key, span.begin_ms, span.end_ms)


def _tiled(kind: _Kind, ask: Ask[str], said: Items, held: Held) -> Held:
    """The tiles that an answer completes; what is there twice is united."""
    found: Held = {}
    for span in ask.spans:
        for host in ask.items:
            before = held.get((host, span))
            new = [one for time_ms, one in said.get(host, ()) if span.begin_ms <= time_ms < span.until_ms]
            content = tuple(kind.unite([*(before.content if before else ()), *new]))
            found[host, span] = Tile(content, span.until_ms, tiers.RAW, ITEM_BYTES * len(content))
    return found


def _once(found: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(found))


def _from(found: Sequence[Run], start_ms: int) -> list[Run]:
    """The runs from a time on."""
    return [run._replace(first_ms=max(run.first_ms, start_ms)) for run in runs.trim(list(found), start_ms)]
