"""The lane of metrics."""

from __future__ import annotations

import pytest

from ingest_api import metric_lane
from ingest_api.metric_lane import MetricLane
from tests.clocks import HandClock
from tests.rows import INCARNATION, NOW, record
from tidegauge.cluster import frames
from tidegauge.cluster.frames import Cell, MetricRows, Share, metric_topic
from tidegauge.cluster.hub import Hub, Subscription
from tidegauge.metrics.records import Column

GAUGE, COUNTER = metric_topic("gauge"), metric_topic("counter")


def frames_of(reader: Subscription) -> list[MetricRows]:
    """The frames that a reader gets."""
    found = [frames.decode(delivery.frame) for delivery in reader.take(0)]
    assert all(isinstance(frame, MetricRows) for frame in found)
    return found  # type: ignore[return-value]


def test_what_comes_within_a_moment_is_one_frame_a_metric() -> None:
    """Of all records together, each aged by what it waited; unknown values are left out."""
    hub, clock = Hub(), HandClock()
    lane, reader = MetricLane(hub, clock), hub.subscribe([GAUGE])
    one = record([NOW, NOW + 1], {"gauge": [1.0, None], "other": [4.0, 5.0]}, seq=1)
    two = record([NOW], {"gauge": [2.0]}, seq=2)
    lane.take(NOW, one, one.blocks[0], [0, 1])
    clock.advance(30)
    lane.take(NOW + 7, two, two.blocks[0], [0], received_ms=NOW + 9)
    lane.flush()
    lane.flush()
    (frame,) = frames_of(reader)
    assert frame.column == Column("gauge", "gauge")
    assert frame.shares == [
        Share("h1", INCARNATION, 1, NOW + 30, [Cell("h1", "host", "boot", 1000, NOW, 1.0)]),
        Share("h1", INCARNATION, 2, NOW + 7, [Cell("h1", "host", "boot", 1000, NOW, 2.0)], NOW + 9),
    ]


@pytest.mark.parametrize("topics", [[], [COUNTER], ["entity:h1", "node"]], ids=str)
def test_what_nobody_reads_is_not_put_together(topics: list[str]) -> None:
    """Nothing of it is kept, encoded or told."""
    hub = Hub()
    lane, reader = MetricLane(hub, HandClock()), hub.subscribe(topics)
    one = record([NOW], {"gauge": [1.0]})
    lane.take(NOW, one, one.blocks[0], [0])
    assert lane._gathered == []
    lane.flush()
    assert reader.take(0) == []


def test_a_reader_that_left_meanwhile_is_told_nothing() -> None:
    """What was gathered for it goes."""
    hub = Hub()
    lane, reader = MetricLane(hub, HandClock()), hub.subscribe([GAUGE])
    one = record([NOW], {"gauge": [1.0]})
    lane.take(NOW, one, one.blocks[0], [0])
    reader.drop([GAUGE])
    lane.flush()
    reader.add([GAUGE])
    lane.flush()
    assert reader.take(0) == []


def test_a_frame_is_never_too_long() -> None:
    """Shares beyond what it holds are in the next, counted on."""
    hub = Hub()
    lane, reader = MetricLane(hub, HandClock()), hub.subscribe([GAUGE])
    size = metric_lane.MOST_CELLS // 2
    one = record([NOW] * size, {"gauge": [1.0] * size})
    for _ in range(3):
        lane.take(NOW, one, one.blocks[0], range(size))
    lane.flush()
    assert [len(frame.shares) for frame in frames_of(reader)] == [2, 1]
