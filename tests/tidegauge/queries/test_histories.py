"""Runs and claims of hosts, asked for once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.app.rig import Rig
from tests.app.rig import rig as make_rig
from tests.rows import INCARNATION, LATER, host, record
from tidegauge.metrics import events
from tidegauge.queries.histories import Histories, History
from tidegauge.storage.base import Store, StoreError

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
W = 10_000


class Counting:
    """A store that notes what it is asked."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        self.asked[name] += 1
        return getattr(self._store, name)


def reader(rig: Rig) -> tuple[Histories, Counter[str]]:
    """Histories over the rig's store, and what that is asked."""
    counting = Counting(rig.store)
    return Histories(cast(Store, counting), W), counting.asked


def read(histories: Histories, rig: Rig, start: int, end: int, *names: str, step_ms: int = 0) -> list[History]:
    nows = dict.fromkeys(names or ("h1",), rig.clock.wall_ms())
    return list(histories.read(nows, start, end, step_ms).values())


def fill(rig: Rig, begin: int, count: int, **more: Any) -> None:
    rig.post([record([begin + 1_000 * i for i in range(count)], {"gauge": [1.0] * count}, **more)])


def test_what_is_closed_is_asked_for_once(rig: Rig) -> None:
    """A range in the past is answered from memory; of one that ends now the open end is asked."""
    begin = rig.clock.wall_ms() - 2 * HOUR_MS
    fill(rig, begin, 600)
    histories, asked = reader(rig)
    for _ in range(3):
        (found,) = read(histories, rig, begin, begin + HOUR_MS)
        assert [(run.first_ms, run.last_ms, run.incarnation) for run in found.runs] == [
            (begin, begin + 599_000, INCARNATION)
        ]
    assert (asked["coverage"], asked["events"]) == (1, 1)
    read(histories, rig, begin, rig.clock.wall_ms())
    read(histories, rig, begin, rig.clock.wall_ms())
    assert (asked["coverage"], asked["events"]) == (3, 3)


def test_runs_begin_where_the_range_does(rig: Rig) -> None:
    """Tiles begin earlier; what they have more is not told."""
    begin = rig.clock.wall_ms() - HOUR_MS
    fill(rig, begin, 600)
    histories, _ = reader(rig)
    (found,) = read(histories, rig, begin + 100_500, begin + 700_000)
    assert [(run.first_ms, run.last_ms) for run in found.runs] == [(begin + 100_500, begin + 599_000)]


def test_claims_around_the_range_are_read(rig: Rig) -> None:
    """Each once, whatever tiles it lies in; other events are none."""
    begin = rig.clock.wall_ms() - HOUR_MS
    claim = events.gap("h1", "skipped", begin, begin + 5_000, 4, begin + 5_000)
    fill(rig, begin + 6_000, 60, events=[claim, events.Event("h1", begin * 1_000_000, "other")])
    histories, _ = reader(rig)
    for _ in range(2):
        (found,) = read(histories, rig, begin + 20_000, begin + MINUTE_MS)
        assert [(one.from_ms, one.reason) for one in found.claims] == [(begin, "skipped")]


@pytest.mark.slow
def test_marks_of_closed_spans_are_asked_for_once(rig: Rig) -> None:
    """By time, within the range, whatever other events there are."""
    now = rig.clock.wall_ms()
    kinds = {"container.started": now - 3 * HOUR_MS, "container.oom": now - 2 * HOUR_MS, "other": now - HOUR_MS}
    happened = [events.Event("c1", time * 1_000_000, kind, {}) for kind, time in reversed(kinds.items())]
    rig.post([record([], {}, events=happened)])
    histories, asked = reader(rig)
    for _ in range(2):
        found = histories.marks("h1", now, now - 4 * HOUR_MS, now - 30 * MINUTE_MS)
        assert [mark.mark for mark in found] == ["started", "oom"]
        assert asked["events"] == 1
    assert [mark.mark for mark in histories.marks("h1", now, now - 150 * MINUTE_MS, now)] == ["oom"]
    assert histories.marks("h2", now, 0, now) == []


def test_hosts_are_asked_for_together_by_their_clocks(rig: Rig) -> None:
    """Those whose clocks agree; each has its own, and who has nothing has an empty one."""
    begin = rig.clock.wall_ms() - HOUR_MS
    for name in ("h1", "h2"):
        fill(rig, begin, 60, entity=host(name))
    histories, asked = reader(rig)
    found = read(histories, rig, begin, begin + 10 * MINUTE_MS, "h1", "h2", "h3")
    assert [len(one.runs) for one in found] == [1, 1, 0]
    assert asked["coverage"] == 1
    histories.read({"h1": begin, "h2": begin + HOUR_MS, "h3": begin + HOUR_MS}, begin, begin + MINUTE_MS, 1_000)
    assert asked["coverage"] == 3


def test_a_store_that_fails_leaves_nothing(rig: Rig) -> None:
    """The error is the caller's, the next asks again."""
    begin = rig.clock.wall_ms() - HOUR_MS
    fill(rig, begin, 60)
    histories = Histories(rig.reads, W)  # type: ignore[arg-type]
    rig.reads.down = True
    with pytest.raises(StoreError):
        read(histories, rig, begin, begin + MINUTE_MS)
    rig.reads.down = False
    assert len(read(histories, rig, begin, begin + MINUTE_MS)[0].runs) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=settings.default.max_examples // 5)
@given(
    rows=st.lists(st.tuples(st.integers(0, 400), st.sampled_from([INCARNATION, LATER])), max_size=12, unique=True),
    ranges=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=2, max_size=5),
    step_ms=st.sampled_from([0, 5_000]),
)
def test_tiles_change_no_history(
    rows: list[tuple[int, str]], ranges: list[tuple[int, int]], step_ms: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever was asked before, and came late and was announced: the runs are those of all rows in the range."""
    folder: Path = tmp_path_factory.mktemp("histories")
    with make_rig(folder) as rig:
        now = rig.clock.wall_ms()
        histories, _ = reader(rig)
        for number, (first, last) in enumerate(ranges):
            for seconds, incarnation in rows[number :: len(ranges)]:
                rig.post([record([now - 1_000 * seconds], {"gauge": [1.0]}, seq=seconds, incarnation=incarnation)])
                histories.tiles.drop(["h1"], "raw", now - 1_000 * seconds, now - 1_000 * seconds)
            begin, end = sorted((now - 1_000 * first, now - 1_000 * last))
            begin -= begin % 5_000
            fresh = Histories(rig.store, W)
            assert read(histories, rig, begin, end, step_ms=step_ms) == read(fresh, rig, begin, end, step_ms=step_ms)
