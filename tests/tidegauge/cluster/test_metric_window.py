"""A metric's window, made of the frames of entities."""

from __future__ import annotations

from tests.rows import INCARNATION
from tidegauge.cluster import frames, metric_window
from tidegauge.cluster.frames import Cell, MetricRows, Rows, Share, entity_topic
from tidegauge.cluster.metric_window import MetricWindow
from tidegauge.cluster.window import FrameWindow
from tidegauge.metrics.records import Column, Entity

COLUMNS = [Column("gauge", "gauge"), Column("counter", "counter")]


def keep(window: FrameWindow, entity: str, values: list[list[float | None]], at_ms: float = 0, seq: int = 1) -> None:
    """Keep a frame of an entity's rows, a second apart."""
    times = [1_000 * (n + 1) for n in range(len(values[0]))]
    of = Entity(entity, "container", "b", 1000, {"container.name": "gauge"})
    frame = Rows("h1", INCARNATION, seq, 9_000, of, COLUMNS[: len(values)], times, values)
    window.add(entity_topic(entity), frames.encode(frame), 0, at_ms)


def told(window: FrameWindow, *metrics: str, now_ms: float = 0) -> list[MetricRows]:
    """What a reader of some metrics is told."""
    found = []
    for piece in MetricWindow(window, metrics, lambda: now_ms).pieces():
        for delivery in piece:
            frame = frames.decode(delivery.frame)
            assert isinstance(frame, MetricRows)
            assert (delivery.topic, delivery.counter) == (frames.metric_topic(frame.column.name), 0)
            found.append(frame)
    return found


def test_the_values_of_a_metric_are_found_in_frames_of_entities() -> None:
    """As they would have been told: who sent them, how old they are by now, those that are known."""
    window = FrameWindow(20_000)
    keep(window, "c1", [[1.0, None], [5.0, 6.0]])
    keep(window, "c1", [[3.0], [7.0]], at_ms=2_000, seq=2)
    (gauge,) = told(window, "gauge", now_ms=2_500)
    assert gauge.column == COLUMNS[0]
    assert gauge.shares == [
        Share("h1", INCARNATION, 1, 11_500, [Cell("c1", "container", "b", 1000, 1_000, 1.0)]),
        Share("h1", INCARNATION, 2, 9_500, [Cell("c1", "container", "b", 1000, 1_000, 3.0)]),
    ]
    assert [frame.column.name for frame in told(window, "gauge", "counter", now_ms=2_500)] == ["gauge", "counter"]


def test_entities_that_lack_it_tell_nothing() -> None:
    """Also where only a description has its name, and where nothing is kept."""
    window = FrameWindow(20_000)
    assert told(window, "counter") == []
    keep(window, "c1", [[1.0]])
    assert told(window, "counter") == []
    assert told(window, "gaug", "container.name", "b") == []


def test_all_entities_are_told_piece_by_piece() -> None:
    """Each once; of none of them more than so many at a time."""
    window = FrameWindow(20_000)
    names = {f"c{n}" for n in range(2 * metric_window.TOPICS + 1)}
    for name in names:
        keep(window, name, [[1.0], [2.0]])
    found = [[cell.entity for share in frame.shares for cell in share.cells] for frame in told(window, "counter")]
    assert sorted(len(piece) for piece in found) == [1, metric_window.TOPICS, metric_window.TOPICS]
    assert {name for piece in found for name in piece} == names
