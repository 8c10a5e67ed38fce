"""Parts and coverage."""

from __future__ import annotations

from tests.rows import INCARNATION, LATER, host, record
from tests.tidegauge.storage.contract.opening import (
    COUNTER,
    EVER,
    GAUGE,
    NOW,
    Opening,
    outcomes,
    times,
    values,
)
from tidegauge.metrics import parts as p
from tidegauge.metrics.parts import Series
from tidegauge.metrics.records import Entity
from tidegauge.metrics.steps import DAY
from tidegauge.storage.base import Arrival, Store


class Reading(Opening):
    """Queries of samples."""

    def test_parts_of_buckets(self, store: Store) -> None:
        """A bucket's part has the times and values of its first and last row, and the sums of all."""
        outcomes(store, record(times(5), {"gauge": [3.0, 1.0, None, 4.0, 8.0], "counter": [1.0, 2.0, 3.0, 5.0, 8.0]}))
        found = store.parts([GAUGE, COUNTER], NOW, NOW + 4000, 2000, ends=True)
        assert found.keys == (COUNTER, GAUGE)
        assert found.bucket.tolist() == [NOW, NOW + 2000] * 2
        assert found.first_ms.tolist() == [NOW, NOW + 2000, NOW, NOW + 3000]
        assert found.last_ms.tolist() == [NOW + 1000, NOW + 3000, NOW + 1000, NOW + 3000]
        assert found.first.tolist() == [1.0, 3.0, 3.0, 4.0]
        assert found.last.tolist() == [2.0, 5.0, 1.0, 4.0]
        assert found.period_ms.tolist() == [1000] * 4
        gauge = p.take(found, found.series == 1)
        assert gauge.count.tolist() == [2, 1]
        assert gauge.total.tolist() == [4.0, 4.0]
        assert gauge.minimum.tolist() == [1.0, 4.0]
        assert gauge.maximum.tolist() == [3.0, 4.0]

    def test_the_range_need_not_lie_on_edges(self, store: Store) -> None:
        """The start is inclusive and the end exclusive; buckets keep their edges."""
        outcomes(store, record(times(10), {"gauge": [float(i) for i in range(10)]}))
        found = store.parts([GAUGE], NOW + 3000, NOW + 7000, 5000, ends=True)
        assert (found.bucket - NOW).tolist() == [0, 5000]
        assert (found.first.tolist(), found.last.tolist()) == ([3.0, 5.0], [4.0, 6.0])

    def test_a_start_is_a_part_of_its_own(self, store: Store) -> None:
        """Where the start changed inside a bucket there are two parts."""
        restarted = Entity("h1", "host", "boot2", 1000, host().attributes)
        outcomes(store, record(times(2), {"counter": [5.0, 6.0]}))
        outcomes(store, record(times(2, NOW + 2000), {"counter": [0.0, 1.0]}, entity=restarted))
        found = store.parts([COUNTER], *EVER, DAY)
        assert [found.starts[i] for i in found.start] == ["boot", "boot2"]
        assert found.last.tolist() == [6.0, 1.0]

    def test_attributes_do_not_split_parts(self, store: Store) -> None:
        """Rows before and after a rename are one part."""
        outcomes(store, record(times(2), {"gauge": [1.0, 2.0]}))
        outcomes(store, record(times(2, NOW + 2000), {"gauge": [3.0, 4.0]}, entity=host(role="db")))
        found = store.parts([GAUGE], *EVER, DAY)
        assert (found.count.tolist(), found.total.tolist()) == ([4], [10.0])

    def test_parts_over_days(self, store: Store) -> None:
        """A range may touch several days, tidied or not."""
        outcomes(store, record([NOW - 2 * DAY, NOW - DAY, NOW], {"gauge": [1.0, 2.0, 3.0]}))
        expected = {NOW - 2 * DAY: 1.0, NOW - DAY: 2.0, NOW: 3.0}
        assert values(store) == expected
        store.retain(NOW)
        assert values(store) == expected
        outcomes(store, record([NOW - DAY + 1], {"gauge": [4.0]}))
        assert values(store) == {**expected, NOW - DAY + 1: 4.0}

    def test_numbers_come_back_as_they_were(self, store: Store) -> None:
        """Whole numbers, decimals, thirds, great and small ones, before and after their days are tidied."""
        series = Series("h1", "any", "gauge")
        days = ([0.0, 9e14 + 1, -3.0], [0.1, 1234567.89, -0.25], [0.000001, 12.345678], [1 / 3, -1e-9], [1e300, 5e-324])
        for i, numbers in enumerate(days):
            sent = record(times(len(numbers), NOW + (i - 3) * DAY), {"any": numbers})
            assert outcomes(store, sent) == ["stored"]
        before = store.parts([series], *EVER, 0)
        assert before.first.tolist() == [number for numbers in days for number in numbers]
        store.retain(NOW)
        assert p.equal(store.parts([series], *EVER, 0), before)

    def test_unknown_series_have_no_parts(self, store: Store) -> None:
        """Neither an unknown entity nor an unknown metric nor a range without rows gives any."""
        outcomes(store, record(times(1), {"gauge": [1.0], "counter": [None]}))
        asked = [Series("h2", "gauge", "gauge"), Series("h1", "nothing", "gauge"), COUNTER]
        assert len(store.parts(asked, *EVER, 0)) == 0
        assert len(store.parts([GAUGE], NOW + 1, NOW + DAY, 1000)) == 0
        assert p.equal(store.parts([], *EVER, 0), p.empty())

    def test_names_of_metrics_are_exact(self, store: Store) -> None:
        """Names that differ in capitals or punctuation alone are different metrics."""
        names = ["a.b", "A.b", "a_b", "_a.b", "a:b/c-d", "_time", "time"]
        outcomes(store, record(times(1), {name: [float(i)] for i, name in enumerate(names)}))
        store.retain(NOW + 2 * DAY)
        outcomes(store, record(times(1, NOW + DAY), {name: [i + 0.5] for i, name in enumerate(names)}))
        for i, name in enumerate(names):
            assert values(store, Series("h1", name, "gauge")) == {NOW: i, NOW + DAY: i + 0.5}

    def test_coverage_counts_rows_whatever_they_hold(self, store: Store) -> None:
        """Rows, late rows, and when the last of those was received, by bucket."""
        sent = record(times(4), {"gauge": [1.0, None, 2.0, None]})
        store.append([Arrival(sent, NOW + 60_000, NOW + 1500)])
        found = store.coverage(["h1", "h2"], NOW, NOW + 4000, 2000)
        assert (found.entities, found.incarnations) == (("h1",), (INCARNATION,))
        assert (found.bucket - NOW).tolist() == [0, 2000]
        assert (found.first_ms - NOW).tolist() == [0, 2000]
        assert (found.last_ms - NOW).tolist() == [1000, 3000]
        assert found.rows.tolist() == [2, 2]
        assert found.late.tolist() == [2, 0]
        assert found.received_ms.tolist() == [NOW + 60_000, 0]
        assert found.period_ms.tolist() == [1000, 1000]

    def test_coverage_has_a_line_an_incarnation_and_start(self, store: Store) -> None:
        """Of one bucket; a rename adds none."""
        restarted = Entity("h1", "host", "boot2", 1000)
        outcomes(store, record(times(1), {"gauge": [1.0]}), record(times(1, NOW + 1000), {}, entity=host(role="db")))
        outcomes(store, record(times(1, NOW + 2000), {}, entity=restarted))
        outcomes(store, record(times(1, NOW + 3000), {}, incarnation=LATER))
        found = store.coverage(["h1"], *EVER, DAY)
        assert found.rows.tolist() == [2, 1, 1]
        assert (found.first_ms - NOW).tolist() == [0, 2000, 3000]
        assert [found.incarnations[i] for i in found.incarnation] == [INCARNATION, INCARNATION, LATER]

    def test_coverage_of_nothing(self, store: Store) -> None:
        """It has no lines."""
        assert len(store.coverage(["h1"], *EVER, 0)) == 0
