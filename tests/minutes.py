"""Rule 13 in plain Python: the minute rows of raw rows, written from the rule alone, and records of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from tidegauge.metrics.records import Column, Entity, Kind, MinuteBlock, Record, Row
from tidegauge.metrics.records import rows as rows_of


class MinuteRow(NamedTuple):
    """What an entity showed within a minute of the epoch. Key: (entity.id, incarnation, time_ms).

    time_ms, end_ms: when the first and the last of its `rows` raw rows were taken. values: the
    numbers of each metric that it knows, as `tidegauge.metrics.minutes.STATS` names them.
    """

    entity: Entity
    host: str
    incarnation: str
    time_ms: int
    end_ms: int
    rows: int
    values: dict[str, list[float]]


def rows_of_minutes(record: Record) -> Iterator[MinuteRow]:
    """The minute rows of a record, block by block, unknown metrics left out."""
    for block in record.minutes:
        names = [column.name for column in block.columns]
        for r, (e, time_ms, end_ms, count) in enumerate(
            zip(block.entity, block.times, block.ends, block.rows, strict=True)
        ):
            values = {
                name: numbers
                for name, column in zip(names, block.values, strict=True)
                if (numbers := column[r]) is not None
            }
            yield MinuteRow(block.entities[e], record.host, record.incarnation, time_ms, end_ms, count, values)


def of_rows(
    rows: Iterable[Row], kinds: Mapping[str, Kind], ticks: Mapping[str, Collection[int]] | None = None
) -> list[MinuteRow]:
    """The minute rows of raw rows, by entity, incarnation and time.

    kinds: of all metrics. ticks: when an entity of each kind was to be read; a row that misses one ends there.
    """
    found: list[list[Row]] = []
    for row in sorted(rows, key=lambda row: (row.entity.id, row.incarnation, row.time_ms)):
        times = (ticks or {}).get(row.entity.kind, ())
        if found and _goes_on(found[-1][-1], row, kinds) and not _is_missed(found[-1][-1], row, times):
            found[-1].append(row)
        else:
            found.append([row])
    return [_minute_row(some, kinds) for some in found]


def _goes_on(before: Row, row: Row, kinds: Mapping[str, Kind]) -> bool:
    """Whether two neighbouring rows belong to one minute row."""
    one, other = (
        (r.entity.id, r.incarnation, r.entity.start, r.time_ms // 60_000, _counters(r, kinds)) for r in (before, row)
    )
    return one == other


def _is_missed(before: Row, row: Row, ticks: Collection[int]) -> bool:
    return any(before.time_ms < tick < row.time_ms for tick in ticks)


def _counters(row: Row, kinds: Mapping[str, Kind]) -> set[str]:
    return {name for name in row.values if kinds[name] == "counter"}


def _minute_row(some: Sequence[Row], kinds: Mapping[str, Kind]) -> MinuteRow:
    names = list(dict.fromkeys(name for row in some for name in row.values))
    values = {
        name: (_counter if kinds[name] == "counter" else _gauge)(
            [(row.time_ms, row.values[name]) for row in some if name in row.values]
        )
        for name in names
    }
    last = some[-1]
    return MinuteRow(last.entity, last.host, last.incarnation, some[0].time_ms, last.time_ms, len(some), values)


def _counter(samples: Sequence[tuple[int, float]]) -> list[float]:
    rates = [round((b - a) * 1000 / (t - s), 6) for (s, a), (t, b) in pairwise(samples)] or [0.0]
    return [len(samples), samples[0][1], samples[-1][1], min(rates), max(rates)]


def _gauge(samples: Sequence[tuple[int, float]]) -> list[float]:
    numbers = [value for _, value in samples]
    return [len(numbers), min(numbers), max(numbers), sum(numbers), numbers[-1]]


def blocks_of(some: Sequence[MinuteRow], kinds: Mapping[str, Kind]) -> list[MinuteBlock]:
    """Minute rows as blocks, one a kind of entity."""
    by_kind: dict[str, list[MinuteRow]] = {}
    for row in some:
        by_kind.setdefault(row.entity.kind, []).append(row)
    return [_block(kind, rows, kinds) for kind, rows in by_kind.items()]


def _block(kind: str, some: Sequence[MinuteRow], kinds: Mapping[str, Kind]) -> MinuteBlock:
    names = list(dict.fromkeys(name for row in some for name in row.values))
    return MinuteBlock(
        kind=kind,
        entities=[row.entity for row in some],
        columns=[Column(name, kinds[name]) for name in names],
        entity=list(range(len(some))),
        times=[row.time_ms for row in some],
        ends=[row.end_ms for row in some],
        rows=[row.rows for row in some],
        values=[[row.values.get(name) for row in some] for name in names],
    )


def summary(*raw: Record, seq: int = 1000) -> Record:
    """A record of the minute rows of raw records of one host and incarnation."""
    kinds = {column.name: column.kind for one in raw for block in one.blocks for column in block.columns}
    rows = [row for one in raw for row in rows_of(one)]
    blocks = blocks_of(of_rows(rows, kinds), kinds)
    return Record(host=raw[0].host, incarnation=raw[0].incarnation, seq=seq, minutes=blocks)


def minute_rows(*records: Record) -> list[MinuteRow]:
    """The minute rows of records, by entity, incarnation and time."""
    found = [row for record in records for row in rows_of_minutes(record)]
    return sorted(found, key=lambda row: (row.entity.id, row.incarnation, row.time_ms))
