"""What all parts of the contract share: how a store is opened, and short ways to write and read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tidegauge.metrics.parts import Series
from tidegauge.metrics.records import Record
from tidegauge.metrics.steps import DAY
from tidegauge.storage.base import Arrival, Store
from tidegauge.storage.open import open_store

NOW = 20_000 * DAY + DAY // 2
"""Noon of a UTC day."""
EVER = (0, 2 * NOW)
GAUGE = Series("h1", "gauge", "gauge")
COUNTER = Series("h1", "counter", "counter")


def arrival(record: Record, received_ms: int = NOW, late_before_ms: int = 0) -> Arrival:
    """A record that is not late."""
    return Arrival(record, received_ms, late_before_ms)


def outcomes(store: Store, *records: Record, received_ms: int = NOW) -> list[str]:
    """What an append of some records answers, in short."""
    return [one.outcome for one in store.append([arrival(record, received_ms) for record in records])]


def values(store: Store, series: Series = GAUGE) -> dict[int, float]:
    """All stored values of a series by time."""
    parts = store.parts([series], *EVER, 0)
    return dict(zip(parts.bucket.tolist(), parts.first.tolist(), strict=True))


def times(count: int, begin: int = NOW) -> list[int]:
    """So many seconds."""
    return [begin + 1000 * i for i in range(count)]


def twice(store: Store, reopen: Callable[[], Store]) -> Iterator[Store]:
    """An open store, and the same after a restart."""
    yield store
    yield reopen()


class Opening:
    """Fixtures: `url` is the backend's to give."""

    def open(self, url: str, summary_days: int = 3) -> Store:
        """The store of a URL. Where queries see rows later than they are answered, a backend's tests open one
        whose queries wait for them."""
        return open_store(url, retention_days=3, summary_days=summary_days, disk_floor_mb=0)

    @pytest.fixture
    def url(self) -> str:
        """Where nothing is stored yet."""
        raise NotImplementedError

    @pytest.fixture
    def reopen(self, url: str) -> Iterator[Callable[[], Store]]:
        """Opens the store, after closing the one that was opened before."""
        opened: list[Store] = []

        def again(summary_days: int = 3) -> Store:
            for store in opened:
                store.close()
            opened.append(self.open(url, summary_days))
            return opened[-1]

        yield again
        for store in opened:
            store.close()

    @pytest.fixture
    def store(self, reopen: Callable[[], Store]) -> Store:
        """An open store without anything in it."""
        return reopen()
