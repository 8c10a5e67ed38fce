"""Where rows lie, and the SQL that reads them. Pure values; the catalog holds the ones that count now.

A hot table takes appends. A sealed file holds rows of one kind and one UTC day, sorted, and never changes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from pathlib import Path
from typing import NamedTuple

from tidegauge.metrics.steps import DAY
from tidegauge.storage.embedded import minutes
from tidegauge.storage.embedded.columns import ORIGIN, RECEIVED, TIME, column_of, name, text
from tidegauge.storage.embedded.minutes import Metric


class Hot(NamedTuple):
    """A table `tide.hot_<id>`; of a kind's, that of the greatest id takes the appends."""

    id: int
    kind: str
    metrics: frozenset[str]

    @property
    def table(self) -> str:
        """Its name in SQL."""
        return f"tide.hot_{self.id}"


class Sealed(NamedTuple):
    """A Parquet file. path: relative to the store's folder. samples: how many values are not NULL.
    types: the SQL type of each metric that has any."""

    path: str
    kind: str
    first_ms: int
    last_ms: int
    bytes: int
    samples: int
    types: dict[str, str]

    @property
    def day(self) -> int:
        """Its UTC day, counted from the epoch."""
        return self.first_ms // DAY

    @property
    def table(self) -> int:
        """The number of the hot table that it was, which its name ends with."""
        return int(Path(self.path).stem.rpartition("-")[2])


Table = tuple[str, frozenset[str]]
"""A source as it is named in SQL, and which of the metrics asked for it has."""


@dataclass(frozen=True)
class Sources:
    """All that rows can be read from at one moment."""

    folder: Path
    hot: tuple[Hot, ...] = ()
    sealed: tuple[Sealed, ...] = ()

    def active(self, kind: str) -> Hot | None:
        """The table that takes the appends of a kind."""
        return max((hot for hot in self.hot if hot.kind == kind), default=None)

    def with_hot(self, hot: Hot) -> Sources:
        """With a table more, or one that has changed."""
        return replace(self, hot=(*(other for other in self.hot if other.id != hot.id), hot))

    def select(
        self, kind: str, metrics: Sequence[str], origins: Collection[int], start_ms: int, end_ms: int
    ) -> str | None:
        """SQL for the values of metrics in rows of some (distinct) origins with time in [start_ms, end_ms).

        One line a row and metric: (_origin, _time, s: the metric's place in `metrics`, v: DOUBLE or
        NULL). None where no source can have any.
        """
        tables = self._tables(kind, metrics, start_ms, end_ms)
        return _union(tables, lambda have: _values(metrics, have), _where(origins, start_ms, end_ms))

    def select_minutes(
        self, kind: str, metrics: Sequence[Metric], origins: Collection[int], start_ms: int, end_ms: int
    ) -> str | None:
        """SQL for what minute rows say of metrics: (_origin, _time, and what `minutes.select` gives).

        kind: that of the tables. None where no source can have any.
        """
        tables = self._tables(kind, minutes.columns(metrics), start_ms, end_ms)
        return _union(tables, lambda have: minutes.select(metrics, have), _where(origins, start_ms, end_ms))

    def select_rows(self, kind: str, origins: Collection[int], start_ms: int, end_ms: int) -> str | None:
        """SQL for rows whatever they hold: (_origin, _time, _received). None where there is no source."""
        tables = self._tables(kind, (), start_ms, end_ms)
        return _union(tables, lambda _: RECEIVED, _where(origins, start_ms, end_ms))

    def _tables(self, kind: str, metrics: Sequence[str], start_ms: int, end_ms: int) -> list[Table]:
        """All sources of a kind as they are named in SQL, and which of some metrics they have."""
        hot = [(hot.table, hot.metrics) for hot in self.hot if hot.kind == kind]
        return hot + self._files(kind, metrics, start_ms, end_ms)

    def _files(self, kind: str, metrics: Sequence[str], start_ms: int, end_ms: int) -> list[Table]:
        """The sealed ones.

        Files where those are of the same types are read as one: DuckDB plans that in a third of the time.
        Of different types, they would become one that might not hold every number as it was.
        """
        alike: dict[tuple[str | None, ...], list[str]] = {}
        for file in self.sealed:
            if file.kind == kind and file.first_ms < end_ms and file.last_ms >= start_ms:
                types = tuple([file.types.get(metric) for metric in metrics])
                alike.setdefault(types, []).append(text(str(self.folder / file.path)))
        return [
            (f"read_parquet([{', '.join(paths)}])", frozenset(compress(metrics, types)))
            for types, paths in alike.items()
        ]


def _union(tables: Sequence[Table], values: Callable[[frozenset[str]], str], where: str) -> str | None:
    """SQL over those tables of which there are values."""
    pieces = [
        f"SELECT {ORIGIN}, {TIME}, {some} FROM {source} {where}" for source, have in tables if (some := values(have))
    ]
    return " UNION ALL ".join(pieces) if pieces else None


def _where(origins: Collection[int], start_ms: int, end_ms: int) -> str:
    """The condition on a row; the bounds are there to skip row groups by."""
    first, last = min(origins), max(origins)
    chosen = f"{ORIGIN} BETWEEN {first} AND {last}"
    if last - first + 1 > len(origins):
        chosen += f" AND {ORIGIN} IN ({','.join(map(str, origins))})"
    return f"WHERE {chosen} AND {TIME} >= {start_ms} AND {TIME} < {end_ms}"


def _values(metrics: Sequence[str], have: frozenset[str]) -> str:
    """SQL for those of some metrics that a source has; "" if it has none of them."""
    there = [(s, column_of(metric)) for s, metric in enumerate(metrics) if metric in have]
    if not there:
        return ""
    places = ", ".join(str(s) for s, _ in there)
    values = ", ".join(f"{name(column)}::DOUBLE" for _, column in there)
    return f"unnest([{places}]) AS s, unnest([{values}]) AS v"
