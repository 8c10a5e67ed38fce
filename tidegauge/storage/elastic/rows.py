"""Records as lines of a bulk request. Pure.

A line creates one document: what is constant in the rows of an entity is encoded once, and a row adds
its time and its values. An unknown value is left out; a row without any is a document all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from tidegauge.metrics.events import event_id
from tidegauge.metrics.records import Block, Column, Entity, MinuteBlock, Record
from tidegauge.storage.base import Arrival
from tidegauge.storage.elastic import fields
from tidegauge.storage.elastic.layout import Family, Index, at

EXPIRED = "retention"
FIELDS = "fields"

_encode = msgspec.json.encode
_NAME = attrgetter("name")
_NOWHERE = Index("", 0, 0)


@dataclass(frozen=True)
class Need:
    """What rows need to be there: an index that knows their metrics. names: of the fields of those."""

    family: Family
    index: Index
    columns: Sequence[Column]
    names: tuple[str, ...]


class Line(NamedTuple):
    """A document to create, and how an outcome names it.

    record: the place of its record in the append. data: action and document.
    """

    record: int
    need: Need
    data: bytes
    entity: str
    time_ms: int


class Refusal(NamedTuple):
    """A row or an event that will never be taken, and why: a keyword, then perhaps a colon and more."""

    entity: str
    time_ms: int
    reason: str

    @property
    def item(self) -> str:
        """How an outcome names it."""
        return f"{self.entity}@{self.time_ms}: {self.reason}"


class Oldest(NamedTuple):
    """Where retention ends: earlier times are past it."""

    raw_ms: int
    summary_ms: int


Unfit = Callable[[Need], frozenset[str]]
"""Has what is needed there; the metrics that cannot be had (`Indices.unfit`)."""


class Place(NamedTuple):
    """Where rows go. action: the line before each. unfit: places of columns whose metrics cannot be had."""

    need: Need
    action: bytes
    unfit: tuple[int, ...]


_NO_PLACE = Place(Need("raw", _NOWHERE, (), ()), b"", ())


class Heads:
    """What the rows of entities begin with, remembered: an entity comes again every second. Thread-safe."""

    def __init__(self, most: int = 50_000) -> None:
        self._most = most
        self._known: dict[tuple[str, str], tuple[Entity, str, bytes]] = {}

    def of(self, entity: Entity, record: Record) -> bytes:
        """All up to the number of the time."""
        key = (entity.id, record.incarnation)
        known = self._known.get(key)
        if known is not None and known[0] == entity and known[1] == record.host:
            return known[2]
        if len(self._known) >= self._most:
            self._known = {}
        head = _head(entity, record)
        self._known[key] = (entity, record.host, head)
        return head


class Plan:
    """What an append creates, in order, and what it does not, by record."""

    def __init__(self, unfit: Unfit, heads: Heads | None = None) -> None:
        self.lines: list[Line] = []
        self.refused: dict[int, list[Refusal]] = {}
        self._unfit = unfit
        self._heads = heads or Heads()
        self._places: dict[tuple[Index, tuple[str, ...]], Place] = {}

    def add(self, place: int, arrival: Arrival, oldest: Oldest) -> None:
        """Take a record in. Raises what `unfit` raises."""
        record = arrival.record
        for block in record.blocks:
            self._add_rows(place, arrival, block, oldest.raw_ms)
        for minutes in record.minutes:
            self._add_minutes(place, record, minutes, oldest.summary_ms)
        self._add_events(place, record, oldest.summary_ms)

    def _add_rows(self, place: int, arrival: Arrival, block: Block, oldest_ms: int) -> None:
        heads = [self._heads.of(entity, arrival.record) for entity in block.entities]
        names = tuple(map(_NAME, block.columns))
        values_of = _values_type(names)
        late = b',"received":%d,"metrics":' % arrival.received_ms
        for row, (need, action, _), time_ms, values in self._kept(place, "raw", block, names, oldest_ms):
            entity = block.entity[row]
            then = b',"metrics":' if time_ms >= arrival.late_before_ms else late
            data = b"%b%b%d%b%b}\n" % (action, heads[entity], time_ms, then, _encode(values_of(*values)))
            self.lines.append(Line(place, need, data, block.entities[entity].id, time_ms))

    def _add_minutes(self, place: int, record: Record, block: MinuteBlock, oldest_ms: int) -> None:
        heads = [self._heads.of(entity, record) for entity in block.entities]
        stats = [fields.names(column.name, column.kind, "minute") for column in block.columns]
        skipped = [int(column.kind == "counter") for column in block.columns]
        names = tuple(chain.from_iterable(stats))
        for row, (need, action, _), time_ms, values in self._kept(place, "minute", block, names, oldest_ms):
            entity = block.entity[row]
            metrics = {
                name: number
                for stat, skip, value in zip(stats, skipped, values, strict=True)
                if value is not None
                for name, number in zip(stat, value[skip:], strict=True)
            }
            rest = _encode({"last": block.ends[row], "rows": block.rows[row], "metrics": metrics})
            data = b"%b%b%d,%b\n" % (action, heads[entity], time_ms, rest[1:])
            self.lines.append(Line(place, need, data, block.entities[entity].id, time_ms))

    def _add_events(self, place: int, record: Record, oldest_ms: int) -> None:
        for event in record.events:
            time_ms = event.time_ns // 1_000_000
            if time_ms < oldest_ms:
                self._refuse(place, event.entity, time_ms, EXPIRED)
                continue
            need, name = self._place("events", at("events", time_ms), (), ()).need, event_id(event)
            document = {
                "@timestamp": time_ms,
                "time_ns": event.time_ns,
                "id": name,
                "entity": {"id": event.entity},
                "host": {"id": record.host},
                "incarnation": record.incarnation,
                "kind": event.kind,
                "attributes": event.attributes,
            }
            action = {"create": {"_index": need.index.name, "_id": name}}
            data = b"%b\n%b\n" % (_encode(action), _encode(document))
            self.lines.append(Line(place, need, data, event.entity, time_ms))

    def _kept(
        self, place: int, family: Family, block: Block | MinuteBlock, names: tuple[str, ...], oldest_ms: int
    ) -> Iterator[tuple[int, Place, int, tuple[Any, ...]]]:
        """The rows that can be created: number in the block, where they go, time, values; the others are noted."""
        index, where = _NOWHERE, _NO_PLACE
        rows = zip(*block.values, strict=True) if block.values else ((),) * len(block.times)
        for row, (time_ms, values) in enumerate(zip(block.times, rows, strict=True)):
            if time_ms < oldest_ms:
                self._refuse(place, block.entities[block.entity[row]].id, time_ms, EXPIRED)
                continue
            if not index.start_ms <= time_ms < index.end_ms:
                index = at(family, time_ms)
                where = self._place(family, index, block.columns, names)
            if where.unfit and (lost := [block.columns[i].name for i in where.unfit if values[i] is not None]):
                reason = f"{FIELDS}: {index.name} cannot take {', '.join(lost[:3])}"
                self._refuse(place, block.entities[block.entity[row]].id, time_ms, reason)
                continue
            yield row, where, time_ms, values

    def _place(self, family: Family, index: Index, columns: Sequence[Column], names: tuple[str, ...]) -> Place:
        """Where rows with these fields go; many blocks of an append have the same."""
        if (known := self._places.get((index, names))) is not None:
            return known
        need = Need(family, index, columns, names)
        lost = self._unfit(need)
        unfit = tuple(i for i, column in enumerate(columns) if column.name in lost)
        made = Place(need, b'{"create":{"_index":"%b"}}\n' % index.name.encode(), unfit)
        return self._places.setdefault((index, names), made)

    def _refuse(self, place: int, entity: str, time_ms: int, reason: str) -> None:
        self.refused.setdefault(place, []).append(Refusal(entity, time_ms, reason))


def _head(entity: Entity, record: Record) -> bytes:
    """What all rows of an entity begin with, up to the number of the time."""
    document = {fields.attribute(key): text for key, text in entity.attributes.items()}
    document |= {
        "entity.id": entity.id,
        "entity.kind": entity.kind,
        "entity.start": entity.start,
        "incarnation": record.incarnation,
        "host.id": record.host,
    }
    return b'%b,"period_ms":%d,"@timestamp":' % (_encode(document)[:-1], entity.period_ms)


@lru_cache(512)
def _values_type(names: tuple[str, ...]) -> Callable[..., msgspec.Struct]:
    """A type whose instances are encoded as {name: value, …} without the values that are None: twice as fast
    as a dictionary a row."""
    numbered = {f"f{i}": name for i, name in enumerate(names)}
    return msgspec.defstruct("Values", [(field, Any, None) for field in numbered], rename=numbered, omit_defaults=True)
