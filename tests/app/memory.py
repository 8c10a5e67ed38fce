"""A store in memory for tests of what stands before it: exact by definition, and it notes what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from tidegauge.metrics import parts as p
from tidegauge.metrics.parts import Parts, Series
from tidegauge.metrics.records import Row
from tidegauge.metrics.steps import MINUTE
from tidegauge.storage.base import StoreUnavailableError, Tier


def same(found: Parts, expected: Parts) -> bool:
    """Whether two hold the same parts, whatever else their tables hold."""
    return p.equal(*(p.assemble(*_plain(one)) for one in (found, expected)))


def _plain(parts: Parts) -> tuple[list[Series], list[str], list[str], dict[str, object]]:
    names = (*p.INTS[1:], *p.FLOATS)
    columns: dict[str, object] = {name: getattr(parts, name) for name in names if name not in ("incarnation", "start")}
    return (
        [parts.keys[i] for i in parts.series],
        [parts.incarnations[i] for i in parts.incarnation],
        [parts.starts[i] for i in parts.start],
        columns,
    )


class Asked(NamedTuple):
    """One call of `parts`."""

    series: tuple[Series, ...]
    start_ms: int
    end_ms: int
    step_ms: int
    tier: Tier
    ends: bool


class Memory:
    """Rows in memory. minutes: the hosts that make minute rows. answering: called before each answer."""

    refresh_ms = 0
    commit_ms = 500

    def __init__(self, rows: Iterable[Row] = (), minutes: Iterable[str] = ()) -> None:
        self.rows = {_key(row): row for row in rows}
        self.minutes = set(minutes)
        self.asked: list[Asked] = []
        self.down = False
        self.answering: Callable[[], None] = lambda: None

    def add(self, rows: Iterable[Row]) -> None:
        """Keep rows, each key once."""
        for row in rows:
            self.rows.setdefault(_key(row), row)

    def parts(
        self,
        series: Sequence[Series],
        start_ms: int,
        end_ms: int,
        step_ms: int,
        *,
        tier: Tier = "raw",
        ends: bool = False,
    ) -> Parts:
        """See Store; without `ends` a gauge has none, as in Elasticsearch."""
        self.asked.append(Asked(tuple(series), start_ms, end_ms, step_ms, tier, ends))
        if self.down:
            raise StoreUnavailableError("down")
        rows = [row for row in self.rows.values() if tier == "raw" or row.host in self.minutes]
        if tier == "minute":
            assert not any(time_ms % MINUTE for time_ms in (start_ms, end_ms, step_ms))
            minutes = p.of_rows(rows, series, MINUTE)
            inside = p.take(minutes, (minutes.first_ms >= start_ms) & (minutes.first_ms < end_ms))
            found = p.rebucket(inside, step_ms)
        else:
            found = p.of_rows([row for row in rows if start_ms <= row.time_ms < end_ms], series, step_ms)
        self.answering()
        return found if ends or step_ms == 0 else _without_ends(found)


def _key(row: Row) -> tuple[str, str, int]:
    return row.entity.id, row.incarnation, row.time_ms


def _without_ends(parts: Parts) -> Parts:
    gauges = np.array([key.kind == "gauge" for key in parts.keys], bool)[parts.series]
    for column in (parts.first, parts.last):
        column[gauges] = np.nan
    return parts
