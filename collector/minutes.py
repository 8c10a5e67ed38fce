"""Minute rows (rule 13): what a minute's raw rows put together come to, kept up tick by tick. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf

from collector.builder import SLOW_KINDS
from tidegauge.metrics.minutes import minute_of
from tidegauge.metrics.records import Block, Column, Entity, Kind, MinuteBlock, Record

RATE_DIGITS = 6
Values = Mapping[str, float]


class Minutes:
    """The minute rows of one host that are not handed over yet; one thread uses it.

    A row ends with its minute, and early when the entity's start changes, when one of its counters
    comes or goes, and when the entity is absent from a tick at which its kind was read.
    """

    def __init__(self) -> None:
        self.last_ms: int | None = None
        """The time of the newest raw row in them."""
        self._open: dict[str, _Row] = {}
        self._ended: list[_Row] = []

    def ends_before(self, stamp_ms: int) -> bool:
        """Whether the minute of the rows so far is over at a time."""
        return self.last_ms is not None and minute_of(self.last_ms) != minute_of(stamp_ms)

    def add(self, record: Record, stamp_ms: int, slow: bool) -> None:
        """Take in the raw rows of a tick, all at `stamp_ms` and later than those before; slow: of all kinds."""
        for block in record.blocks:
            self._add_block(block, stamp_ms)
        for name, row in list(self._open.items()):
            if row.end_ms != stamp_ms and (slow or row.entity.kind not in SLOW_KINDS):
                self._ended.append(self._open.pop(name))
        self.last_ms = stamp_ms

    def take(self) -> list[MinuteBlock]:
        """All rows as blocks, one a kind of entity; from here on there are none."""
        kinds: dict[str, list[_Row]] = {}
        for row in (*self._ended, *self._open.values()):
            kinds.setdefault(row.entity.kind, []).append(row)
        self._open, self._ended, self.last_ms = {}, [], None
        return [_block(kind, rows) for kind, rows in kinds.items()]

    def _add_block(self, block: Block, stamp_ms: int) -> None:
        counters = _columns(block, "counter")
        gauges = _columns(block, "gauge")
        for r, e in enumerate(block.entity):
            entity = block.entities[e]
            counts = {name: value for name, column in counters if (value := column[r]) is not None}
            row = self._open.get(entity.id)
            if row is None or not row.goes_on(entity, counts):
                if row is not None:
                    self._ended.append(row)
                row = self._open[entity.id] = _Row(entity, stamp_ms)
            row.count(counts, stamp_ms)
            row.measure({name: value for name, column in gauges if (value := column[r]) is not None})
            row.entity = entity


class _Row:
    """A minute row as far as it goes; its numbers are those of `MinuteBlock`."""

    __slots__ = ("counters", "end_ms", "entity", "first_ms", "gauges", "rows")

    def __init__(self, entity: Entity, first_ms: int) -> None:
        self.entity = entity
        self.first_ms = self.end_ms = first_ms
        self.rows = 0
        self.counters: dict[str, list[float]] = {}
        self.gauges: dict[str, list[float]] = {}

    def goes_on(self, entity: Entity, counts: Values) -> bool:
        """Whether a raw row with these counters belongs to it."""
        mine = self.counters
        if entity.start != self.entity.start or counts.keys() != mine.keys():
            return False
        for name, value in counts.items():  # noqa: SIM110 (it takes half as long as a generator)
            if value < mine[name][2]:
                return False
        return True

    def count(self, counts: Values, stamp_ms: int) -> None:
        """Take in the counters of a raw row; they are those of the rows before, and have not fallen."""
        self.rows += 1
        if self.rows == 1:
            self.counters = {name: [1, value, value, inf, -inf] for name, value in counts.items()}
            return
        seconds = (stamp_ms - self.end_ms) / 1000
        self.end_ms = stamp_ms
        for name, value in counts.items():
            numbers = self.counters[name]
            rate = (value - numbers[2]) / seconds
            numbers[0] += 1
            numbers[2] = value
            if rate < numbers[3]:
                numbers[3] = rate
            if rate > numbers[4]:
                numbers[4] = rate

    def measure(self, values: Values) -> None:
        """Take in the gauges of a raw row, those that there are."""
        gauges = self.gauges
        for name, value in values.items():
            numbers = gauges.get(name)
            if numbers is None:
                gauges[name] = [1, value, value, value, value]
                continue
            numbers[0] += 1
            if value < numbers[1]:
                numbers[1] = value
            elif value > numbers[2]:
                numbers[2] = value
            numbers[3] += value
            numbers[4] = value

    def numbers(self, name: str, kind: Kind) -> list[float] | None:
        """What is known of a metric."""
        if kind == "gauge":
            return self.gauges.get(name)
        numbers = self.counters.get(name)
        if numbers is None:
            return None
        rates = [round(rate, RATE_DIGITS) for rate in numbers[3:]] if self.rows > 1 else [0, 0]
        return [*numbers[:3], *rates]


def _columns(block: Block, kind: Kind) -> list[tuple[str, list[float | None]]]:
    return [
        (column.name, values) for column, values in zip(block.columns, block.values, strict=True) if column.kind == kind
    ]


def _block(kind: str, rows: Sequence[_Row]) -> MinuteBlock:
    names: dict[tuple[str, Kind], None] = {}
    for row in rows:
        names |= dict.fromkeys((name, "counter") for name in row.counters)
        names |= dict.fromkeys((name, "gauge") for name in row.gauges)
    return MinuteBlock(
        kind=kind,
        entities=[row.entity for row in rows],
        columns=[Column(name, of) for name, of in names],
        entity=list(range(len(rows))),
        times=[row.first_ms for row in rows],
        ends=[row.end_ms for row in rows],
        rows=[row.rows for row in rows],
        values=[[row.numbers(name, of) for row in rows] for name, of in names],
    )
