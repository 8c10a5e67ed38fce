"""What of a record is past retention (rule 14): found by place, named as items, and left out. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import compress
from typing import Literal, NamedTuple, TypeVar

import msgspec

from tidegauge.metrics.records import Block, MinuteBlock, Record

Among = Literal["blocks", "minutes", "events"]
B = TypeVar("B", Block, MinuteBlock)


class Place(NamedTuple):
    """Where a row lies in its record: the block's index, and the row's within the block.

    among: raw rows, minute rows, or events; of an event `block` is its own index.
    """

    block: int
    row: int
    among: Among = "blocks"


def expired(record: Record, oldest_ms: int, oldest_summary_ms: int) -> list[Place]:
    """What is older than retention: raw rows before `oldest_ms`, minute rows and events before `oldest_summary_ms`."""
    oldest_ns = oldest_summary_ms * 1_000_000
    return [
        *_before("blocks", record.blocks, oldest_ms),
        *_before("minutes", record.minutes, oldest_summary_ms),
        *(Place(i, 0, "events") for i, event in enumerate(record.events) if event.time_ns < oldest_ns),
    ]


def _before(among: Among, blocks: Sequence[Block | MinuteBlock], oldest_ms: int) -> Iterator[Place]:
    for b, block in enumerate(blocks):
        if block.times and min(block.times) < oldest_ms:
            yield from (Place(b, r, among) for r, time_ms in enumerate(block.times) if time_ms < oldest_ms)


def items(record: Record, places: Collection[Place], reason: str) -> list[str]:
    """How an outcome names rows and events: `entity@time_ms: reason`."""
    return [f"{name}@{time_ms}: {reason}" for name, time_ms in (_of(record, place) for place in places)]


def _of(record: Record, place: Place) -> tuple[str, int]:
    """The entity and the time in ms of what lies at a place."""
    if place.among == "events":
        event = record.events[place.block]
        return event.entity, event.time_ns // 1_000_000
    blocks: Sequence[Block | MinuteBlock] = record.blocks if place.among == "blocks" else record.minutes
    block = blocks[place.block]
    return block.entities[block.entity[place.row]].id, block.times[place.row]


def without(record: Record, places: Collection[Place]) -> Record:
    """The record less some rows and events; a block without rows goes too."""
    gone: dict[tuple[Among, int], set[int]] = {}
    for block, row, among in places:
        gone.setdefault((among, block), set()).add(row)
    return msgspec.structs.replace(
        record,
        blocks=_left(record.blocks, "blocks", gone),
        minutes=_left(record.minutes, "minutes", gone),
        events=[event for i, event in enumerate(record.events) if ("events", i) not in gone],
    )


def _left(blocks: Sequence[B], among: Among, gone: dict[tuple[Among, int], set[int]]) -> list[B]:
    left = [_less(block, gone.get((among, b), set())) for b, block in enumerate(blocks)]
    return [block for block in left if block.times]


def _less(block: B, gone: set[int]) -> B:
    if not gone:
        return block
    kept = [r not in gone for r in range(len(block.times))]
    by_row = ("entity", "times") if isinstance(block, Block) else ("entity", "times", "ends", "rows")
    columns = {name: list(compress(getattr(block, name), kept)) for name in by_row}
    return msgspec.structs.replace(block, **columns, values=[list(compress(column, kept)) for column in block.values])
