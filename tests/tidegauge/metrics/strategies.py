"""Hypothesis strategies of the core's values: sound records, and queries."""

from __future__ import annotations

import string
from typing import TypeVar

from hypothesis import strategies as st
from msgspec import structs

from tidegauge.metrics import incarnations, query, steps
from tidegauge.metrics.filters import Filter, Term
from tidegauge.metrics.query import Query
from tidegauge.metrics.records import (
    DEVICE_KINDS,
    ENTITY_KINDS,
    HOST,
    Block,
    Column,
    Description,
    Entity,
    Event,
    MinuteBlock,
    Record,
)

NOW_MS = 1_750_000_000_000

B = TypeVar("B", Block, MinuteBlock)

names = st.text(string.ascii_letters + string.digits + "_./:-", min_size=1, max_size=30)
ids = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20)
hosts = st.text(string.ascii_letters + string.digits + "_.-", min_size=1, max_size=20)
stamps = st.builds(incarnations.new, st.integers(0, 10**13 - 1), st.none(), st.from_regex(r"\A[0-9a-f]{1,8}\Z"))
numbers = st.floats(-1e290, 1e290)
times = st.integers(0, 2 * NOW_MS)
attributes = st.dictionaries(names, texts, max_size=3)
kinds = st.sampled_from(["counter", "gauge"])


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    """A block whose columns fit its rows."""
    kind = draw(st.sampled_from(ENTITY_KINDS))
    entity = st.builds(Entity, ids, st.just(kind), texts, st.integers(100, 60_000), attributes)
    entities = draw(st.lists(entity, min_size=1, max_size=3))
    columns = draw(st.lists(st.builds(Column, names, kinds), max_size=3, unique_by=lambda column: column.name))
    rows = draw(st.integers(0, 4))
    places = st.integers(0, len(entities) - 1)
    return Block(
        kind,
        entities,
        columns,
        draw(st.lists(places, min_size=rows, max_size=rows)),
        draw(st.lists(times, min_size=rows, max_size=rows)),
        [draw(st.lists(st.none() | numbers, min_size=rows, max_size=rows)) for _ in columns],
    )


rising = st.lists(st.floats(0, 1e290), min_size=2, max_size=2).map(sorted)


@st.composite
def gauge_numbers(draw: st.DrawFn) -> list[float]:
    """Those of a gauge in one raw row at least."""
    least, last, greatest = sorted(draw(st.lists(numbers, min_size=3, max_size=3)))
    return [1.0, least, greatest, draw(numbers), last]


@st.composite
def minute_blocks(draw: st.DrawFn) -> MinuteBlock:
    """A block of minute rows whose columns fit its rows."""
    raw = draw(blocks())
    lengths = [draw(st.integers(0, 59_999 - time % 60_000)) for time in raw.times]
    rows = [draw(st.integers(2, length + 1)) if length else 1 for length in lengths]
    counters = [[float(count), a, b, a, b] for count in rows for a, b in [draw(rising)]]
    return MinuteBlock(
        raw.kind,
        raw.entities,
        raw.columns,
        raw.entity,
        raw.times,
        [time + length for time, length in zip(raw.times, lengths, strict=True)],
        rows,
        [
            [
                draw(st.none() | (st.just(numbers) if column.kind == "counter" else gauge_numbers()))
                for numbers in counters
            ]
            for column in raw.columns
        ],
    )


events = st.builds(Event, ids, st.integers(0, 2 * NOW_MS * 10**6), names, attributes)
descriptions = st.builds(Description, names, kinds, texts, texts, texts, st.none() | st.integers(0, 15))


def owned(record: Record) -> Record:
    """The same record, its entities those of its host."""
    return structs.replace(
        record,
        blocks=[_of_host(block, record.host) for block in record.blocks],
        minutes=[_of_host(block, record.host) for block in record.minutes],
    )


def _of_host(block: B, host: str) -> B:
    prefix = "" if block.kind == HOST else f"{host}:" if block.kind in DEVICE_KINDS else f"c-{host}-"
    entities = [structs.replace(one, id=host if block.kind == HOST else prefix + one.id) for one in block.entities]
    return structs.replace(block, entities=entities)


records = st.builds(
    Record,
    host=hosts,
    incarnation=stamps,
    seq=st.integers(0, 2**63 - 1),
    blocks=st.lists(blocks(), max_size=3),
    minutes=st.lists(minute_blocks(), max_size=2),
    events=st.lists(events, max_size=3),
    metrics=st.lists(descriptions, max_size=3),
).map(owned)

bare_words = st.text(st.characters(codec="utf-8", exclude_characters='",=!\\'), min_size=1, max_size=10).filter(
    lambda text: not any(map(str.isspace, text))
)
any_texts = st.text(st.characters(codec="utf-8"), max_size=20)
terms = st.builds(
    Term, bare_words, st.sampled_from(["=", "!="]), st.lists(any_texts, min_size=1, max_size=3).map(tuple)
)
filters: st.SearchStrategy[Filter] = st.lists(terms, max_size=3).map(tuple)

relative_times = st.from_regex(r"\Anow((?:[+-][0-9]{1,6}[smhdw]|/[smhdw]){0,3})\Z")
range_texts = (
    relative_times | st.integers(0, 10**15 - 1).map(str) | st.datetimes().map(lambda moment: moment.isoformat())
)


def name_lists(most: int, least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    """Names of metrics or attributes."""
    return st.lists(names, min_size=least, max_size=most).map(tuple)


queries: st.SearchStrategy[Query] = st.builds(
    Query,
    metrics=name_lists(4, least=1),
    filter=filters,
    start=range_texts,
    end=range_texts,
    step_ms=st.none() | st.sampled_from(steps.STEPS_MS),
    points=st.integers(1, query.MAX_POINTS),
    aggregate=st.sampled_from(query.AGGREGATES),
    rate=st.sampled_from(query.RATES),
    by=name_lists(2),
    top=st.none() | st.integers(1, 1000),
)
