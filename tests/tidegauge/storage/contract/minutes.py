"""Minute rows (rule 13): kept beside raw rows, and parts of them are those of the raw rows they stand for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import get_args

import numpy as np
import pytest

from tests.minutes import summary
from tests.rows import INCARNATION, LATER, host, record
from tests.tidegauge.storage.contract.opening import (
    COUNTER,
    EVER,
    GAUGE,
    NOW,
    Opening,
    arrival,
    outcomes,
    times,
    twice,
    values,
)
from tidegauge.metrics import fold as f
from tidegauge.metrics import parts as p
from tidegauge.metrics.parts import Parts, Series
from tidegauge.metrics.records import Entity, Event, Record
from tidegauge.metrics.steps import DAY, HOUR, MINUTE
from tidegauge.metrics.wire import Outcome
from tidegauge.storage.base import Store

STEPS = (MINUTE, 5 * MINUTE, HOUR, DAY)
SUMMARY_DAYS = 9


def container(life: int) -> Entity:
    """A container in one of its lives."""
    return Entity("c1", "container", f"boot:{life}", 1000, {"host.id": "h1", "container.name": "web"})


CPU = Series("c1", "counter", "counter")


def counted(first_ms: int, numbers: Sequence[float], life: int = 1, seq: int = 0) -> Record:
    """A container's counter, second by second."""
    return record(times(len(numbers), first_ms), {"counter": numbers}, seq=seq, entity=container(life))


def keep(store: Store, *raw: Record) -> None:
    """Append raw records, each as a minute's and with their minute rows."""
    for one in raw:
        assert outcomes(store, one, summary(one, seq=one.seq + 1000)) == ["stored", "stored"]


def minute_parts(store: Store, series: Sequence[Series], step_ms: int, *, ends: bool = True) -> Parts:
    """The parts of all minute rows."""
    return store.parts(series, *EVER, step_ms, tier="minute", ends=ends)


def assert_alike(minutes: Parts, raw: Parts) -> None:
    """Parts of minute rows are those of raw rows, but for a gauge's first and a counter's total."""
    for name in ("keys", "incarnations", "starts"):
        assert getattr(minutes, name) == getattr(raw, name)
    for name in (*p.INTS, "minimum", "maximum", "last"):
        np.testing.assert_array_equal(getattr(minutes, name), getattr(raw, name), err_msg=name)
    is_counter = np.array([key.kind == "counter" for key in raw.keys])[raw.series]
    np.testing.assert_array_equal(minutes.first[is_counter], raw.first[is_counter])
    np.testing.assert_array_equal(minutes.total[~is_counter], raw.total[~is_counter])


def points(parts: Parts, aggregate: f.Aggregate) -> list[tuple[int, float, bool]]:
    """What the fold makes of parts of one series."""
    found = f.fold(parts, aggregate)
    return list(zip(found.bucket.tolist(), found.value.tolist(), found.joined.tolist(), strict=True))


def an_hour() -> list[Record]:
    """Records of a host and its disk, a minute each, with seconds that are missing; sums are exact."""
    disk = Entity("h1:disk:a", "disk", "boot", 5000, {"host.id": "h1"})
    sent = []
    for minute in range(0, 65, 4):
        begin = NOW + minute * MINUTE
        seconds = [begin + 1000 * i + 7 * minute for i in range(60) if i % 11 or minute % 8]
        numbers = [float((i * 37 + minute) % 101) / 4 for i in range(len(seconds))]
        counts = [float(minute * 1000 + i * i) for i in range(len(seconds))]
        sent.append(record(seconds, {"gauge": numbers, "counter": counts}, seq=2 * minute))
        sent.append(
            record(seconds[::5], {"gauge.io": numbers[::5], "counter": counts[::5]}, seq=2 * minute + 1, entity=disk)
        )
    return sent


