"""The reading half against rows in Python, on a real server."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.elasticsearch import server
from tests.rows import host, record
from tests.tidegauge.storage.contract.opening import EVER, GAUGE, NOW, outcomes, times
from tests.tidegauge.storage.elastic.fresh import FreshStore, opened
from tidegauge.metrics import parts as p
from tidegauge.metrics.parts import Parts, Series
from tidegauge.metrics.records import Block, Column, Entity, Record, Row, rows
from tidegauge.metrics.steps import DAY, STEPS_MS
from tidegauge.storage.base import Arrival

pytestmark = pytest.mark.elasticsearch

NIGHT = 20_000 * DAY
"""A midnight, around which rows lie."""
EXAMPLES = min(max(settings.default.max_examples // 10, 1), 100) if settings.default else 1
"""A tenth of what other tests try, at most 100: each writes to a server and waits for it."""
COLUMNS = [Column("gauge", "gauge"), Column("gauge.b", "gauge"), Column("counter", "counter")]
_count = itertools.count()


@pytest.fixture(scope="module")
def shared(elasticsearch: str) -> Iterator[FreshStore]:
    """A store for all examples; each has entities of its own."""
    server.wipe(elasticsearch)
    store = opened(elasticsearch)
    yield store
    store.close()


@st.composite
def histories(draw: st.DrawFn) -> list[Record]:
    """Records of up to three entities and two incarnations, hours around a midnight, each key once.

    A counter is as great as the time, so that it never falls; some values are missing.
    """
    entities = [
        Entity(name, "host", start, period, {"host.id": name})
        for name in ("h1", "h2")
        for start in ("boot", "boot#1")
        for period in (1000, 5000)
    ]
    found = []
    for incarnation in ("1700000000000-a", "1700000000001-b"):
        keys = st.tuples(st.sampled_from(["h1", "h2"]), st.integers(-40, 40))
        for name, n in draw(st.lists(keys, max_size=25, unique=True)):
            entity = draw(st.sampled_from([one for one in entities if one.id == name]))
            gauges = draw(st.lists(st.none() | st.integers(-4000, 4000).map(lambda n: n / 4), min_size=2, max_size=2))
            at = NIGHT + n * draw(st.sampled_from([700, 90_000]))
            counter = draw(st.sampled_from([None, float(at)]))
            block = Block("host", [entity], COLUMNS, [0], [at], [[value] for value in (*gauges, counter)])
            found.append(Record(host=name, incarnation=incarnation, seq=n + 40, blocks=[block]))
    return found


def named(sent: list[Record], prefix: str) -> list[Record]:
    """The same of entities that no other example has."""

    def other(entity: Entity) -> Entity:
        return Entity(prefix + entity.id, "host", entity.start, entity.period_ms, {"host.id": prefix + entity.id})

    return [
        Record(
            host=prefix + one.host,
            incarnation=one.incarnation,
            seq=one.seq,
            blocks=[
                Block(b.kind, [other(entity) for entity in b.entities], b.columns, b.entity, b.times, b.values)
                for b in one.blocks
            ],
        )
        for one in sent
    ]


def once(sent: list[Record]) -> list[Row]:
    """The rows of records, the first of each key."""
    found: dict[tuple[str, str, int], Row] = {}
    for row in itertools.chain.from_iterable(map(rows, sent)):
        found.setdefault((row.entity.id, row.incarnation, row.time_ms), row)
    return list(found.values())


def assert_known(found: Parts, expected: Parts) -> None:
    """What a store must know without being asked for ends: all but gauges' first and last and counters' totals."""
    for name in ("keys", "incarnations", "starts"):
        assert getattr(found, name) == getattr(expected, name)
    for name in (*p.INTS, "minimum", "maximum"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), err_msg=name)
    is_counter = np.array([key.kind == "counter" for key in expected.keys], bool)[expected.series]
    for name in ("first", "last"):
        np.testing.assert_array_equal(getattr(found, name)[is_counter], getattr(expected, name)[is_counter])
    np.testing.assert_array_equal(found.total[~is_counter], expected.total[~is_counter])


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(histories(), st.sampled_from(STEPS_MS), st.integers(-5000, 0), st.integers(1, 5000))
def test_parts_are_those_of_the_rows(
    shared: FreshStore, history: list[Record], step_ms: int, begin: int, end: int
) -> None:
    """In buckets and one by one, of any range, with incarnations, starts and missing values."""
    prefix = f"{next(_count)}."
    sent = named(history, prefix)
    if sent:
        shared.append([Arrival(one, NIGHT + DAY, 0) for one in sent])
    series = [Series(prefix + name, column.name, column.kind) for name in ("h1", "h2", "h3") for column in COLUMNS]
    start_ms, end_ms = NIGHT + 1000 * begin, NIGHT + 1000 * end
    inside = [row for row in once(sent) if start_ms <= row.time_ms < end_ms]
    expected = p.of_rows(inside, series, step_ms)
    assert_known(shared.parts(series, start_ms, end_ms, step_ms), expected)
    gauges = [key for key in series if key.kind == "gauge"]
    assert p.equal(shared.parts(gauges, start_ms, end_ms, step_ms, ends=True), p.of_rows(inside, gauges, step_ms))
    assert p.equal(shared.parts(series, start_ms, end_ms, 0), p.of_rows(inside, series, 0))


def test_nothing_is_asked_where_nothing_can_be(free_url: str) -> None:
    """Of no series, no entities and no time."""
    store = opened(free_url)
    assert p.equal(store._reader.parts([], *EVER, 0), p.empty())
    assert p.equal(store._reader.parts([GAUGE], NOW, NOW, 0), p.empty())
    assert len(store._reader.coverage([], *EVER, 0)) == 0
    assert len(store._reader.coverage(["h1"], NOW, NOW, 0)) == 0
    assert store._reader.entities(NOW, NOW) == []
    store.close()


def test_very_many_metrics_of_a_row(shared: FreshStore) -> None:
    """Each has its value."""
    names = [f"gauge.{i}" for i in range(300)]
    outcomes(shared, record(times(2), {name: [float(i), i + 0.5] for i, name in enumerate(names)}, entity=host("h2")))
    found = shared.parts([Series("h2", name, "gauge") for name in names], *EVER, 0)
    assert {found.keys[s].metric: v for s, v in zip(found.series.tolist(), found.last.tolist(), strict=True)} == {
        name: i + 0.5 for i, name in enumerate(names)
    }
