"""Frames: what nodes tell each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegauge.cluster import frames
from tidegauge.cluster.frames import Cell, FrameError, Hello, Late, MetricRows, NewEntity, Rows, Seen, Share, Still
from tidegauge.metrics.records import Column, Entity, Row
from tidegauge.metrics.wire import Queue

ENTITY = Entity("h", "host", "boot", 1000, {"host.name": "web-1"})
ROWS = Rows(
    "h", "i", 3, 5_000, ENTITY, [Column("a", "gauge"), Column("b", "counter")], [4_000, 4_500], [[1, None], [2, 3]]
)
METRIC = MetricRows(
    Column("a", "gauge"),
    [
        Share("h", "i", 3, 5_000, [Cell("h", "host", "boot", 1000, 4_000, 1.0)]),
        Share("h", "i", 4, 9_000, [Cell("c", "container", "b+1", 1000, 4_000, 2.0)], 9_001),
    ],
)
SEEN = Seen("h", "web-1", "i", 3, 1000, 5_000, -3, Queue(2, 1, 2), False)


def test_every_frame_comes_back_as_it_was() -> None:
    """Encoding and decoding a frame gives the same value."""
    others = NewEntity("h", ENTITY), Still(["h"]), Late("h", ["h"], "raw", 1, 2)
    for frame in (Hello("n", [1], ["n"], 10_000), ROWS, METRIC, *others, SEEN):
        assert frames.decode(frames.encode(frame)) == frame


@given(st.binary(max_size=200))
def test_arbitrary_bytes_give_a_frame_or_our_error(data: bytes) -> None:
    """Decoding never raises anything but FrameError."""
    try:
        frames.decode(data)
    except FrameError:
        return


def test_rows_whose_columns_differ_in_length_are_no_frame() -> None:
    """A frame that could not be unpacked is refused where it is decoded."""
    short = frames.encode(ROWS).replace(b"[4000,4500]", b"[4000]")
    with pytest.raises(FrameError, match="differ in length"):
        frames.decode(short)


def test_unknown_values_are_left_out_of_rows() -> None:
    """A null in a column is no value, never 0."""
    first, second = frames.unpack(ROWS)
    assert first.values == {"a": 1.0, "b": 2.0}
    assert second.values == {"b": 3.0}


def test_some_rows_of_columns_are_taken_in_order() -> None:
    """`column_values` keeps the order of the places."""
    assert frames.column_values([[1, 2, 3], [4, 5, 6]], [2, 0]) == [[3, 1], [6, 4]]


def test_values_of_a_metric_are_rows_of_one_value() -> None:
    """Each of its own entity, with what a point needs to know of that."""
    first, second = (row for share in METRIC.shares for row in frames.unpack_share("a", share))
    assert first == Row(Entity("h", "host", "boot", 1000), "h", "i", 4_000, {"a": 1.0})
    assert second == Row(Entity("c", "container", "b+1", 1000), "h", "i", 4_000, {"a": 2.0}, 9_001)


def test_a_topic_names_an_entity_or_a_metric() -> None:
    """Or neither."""
    for topic, entity, metric in (("entity:a:b", "a:b", None), ("metric:a.b", None, "a.b"), ("node", None, None)):
        assert (frames.topic_entity(topic), frames.topic_metric(topic)) == (entity, metric)
    assert (frames.entity_topic("a:b"), frames.metric_topic("a.b")) == ("entity:a:b", "metric:a.b")
