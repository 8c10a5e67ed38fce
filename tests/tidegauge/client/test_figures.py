"""Figures of frames."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.tidegauge.client.sources import NOW, answer, known, series
from tidegauge.client import figures, frames, palette
from tidegauge.client.answer import Gap
from tidegauge.client.errors import TidegaugeError
from tidegauge.metrics.query import Query

TIMES = [NOW - 9_000, NOW - 8_000, NOW - 5_000]
PAST = Query(metrics=("m.utilization.user", "m.utilization.system"), start="1", end="2")


def frame(unit: str = "1", shape: frames.Shape = "wide") -> pd.DataFrame:
    """Two metrics of a host with a hole of two rows that is claimed."""
    lines = [series(TIMES, [0.1, 0.2, 0.3], metric=name, label=name.split(".")[-1], unit=unit) for name in PAST.metrics]
    gap = Gap(NOW - 8_000, NOW - 5_000, "not_measured", "not measured: the host was too busy")
    told = answer(*lines, from_ms=TIMES[0], to_ms=NOW - 4_000, gaps=[gap])
    return frames.frame(PAST, told, [known()], "link", shape)


def test_lines_have_the_pages_colours_and_break_where_values_are_missing() -> None:
    """A column is coloured by what it is; times are a beginning and a step where they are even."""
    fig = figures.figure(frame(), title="CPU")
    user, system, _ = fig.data
    assert [user.line.color, system.line.color] == palette.colours(["user", "system"])
    assert (user.x0, user.dx, user.connectgaps) == (TIMES[0], 1000, False)
    assert np.isnan(user.y[2:4]).all()
    assert fig.layout.title.text == "CPU"


def test_a_gap_is_a_shaded_span_with_its_name() -> None:
    """The legend says what the shade means."""
    fig = figures.figure(frame())
    (shade,) = fig.layout.shapes
    assert (shade.x0, shade.x1, shade.fillcolor) == (
        "2023-11-14T22:13:12.000Z",
        "2023-11-14T22:13:15.000Z",
        figures.GAPS["not_measured"][1],
    )
    assert [trace.name for trace in fig.data] == ["user", "system", "not measured"]


def test_stacked_areas_lie_on_each_other_and_end_upright_at_holes() -> None:
    """The whole stack is drawn first; the point's own value is what hovering tells."""
    fig = figures.figure(frame(), "stacked")
    top, bottom, _ = fig.data
    assert (top.name, bottom.name) == ("system", "user")
    assert top.y.tolist() == pytest.approx([0.2, 0.4, 0, 0, 0.6])
    assert bottom.y.tolist() == pytest.approx([0.1, 0.2, 0, 0, 0.3])
    assert top.x.tolist() == [TIMES[0], TIMES[1], TIMES[1], TIMES[2], TIMES[2]]
    assert np.array_equal(top.customdata, [0.1, 0.2, np.nan, np.nan, 0.3], equal_nan=True)


def test_a_stack_without_holes_has_no_more_points_than_its_frame() -> None:
    """And one in which one column misses is drawn on."""
    df = pd.DataFrame({"a": [1.0, np.nan], "b": [1.0, 2.0]}, index=frames.moments([NOW, NOW + 1000]))
    top, bottom = figures.figure(df, "stacked").data
    assert (top.y.tolist(), bottom.y.tolist()) == ([2.0, 2.0], [1.0, 0.0])


@pytest.mark.parametrize(
    ("unit", "expected"),
    [("1", ".3~%"), ("By", ".3~s"), ("By/s", ".3~s"), ("{packet}/s", ".3~s")],
)
def test_the_axis_has_the_unit(unit: str, expected: str) -> None:
    """Shares as per cent, bytes with their prefixes; another unit is written out."""
    axis = figures.figure(frame(unit)).layout.yaxis
    assert axis.tickformat == expected
    assert (axis.ticksuffix or "").strip() == {"1": "", "By": "B", "By/s": "B/s"}.get(unit, unit)


def test_the_axes_reach_as_far_as_was_asked() -> None:
    """Across the range, up to what the caller says."""
    fig = figures.figure(frame(), yrange=(0, 1), height=200)
    assert fig.layout.xaxis.range == ("2023-11-14T22:13:11.000Z", "2023-11-14T22:13:16.000Z")
    assert (fig.layout.yaxis.range, fig.layout.height) == ((0, 1), 200)


def test_any_frame_with_times_can_be_drawn() -> None:
    """Without our attributes, with columns that are no text, or with no column at all."""
    df = pd.DataFrame({1: [1.0, 2.0, 3.0]}, index=frames.moments([NOW, NOW + 1000, NOW + 3000]))
    (line,) = figures.figure(df).data
    assert line.x.tolist() == [NOW, NOW + 1000, NOW + 3000]
    kinds: list[Any] = ["line", "stacked"]
    for kind in kinds:
        assert len(figures.figure(df[[]], kind).data) == 0
        assert figures.figure(df.iloc[:0], kind).data


def test_a_long_frame_is_refused() -> None:
    """With what to do."""
    with pytest.raises(TidegaugeError, match='shape="wide"'):
        figures.figure(frame(shape="long"))


def test_a_figure_is_small() -> None:
    """An hour of ten columns takes what its numbers take, 8 bytes each, as text."""
    index = frames.moments(np.arange(NOW, NOW + 3_600_000, 1000))
    df = pd.DataFrame(np.random.default_rng(1).random((len(index), 10)), index=index)
    assert len(figures.figure(df).to_json()) < 14 * df.size
