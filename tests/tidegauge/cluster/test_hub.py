"""The hub: bounded publish and subscribe."""

import threading

import pytest

from tests.clocks import HandClock
from tidegauge.cluster.frames import Delivery
from tidegauge.cluster.hub import Hub
from tidegauge.cluster.inbox import LaggedError


def test_a_topic_reaches_its_readers_in_order_and_counted() -> None:
    """Each reader gets its topics' frames in order, counted without holes."""
    hub = Hub()
    one, both = hub.subscribe(["a"]), hub.subscribe(["a", "b"])
    for frame in (b"1", b"2"):
        hub.publish("a", frame)
    hub.publish("b", b"3")
    assert [(d.topic, d.counter, d.frame) for d in one.take(0)] == [("a", 1, b"1"), ("a", 2, b"2")]
    assert [d.frame for d in both.take(0)] == [b"1", b"2", b"3"]


def test_what_is_told_at_once_comes_at_once() -> None:
    """In order and counted as if it was told one by one; to each the topics that it reads."""
    hub = Hub()
    one, both = hub.subscribe(["a"]), hub.subscribe(["a", "b"])
    hub.publish_all([("a", b"1"), ("b", b"2"), ("c", b"3"), ("a", b"4")])
    assert [(d.topic, d.counter, d.frame) for d in one.take(0)] == [("a", 1, b"1"), ("a", 2, b"4")]
    assert [(d.topic, d.counter, d.frame) for d in both.take(0)] == [("a", 1, b"1"), ("b", 1, b"2"), ("a", 2, b"4")]


def test_nobody_reads_a_topic_that_nobody_asked_for() -> None:
    """`wanted` tells what need not be encoded."""
    hub = Hub()
    assert not hub.wanted("a")
    reader = hub.subscribe(["a"])
    assert hub.wanted("a")
    reader.drop(["a"])
    assert not hub.wanted("a")
    assert hub.readers() == 0


def test_the_metrics_that_anyone_reads_are_known() -> None:
    """Whatever else is read, until the last reader lets go."""
    hub = Hub()
    one, other = hub.subscribe(["metric:a", "entity:e"]), hub.subscribe(["metric:a", "metric:b"])
    assert hub.metrics == {"a", "b"}
    other.close()
    assert hub.metrics == {"a"}
    one.drop(["metric:a", "metric:a"])
    assert hub.metrics == set()


def test_a_slow_reader_is_told_and_starts_afresh() -> None:
    """Past its depth a reader loses its queue, learns it once, and goes on with what comes after."""
    hub = Hub()
    reader = hub.subscribe(["a"], depth=2)
    for frame in (b"1", b"2", b"3"):
        hub.publish("a", frame)
    with pytest.raises(LaggedError):
        reader.take(0)
    hub.publish("a", b"4")
    assert [d.frame for d in reader.take(0)] == [b"4"]
    hub.publish_all([("a", b"5")] * 3)
    with pytest.raises(LaggedError):
        reader.take(0)


def test_what_a_reader_asked_for_is_no_lag() -> None:
    """A snapshot longer than the depth is delivered whole, and what is published beside it."""
    hub = Hub()
    reader = hub.subscribe(["a"], depth=2)
    reader.put([Delivery("a", 0, 5, b"old")] * 9)
    hub.publish("a", b"new")
    assert [d.frame for d in reader.take(0)] == [b"old"] * 9 + [b"new"]


def test_how_long_a_frame_waits_for_its_reader_is_counted() -> None:
    """A hub with a clock says so, so that ages stay right though a reader is behind."""
    clock = HandClock()
    hub = Hub(clock)
    reader = hub.subscribe(["a"])
    hub.publish("a", b"1")
    clock.advance(300)
    hub.publish("a", b"2")
    assert [(d.frame, d.held_ms) for d in reader.take(0)] == [(b"1", 300), (b"2", 0)]


def test_closing_wakes_who_waits() -> None:
    """`close` ends a `take` that waits without a time-out."""
    reader = Hub().subscribe(["a"])
    taken: list[object] = []
    thread = threading.Thread(target=lambda: taken.append(reader.take(None)))
    thread.start()
    reader.close()
    thread.join(5)
    assert taken == [[]]
    assert reader.closed
