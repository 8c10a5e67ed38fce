"""Lines of answers as Parts and Coverage: arrays, next to nothing a line in Python. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from tidegauge.metrics import parts as p
from tidegauge.metrics.parts import Floats, Ints, Parts, Series
from tidegauge.storage.base import Coverage
from tidegauge.storage.elastic.answers import Lines, Values
from tidegauge.storage.elastic.bodies import Metric

T = TypeVar("T")
Columns = dict[str, NDArray[Any]]

WHO = ("entity", "incarnation", "start")
WHEN = ("bucket", "first_ms", "last_ms", "period_ms")


class Group(NamedTuple):
    """Entities of which the same metrics are asked for. places: of each entity's metrics in the keys asked for."""

    entities: tuple[str, ...]
    metrics: tuple[Metric, ...]
    places: Mapping[str, Sequence[int]]

    def narrowed(self, entities: Iterable[str], n: int) -> Group:
        """Some of the entities, and their n-th metric alone."""
        places = {entity: (self.places[entity][n],) for entity in sorted(entities)}
        return Group(tuple(places), (self.metrics[n],), places)


def groups(keys: Sequence[Series]) -> list[Group]:
    """The groups of series, which are distinct."""
    asked: dict[str, list[int]] = {}
    for place, key in enumerate(keys):
        asked.setdefault(key.entity, []).append(place)
    alike: dict[tuple[Metric, ...], list[str]] = {}
    for entity, places in asked.items():
        alike.setdefault(tuple((keys[place].metric, keys[place].kind) for place in places), []).append(entity)
    return [
        Group(tuple(entities), metrics, {entity: asked[entity] for entity in entities})
        for metrics, entities in alike.items()
    ]


class Gathering:
    """Lines on their way to parts of `keys` (ascending), in any order; no two of one part."""

    def __init__(self, keys: tuple[Series, ...]) -> None:
        self._keys = keys
        self._tables = {name: _Table() for name in WHO}
        self._columns: list[Columns] = []

    def add(self, lines: Lines, group: Group, values: Sequence[Values]) -> None:
        """Take what lines hold of each of a group's metrics."""
        who = {name: self._tables[name].places(getattr(lines, name)) for name in WHO}
        places = np.array([group.places[name] for name in group.entities], np.int64)
        own = {name: i for i, name in enumerate(group.entities)}
        entity = np.fromiter(map(own.__getitem__, lines.entity), np.int64, len(lines.entity))
        for n, one in enumerate(values):
            there = np.flatnonzero(one.having)
            columns: Columns = {"series": places[entity[there], n]}
            columns |= {name: who[name][there] for name in ("incarnation", "start")}
            columns |= {name: getattr(lines, name)[there] for name in WHEN}
            columns |= {name: getattr(one, name)[there] for name in ("count", *p.FLOATS)}
            self._columns.append(columns)

    def parts(self) -> Parts:
        """All that was taken."""
        if not self._columns:
            return p.empty()
        columns = _joined(self._columns)
        keys, columns["series"] = _used(self._keys, columns["series"])
        names, columns["incarnation"] = self._tables["incarnation"].ascending(columns["incarnation"])
        lives, columns["start"] = self._tables["start"].ascending(columns["start"])
        order = _order(columns, "series", "bucket", "first_ms", "incarnation", "start")
        return p.take(Parts(keys, names, lives, **columns), order)


def with_ends(parts: Parts, rows: Parts, *, first: bool) -> Parts:
    """The parts with the last values, and the `first` ones, of which `rows` hold the row of that time."""
    values = dict(zip(_named(rows, rows.first_ms), rows.first.tolist(), strict=True))

    def found(time: Ints, known: Floats) -> Floats:
        there = np.array([values.get(key, np.nan) for key in _named(parts, time)], np.float64)
        return np.where(np.isnan(there), known, there)

    begin = found(parts.first_ms, parts.first) if first else parts.first
    return replace(parts, first=begin, last=found(parts.last_ms, parts.last))


def _named(parts: Parts, time: Ints) -> Iterable[tuple[Series, str, str, int]]:
    """Of whom each part is, and a time, so that other parts can be compared."""
    return zip(
        [parts.keys[i] for i in parts.series.tolist()],
        [parts.incarnations[i] for i in parts.incarnation.tolist()],
        [parts.starts[i] for i in parts.start.tolist()],
        time.tolist(),
        strict=True,
    )


class Covering:
    """Lines on their way to a coverage, in any order; no two of one key."""

    def __init__(self) -> None:
        self._tables = {name: _Table() for name in WHO}
        self._columns: list[Columns] = []

    def add(self, lines: Lines, late: Ints, received_ms: Ints) -> None:
        """Take lines, and of each how many rows were late and when the last of those was received (0: none)."""
        columns: Columns = {name: self._tables[name].places(getattr(lines, name)) for name in WHO}
        columns |= {name: getattr(lines, name) for name in (*WHEN, "rows")}
        self._columns.append({**columns, "late": late, "received_ms": received_ms})

    def coverage(self) -> Coverage:
        """All that was taken."""
        if not self._columns:
            return Coverage((), (), *[np.empty(0, np.int64)] * 9)
        columns = _joined(self._columns)
        entities, columns["entity"] = self._tables["entity"].ascending(columns["entity"])
        names, columns["incarnation"] = self._tables["incarnation"].ascending(columns["incarnation"])
        _, columns["start"] = self._tables["start"].ascending(columns["start"])
        order = _order(columns, "entity", "bucket", "first_ms", "incarnation", "start")
        del columns["start"]
        return Coverage(entities, names, **{name: column[order] for name, column in columns.items()})


class _Table:
    """Texts by number, in any order."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def places(self, texts: Sequence[str]) -> Ints:
        """The number of each."""
        places = self._places
        for text in set(texts) - places.keys():
            places[text] = len(places)
        return np.fromiter(map(places.__getitem__, texts), np.int64, len(texts))

    def ascending(self, column: Ints) -> tuple[tuple[str, ...], Ints]:
        """The texts that a column of numbers uses in ascending order, and the column by that order."""
        texts = list(self._places)
        order = sorted(range(len(texts)), key=texts.__getitem__)
        rank = np.empty(len(texts), np.int64)
        rank[order] = np.arange(len(texts))
        return _used([texts[i] for i in order], rank[column])


def _used(table: Sequence[T], column: Ints) -> tuple[tuple[T, ...], Ints]:
    """A table less what a column does not name, and the column that names the rest."""
    there = np.zeros(len(table), bool)
    there[column] = True
    return tuple(table[i] for i in np.flatnonzero(there).tolist()), (np.cumsum(there) - 1)[column]


def _joined(many: Sequence[Columns]) -> Columns:
    return {name: np.concatenate([columns[name] for columns in many]) for name in many[0]}


def _order(columns: Columns, *names: str) -> Ints:
    """The places of lines sorted by some columns, the first before all."""
    return np.lexsort([columns[name] for name in reversed(names)])
