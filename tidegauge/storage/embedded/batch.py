"""Records as columns, and which of their rows are new. Pure.

Group commit hands over what waits: hundreds of records of one row each kind, or few of thousands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tidegauge.metrics.parts import Floats, Ints
from tidegauge.metrics.records import Block, Entity
from tidegauge.metrics.steps import DAY
from tidegauge.storage.base import Arrival, Tier
from tidegauge.storage.embedded import minutes
from tidegauge.storage.embedded.origins import Origin
from tidegauge.storage.embedded.tiers import tier_of

Mask = NDArray[np.bool_]
Place = Callable[[Entity, str, str, Tier], Origin]


@dataclass(frozen=True)
class Rows:
    """Rows of one kind of table in columns of length n, in the order they came.

    block: which of the batch's blocks. values: metrics × n, NaN for unknown.
    """

    kind: str
    metrics: tuple[str, ...]
    origin: Ints
    lane: Ints
    time: Ints
    block: Ints
    values: Floats

    def __len__(self) -> int:
        return len(self.time)


@dataclass
class _Gathered:
    """Rows whose blocks have the same columns, as lists."""

    origin: list[int] = field(default_factory=list)
    lane: list[int] = field(default_factory=list)
    time: list[int] = field(default_factory=list)
    block: list[int] = field(default_factory=list)
    values: list[list[float | None]] = field(default_factory=list)

    def add(self, block: Block, origins: Sequence[Origin], number: int) -> None:
        ids, lanes = [origin.id for origin in origins], [origin.lane for origin in origins]
        self.origin.extend(map(ids.__getitem__, block.entity))
        self.lane.extend(map(lanes.__getitem__, block.entity))
        self.time.extend(block.times)
        self.block.extend([number] * len(block.times))
        for column, values in zip(self.values, block.values, strict=True):
            column.extend(values)


def flatten(arrivals: Sequence[Arrival], place: Place) -> tuple[list[Rows], Ints]:
    """The rows of records, one `Rows` a kind, and for each block the index of its record.

    Records are well formed (`tidegauge.metrics.limits.check`).
    """
    gathered: dict[tuple[str, tuple[str, ...]], _Gathered] = {}
    owners: list[int] = []
    for index, arrival in enumerate(arrivals):
        record = arrival.record
        for block in minutes.flat(record):
            tier = tier_of(block.kind)
            origins = [place(entity, record.host, record.incarnation, tier) for entity in block.entities]
            metrics = tuple([column.name for column in block.columns])
            into = gathered.get((block.kind, metrics))
            if into is None:
                into = gathered[block.kind, metrics] = _Gathered(values=[[] for _ in metrics])
            into.add(block, origins, len(owners))
            owners.append(index)
    kinds: dict[str, list[Rows]] = {}
    for (kind, metrics), lists in gathered.items():
        kinds.setdefault(kind, []).append(_rows(kind, metrics, lists))
    return [some[0] if len(some) == 1 else _joined(some) for some in kinds.values()], np.array(owners, np.int64)


def _rows(kind: str, metrics: tuple[str, ...], lists: _Gathered) -> Rows:
    origin, lane, time, block = (
        np.array(column, np.int64) for column in (lists.origin, lists.lane, lists.time, lists.block)
    )
    values = np.array(lists.values, np.float64).reshape(len(metrics), len(time))
    return Rows(kind, metrics, origin, lane, time, block, values)


def _joined(some: Sequence[Rows]) -> Rows:
    """One of several with different columns; in the order of blocks, so that the first row of a key stays first."""
    metrics = tuple(dict.fromkeys(metric for rows in some for metric in rows.metrics))
    values = np.full((len(metrics), sum(map(len, some))), np.nan)
    at = 0
    for rows in some:
        values[[metrics.index(metric) for metric in rows.metrics], at : at + len(rows)] = rows.values
        at += len(rows)
    origin, lane, time, block = (
        np.concatenate([getattr(rows, column) for rows in some]) for column in ("origin", "lane", "time", "block")
    )
    return take(Rows(some[0].kind, metrics, origin, lane, time, block, values), np.argsort(block, kind="stable"))


def take(rows: Rows, which: Mask | Ints) -> Rows:
    """Some of the rows, by mask or places."""
    return Rows(
        rows.kind,
        rows.metrics,
        rows.origin[which],
        rows.lane[which],
        rows.time[which],
        rows.block[which],
        rows.values[:, which],
    )


def firsts(lane: Ints, time: Ints) -> Mask:
    """Which rows are the first of their key among these."""
    order = np.lexsort((time, lane))
    lane, time = lane[order], time[order]
    again = np.zeros(len(order), bool)
    again[1:] = (lane[1:] == lane[:-1]) & (time[1:] == time[:-1])
    first = np.empty(len(order), bool)
    first[order] = ~again
    return first


def spans(rows: Rows) -> tuple[Ints, Ints, Ints]:
    """For each (origin, UTC day) the origin, and the times of its first and its last row."""
    day = rows.time // DAY
    order = np.lexsort((rows.time, day, rows.origin))
    origin, day, time = rows.origin[order], day[order], rows.time[order]
    begins = np.flatnonzero(np.append(True, (origin[1:] != origin[:-1]) | (day[1:] != day[:-1])))
    return origin[begins], time[begins], time[np.append(begins[1:], len(rows)) - 1]
