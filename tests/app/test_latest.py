"""An entity's newest values."""

from __future__ import annotations

from app import latest
from tests.app.rig import Rig
from tests.rows import record
from tidegauge.metrics.steps import DAY


def test_the_window_goes_before_the_store(rig: Rig) -> None:
    """What is being watched needs no question; what it lacks the store has."""
    rig.row(gauge=1.0, other=5.0)
    rig.node.watch_host(rig.outbox, "h1", "now-5m")
    rig.clock.advance(1_000)
    rig.publisher.publish(rig.ingest.header(), 0, [record([rig.clock.wall_ms()], {"gauge": [2.0]}, seq=9)])
    rig.node.read(0)
    assert latest.values(rig.node, "h1", ["gauge", "other", "never"]) == {"gauge": 2.0, "other": 5.0}
    asked = rig.reads.asked
    assert latest.values(rig.node, "h1", ["gauge"]) == {"gauge": 2.0}
    assert rig.reads.asked == asked


def test_only_the_last_minute_counts(rig: Rig) -> None:
    """By the host's own clock."""
    rig.row(offset_ms=-3_600_000, gauge=1.0)
    assert latest.values(rig.node, "h1", ["gauge"]) == {"gauge": 1.0}
    rig.clock.advance(61_000)
    assert latest.values(rig.node, "h1", ["gauge"]) == {}


def test_without_the_store_there_is_what_the_window_has(rig: Rig) -> None:
    """A page opens all the same."""
    rig.row(gauge=1.0)
    rig.reads.down = True
    assert latest.values(rig.node, "h1", ["gauge"]) == {}


def test_without_the_store_what_it_said_last_stands(rig: Rig) -> None:
    """A tile keeps its limit, for as long as the host is known; of a metric that it lacked there is none."""
    rig.row(gauge=1.0, other=5.0)
    assert latest.values(rig.node, "h1", ["gauge", "never"]) == {"gauge": 1.0}
    rig.reads.down = True
    for _ in range(2):
        assert latest.values(rig.node, "h1", ["gauge", "never"]) == {"gauge": 1.0}
    assert latest.values(rig.node, "h1", ["other"]) == {}
    rig.clock.advance(2 * latest.DAY_MS)
    rig.node.entities.forget(rig.clock.monotonic_ms(), DAY)
    assert latest.values(rig.node, "h1", ["gauge"]) == {}


def test_a_day_is_around_now(rig: Rig) -> None:
    """A day back and a day ahead: hosts' clocks differ."""
    start, end = latest.day(rig.node)
    assert end - start == 2 * latest.DAY_MS
    assert start < rig.clock.wall_ms() < end