class Minutes(Opening):
    """Minute rows."""

    LONGER_DAYS = 0
    """How much longer than asked minute rows may stay: a store may give up whole months of them."""

    def test_a_minute_row_is_stored_once_beside_the_raw_row_of_its_time(self, store: Store) -> None:
        """Their keys are apart; a resend of either is a duplicate, and the first write wins."""
        raw = record(times(3), {"gauge": [1.0, 2.0, 4.0]})
        minute = summary(raw)
        for _ in range(2):
            outcomes(store, raw, minute)
        assert outcomes(store, raw, minute) == ["duplicate", "duplicate"]
        assert outcomes(store, summary(record([NOW], {"gauge": [99.0]}))) == ["duplicate"]
        found = minute_parts(store, [GAUGE], MINUTE)
        assert (found.count.tolist(), found.total.tolist()) == ([3], [7.0])
        assert values(store) == dict(zip(times(3), [1.0, 2.0, 4.0], strict=True))

    def test_the_minute_row_may_come_first_and_twice_in_a_batch(self, store: Store) -> None:
        """Neither tier waits for the other."""
        raw = record(times(2), {"gauge": [1.0, 2.0]})
        assert outcomes(store, summary(raw), raw, summary(raw)) == ["stored", "stored", "duplicate"]
        assert minute_parts(store, [GAUGE], MINUTE).count.tolist() == [2]

    @pytest.mark.parametrize("step_ms", STEPS)
    def test_parts_are_those_of_the_raw_rows(self, store: Store, step_ms: int) -> None:
        """At every step, first and last of counters exact, and gauges' last where it is asked for."""
        keep(store, *an_hour())
        series = [GAUGE, COUNTER, *(Series("h1:disk:a", key.metric, key.kind) for key in (GAUGE, COUNTER))]
        series.append(Series("h1:disk:a", "gauge.io", "gauge"))
        raw = store.parts(series, *EVER, step_ms, ends=True)
        assert_alike(minute_parts(store, series, step_ms), raw)
        plain = minute_parts(store, series, step_ms, ends=False)
        np.testing.assert_array_equal(plain.maximum, raw.maximum)
        assert (np.isnan(plain.last) | (plain.last == raw.last)).all()

    def test_rows_without_a_gauge_count_less(self, store: Store) -> None:
        """The part spans at least the rows that have it, and all the minute at most."""
        keep(store, record(times(4), {"gauge": [None, 2.0, 3.0, None], "counter": [1.0, 2.0, 3.0, 4.0]}))
        found = minute_parts(store, [GAUGE], MINUTE)
        assert (found.count.tolist(), found.total.tolist(), found.last.tolist()) == ([2], [5.0], [3.0])
        assert NOW <= found.first_ms[0] <= NOW + 1000
        assert NOW + 2000 <= found.last_ms[0] <= NOW + 3000

    def test_a_counter_that_comes_and_goes_begins_another_row(self, store: Store) -> None:
        """All of a minute's rows are one part."""
        columns = {"gauge": [1.0, 2.0, 3.0, 4.0], "counter": [None, 5.0, 9.0, None]}
        minute = summary(record(times(4), columns))
        assert minute.minutes[0].rows == [1, 2, 1]
        keep(store, record(times(4), columns))
        assert_alike(
            minute_parts(store, [GAUGE, COUNTER], MINUTE), store.parts([GAUGE, COUNTER], *EVER, MINUTE, ends=True)
        )

    @pytest.mark.parametrize("between_ms", [2000, MINUTE], ids=["inside a minute", "across minutes"])
    def test_a_container_restarts(self, reopen: Callable[[], Store], between_ms: int) -> None:
        """1000 → 1500, 40 → 300: an increase of 800, from raw and from minute rows alike."""
        store = reopen()
        keep(store, counted(NOW, [1000.0, 1500.0]), counted(NOW + between_ms, [40.0, 300.0], life=2))
        for opened in twice(store, reopen):
            for step_ms in STEPS:
                found = minute_parts(opened, [CPU], step_ms)
                assert sum(value for _, value, _ in points(found, "increase")) == 800
                for aggregate in get_args(f.Aggregate):
                    if aggregate not in ("avg", "sum"):
                        assert points(found, aggregate) == points(opened.parts([CPU], *EVER, step_ms), aggregate)

    def test_two_incarnations_at_once(self, store: Store) -> None:
        """Where they overlap the later one counts; where they follow each other both do."""
        first = record(times(30), {"counter": [float(i) for i in range(30)]})
        second = record(times(20, NOW + 20_500), {"counter": [100.0 + i for i in range(20)]}, incarnation=LATER)
        third = record(times(9, NOW + MINUTE), {"counter": [200.0 + i for i in range(9)]}, incarnation=LATER)
        keep(store, first, second, third)
        raw, minutes = store.parts([COUNTER], *EVER, MINUTE), minute_parts(store, [COUNTER], MINUTE)
        assert minutes.incarnations == (INCARNATION, LATER)
        assert_alike(minutes, raw)
        assert points(minutes, "rate") == points(raw, "rate")

    def test_rows_are_found_by_the_time_of_their_first_raw_row(self, store: Store) -> None:
        """The start is inclusive, the end exclusive."""
        keep(store, *(record(times(2, NOW + i * MINUTE), {"gauge": [float(i), 9.0]}) for i in range(4)))
        found = store.parts([GAUGE], NOW + 1, NOW + 3 * MINUTE, MINUTE, tier="minute")
        assert found.minimum.tolist() == [1.0, 2.0]
        assert len(store.parts([GAUGE], NOW + 1, NOW + MINUTE, MINUTE, tier="minute")) == 0

    def test_unknown_series_have_no_parts(self, store: Store) -> None:
        """Nor have those that have raw rows alone."""
        outcomes(store, record(times(2), {"gauge": [1.0, 2.0]}))
        outcomes(store, summary(record(times(2), {"counter": [1.0, 2.0]})))
        asked = [GAUGE, Series("h2", "gauge", "gauge"), Series("h1", "counter", "gauge")]
        assert len(minute_parts(store, asked, MINUTE)) == 0
        assert len(store.parts([COUNTER], *EVER, 0)) == 0

    def test_nothing_else_meets_minute_rows(self, reopen: Callable[[], Store]) -> None:
        """Coverage and rows are of raw rows; entities and metrics are those of the world."""
        store = reopen()
        keep(store, record(times(4), {"gauge": [1.0, 2.0, 3.0, 4.0], "counter": [1.0] * 4}), counted(NOW, [1.0, 2.0]))
        outcomes(store, summary(record(times(2), {"gauge.more": [1.0, 2.0]}, entity=host("h2"))))
        for opened in twice(store, reopen):
            covered = opened.coverage(["h1", "h2", "c1"], *EVER, MINUTE)
            assert dict(zip(covered.entities, covered.rows.tolist(), strict=True)) == {"h1": 4, "c1": 2}
            listed = {info.entity.id: info.entity.kind for info in opened.entities(*EVER)}
            assert listed == {"h1": "host", "h2": "host", "c1": "container"}
            assert {one.name: one.kind for one in opened.metrics()} == {
                "gauge": "gauge",
                "counter": "counter",
                "gauge.more": "gauge",
            }
            assert opened.health().samples in (10, None)

    def test_entities_of_days_without_raw_rows(self, reopen: Callable[[], Store]) -> None:
        """Are those of the minute rows, as the latest describes them."""
        store = reopen()
        old = NOW - 2 * DAY
        outcomes(store, summary(record(times(2, old), {"gauge": [1.0, 2.0]}, entity=host(role="web"))))
        keep(store, record(times(2), {"gauge": [3.0, 4.0]}, entity=host(role="db")))
        for opened in twice(store, reopen):
            (then,) = opened.entities(old - HOUR, old + HOUR)
            assert (then.entity, then.host, then.incarnation) == (host(role="web"), "h1", INCARNATION)
            assert then.first_ms <= old <= then.last_ms
            (ever,) = opened.entities(*EVER)
            assert ever.entity == host(role="db")
            assert opened.last_incarnation("h1") == INCARNATION

    def test_retention_of_raw_and_of_minute_rows(self, reopen: Callable[..., Store]) -> None:
        """Raw rows go first, minute rows and events later; each is refused as soon as it would go."""
        store = reopen(summary_days=SUMMARY_DAYS)
        raw = record(times(2), {"gauge": [1.0, 2.0]}, events=[Event("h1", NOW * 1_000_000, "k")])
        keep(store, raw)
        store.retain(NOW + 4 * DAY)
        for opened in twice(store, lambda: reopen(summary_days=SUMMARY_DAYS)):
            assert values(opened) == {}
            assert minute_parts(opened, [GAUGE], MINUTE).total.tolist() == [3.0]
            assert len(opened.events(*EVER)) == 1
            assert [info.entity.id for info in opened.entities(*EVER)] == ["h1"]
            later = outcomes(opened, raw, summary(raw, seq=1000), received_ms=NOW + 4 * DAY)
            assert later == ["partial", "duplicate"]
            store = opened
        assert store.retain(NOW + 9 * DAY) == []
        assert len(store.retain(NOW + (10 + self.LONGER_DAYS) * DAY)) >= 1
        for opened in twice(store, lambda: reopen(summary_days=SUMMARY_DAYS)):
            assert len(minute_parts(opened, [GAUGE], MINUTE)) == 0
            assert (opened.events(*EVER), opened.entities(*EVER)) == ([], [])

    def test_minute_rows_past_retention_are_named(self, store: Store) -> None:
        """The rest of their record is kept."""
        old = NOW - 5 * DAY
        sent = summary(record([old, NOW], {"gauge": [1.0, 2.0]}), seq=3)
        expected = Outcome(INCARNATION, 3, "partial", "retention", [f"h1@{old}: retention"])
        assert store.append([arrival(sent)]) == [expected]
        assert minute_parts(store, [GAUGE], MINUTE).total.tolist() == [2.0]
        assert outcomes(store, summary(record([old], {"gauge": [1.0]}))) == ["refused"]

    def test_minute_rows_stay_when_their_day_is_tidied(self, reopen: Callable[[], Store]) -> None:
        """Over several days, after restarts, late ones beside them; resends are known."""
        store = reopen()
        sent = [record(times(3, NOW - i * DAY), {"gauge": [1.25, 0.5, float(i)], "counter": [1.0, 2.0, 1 / 3 + i + 2]})
                for i in range(3)]  # fmt: skip
        keep(store, *sent)
        series = [GAUGE, COUNTER]
        before = minute_parts(store, series, DAY)
        assert_alike(before, store.parts(series, *EVER, DAY, ends=True))
        store.retain(NOW)
        store = reopen()
        assert p.equal(minute_parts(store, series, DAY), before)
        assert outcomes(store, *(summary(one) for one in sent)) == ["duplicate"] * 3
        keep(store, record([NOW - DAY + MINUTE], {"gauge": [7.0]}))
        assert minute_parts(store, [GAUGE], DAY).count.tolist() == [3, 4, 3]
