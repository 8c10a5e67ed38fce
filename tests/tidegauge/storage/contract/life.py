"""Restarts, retention, health, closing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from tests.rows import host, record
from tests.tidegauge.storage.contract.opening import (
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
from tidegauge.metrics import parts as p
from tidegauge.metrics.parts import Series
from tidegauge.metrics.records import Event
from tidegauge.metrics.steps import DAY
from tidegauge.storage.base import Store, StoreUnavailableError


class Life(Opening):
    """From opening to closing."""

    def test_what_was_answered_is_there_after_a_restart(self, reopen: Callable[[], Store]) -> None:
        """Rows and coverage are the same before and after."""
        store = reopen()
        outcomes(
            store, *(record(times(9, NOW + i * DAY), {"gauge": [1.5] * 9, f"gauge.{i}": [2.0] * 9}) for i in (-1, 0))
        )
        series = [GAUGE, Series("h1", "gauge.-1", "gauge"), Series("h1", "gauge.0", "gauge")]
        before = store.parts(series, *EVER, 5000)
        store = reopen()
        assert p.equal(store.parts(series, *EVER, 5000), before)
        assert store.coverage(["h1"], *EVER, DAY).rows.tolist() == [9, 9]

    def test_retention_gives_days_up(self, reopen: Callable[[], Store]) -> None:
        """Rows, events, entities and incarnations of days past retention go, later ones stay."""
        store = reopen()
        outcomes(store, record([NOW], {"gauge": [1.0]}, events=[Event("h1", NOW * 1_000_000, "k")]))
        outcomes(store, record([NOW + DAY], {"gauge": [2.0]}, entity=host("h2")), received_ms=NOW + DAY)
        assert store.retain(NOW + 3 * DAY) == []
        assert len(store.retain(NOW + 4 * DAY)) == 1
        for opened in twice(store, reopen):
            assert values(opened) == {}
            assert opened.events(*EVER) == []
            assert [info.entity.id for info in opened.entities(*EVER)] == ["h2"]
            assert values(opened, Series("h2", "gauge", "gauge")) == {NOW + DAY: 2.0}

    def test_health(self, store: Store) -> None:
        """A store that works says so, with what it holds."""
        outcomes(store, record(times(2), {"gauge": [1.0, None], "counter": [1.0, 2.0]}))
        health = store.health()
        assert health.ok
        assert health.bytes > 0
        assert health.samples in (3, None)
        assert store.commit_ms > 0
        assert store.refresh_ms >= 0

    def test_a_closed_store_says_so(self, store: Store) -> None:
        """Every call but health and close raises, and closing again is harmless."""
        store.close()
        store.close()
        calls: Sequence[Callable[[], object]] = (
            lambda: store.append([arrival(record(times(1), {"gauge": [1.0]}))]),
            lambda: store.parts([GAUGE], *EVER, 0),
            lambda: store.coverage(["h1"], *EVER, 0),
            lambda: store.entities(*EVER),
            lambda: store.events(*EVER),
            store.metrics,
            lambda: store.last_incarnation("h1"),
            lambda: store.retain(NOW),
        )
        for call in calls:
            with pytest.raises(StoreUnavailableError):
                call()
        assert not store.health().ok
