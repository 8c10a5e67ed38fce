"""Records: what a collector spools and sends (rules 1, 2 and 4 of docs/rules.md).

A record stands alone. Its rows lie in blocks, one block a kind of entity, values by column.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

VERSION = 1

Kind = Literal["counter", "gauge"]

HOST = "host"
CONTAINER = "container"
DEVICE_KINDS = ("cpu", "disk", "filesystem", "network", "process", "processes")
ENTITY_KINDS = (HOST, CONTAINER, *DEVICE_KINDS)


class Entity(msgspec.Struct, frozen=True):
    """Something that is measured, as it was when the rows beside it were taken.

    `id` is a host id, a full container id, or `OWNER:kind:name`. `start` names the life of its
    counters: they never fall while it stays the same. `attributes` describe, they never identify.
    """

    id: str
    kind: str
    start: str
    period_ms: int
    attributes: dict[str, str] = {}


class Column(msgspec.Struct, frozen=True):
    """A metric as a column of a block: its OpenTelemetry name and whether it is cumulative."""

    name: str
    kind: Kind


class Block(msgspec.Struct, frozen=True):
    """Rows of entities of one kind.

    Row r belongs to `entities[entity[r]]`, was taken at `times[r]` (ms since the epoch, the
    sender's clock) and holds `values[c][r]` for each column c; None is unknown, never 0.
    """

    kind: str
    entities: list[Entity]
    columns: list[Column]
    entity: list[int]
    times: list[int]
    values: list[list[float | None]]


class MinuteBlock(msgspec.Struct, frozen=True):
    """Minute rows (rule 13) of entities of one kind: the raw rows of a minute, put together.

    Row r belongs to `entities[entity[r]]` and stands for `rows[r]` raw rows of the record's
    incarnation, all of the entity's `start`, the first taken at `times[r]`, the last at `ends[r]` (ms,
    the sender's clock), all in one minute of the epoch. `values[c][r]` is None, or five numbers (named
    in `tidegauge.metrics.minutes`): of a counter [count, first, last, least rate, greatest rate]
    (rates a second between neighbouring rows, to a millionth; where count is 1: 0, 0), of a gauge
    [count, min, max, sum, last]. A counter is in all of the raw rows or in none.
    """

    kind: str
    entities: list[Entity]
    columns: list[Column]
    entity: list[int]
    times: list[int]
    ends: list[int]
    rows: list[int]
    values: list[list[list[float] | None]]


class Event(msgspec.Struct, frozen=True):
    """Something that happened to an entity at `time_ns` (ns since the epoch, the sender's clock)."""

    entity: str
    time_ns: int
    kind: str
    attributes: dict[str, str] = {}


class Description(msgspec.Struct, frozen=True):
    """What a metric means; sent once an incarnation. `decimals` None: any real number."""

    name: str
    kind: Kind
    unit: str
    help: str
    formula: str = ""
    decimals: int | None = None


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One spooled unit: rows, minute rows and events of one collector, named by (incarnation, seq)."""

    v: int = VERSION
    host: str
    incarnation: str
    seq: int
    blocks: list[Block] = []
    minutes: list[MinuteBlock] = []
    events: list[Event] = []
    metrics: list[Description] = []


class Row(msgspec.Struct, frozen=True):
    """All samples of an entity at one time. Key: (entity.id, incarnation, time_ms).

    `received_ms` (the server's clock) is there for a row that arrived late.
    """

    entity: Entity
    host: str
    incarnation: str
    time_ms: int
    values: dict[str, float]
    received_ms: int | None = None


def rows(record: Record) -> Iterator[Row]:
    """The rows of a record, block by block, unknown values left out."""
    for block in record.blocks:
        names = [column.name for column in block.columns]
        for r, (e, time_ms) in enumerate(zip(block.entity, block.times, strict=True)):
            values = {
                name: value
                for name, column in zip(names, block.values, strict=True)
                if (value := column[r]) is not None
            }
            yield Row(block.entities[e], record.host, record.incarnation, time_ms, values)


def count_rows(record: Record) -> int:
    """How many rows a record holds, minute rows among them."""
    return sum(len(block.times) for block in every_block(record))


def every_block(record: Record) -> list[Block | MinuteBlock]:
    """The blocks of a record, and those of its minute rows."""
    return [*record.blocks, *record.minutes]
