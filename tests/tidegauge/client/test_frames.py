"""Frames: wide and long, and what stands in their attributes."""

from __future__ import annotations

import json
import math

import pandas as pd
import pytest

from tests.tidegauge.client.sources import NOW, answer, known, series
from tidegauge.client import frames
from tidegauge.client.answer import Gap
from tidegauge.metrics.query import Query, from_url

QUERY = Query(metrics=("gauge",))
TIMES = [NOW - 3_000, NOW - 1_000]
LATE = Gap(NOW - 3_500, NOW - 2_500, "late", "arrived late, by 12:00:00 UTC")
TOLD = answer(series(TIMES, [1.0, 3.0]), from_ms=NOW - 3_000, gaps=[LATE])


def test_a_wide_frame_has_a_column_a_series() -> None:
    """Its index is in UTC and named; a missing row is NaN, never filled."""
    df = frames.frame(QUERY, TOLD, [known()], "link")
    assert (list(df.columns), df.index.name, str(df.index.tz)) == (["h1"], "time", "UTC")
    assert list(df.index) == [
        pd.Timestamp(time, unit="ms", tz="UTC") for time in (NOW - 3_000, NOW - 2_000, NOW - 1_000)
    ]
    assert df["h1"].iloc[[0, 2]].tolist() == [1.0, 3.0]
    assert math.isnan(df["h1"].iloc[1])


def test_a_long_frame_has_a_row_a_point() -> None:
    """With ids, the attributes of `by`, and whether the row arrived late."""
    df = frames.frame(QUERY, TOLD, [known()], "link", "long")
    assert list(df.columns) == ["time", "host", "entity", "name", "metric", "value", "gap"]
    assert df[["host", "value", "gap"]].to_numpy().tolist() == [["h1", 1.0, "late"], ["h1", 3.0, ""]]
    grouped = Query(metrics=("gauge",), by=("fleet",), step_ms=1000)
    told = answer(series(TIMES, [1.0, 3.0], "", label="default"), step_ms=1000)
    df = frames.frame(grouped, told, [known()], "link", "long")
    assert df["fleet"].tolist() == ["default", "default"]


@pytest.mark.parametrize("shape", ["wide", "long"])
def test_attributes_say_what_a_frame_rests_on(shape: frames.Shape) -> None:
    """Unit, step, source, the query and where to see it again, how much there is and how much there should be."""
    attrs = frames.frame(QUERY, TOLD, [known()], "link", shape).attrs
    assert attrs["series"] == {"h1": {"entity": "h1", "host": "h1", "metric": "gauge", "unit": "By"}}
    assert {name: attrs[name] for name in ("unit", "step", "source", "url", "points", "expected")} == {
        "unit": "By",
        "step": "rows",
        "source": "raw",
        "url": "link",
        "points": 2,
        "expected": 3,
    }
    assert from_url(attrs["query"]) == QUERY
    assert (attrs["from"], attrs["to"]) == ("2023-11-14T22:13:17.000Z", "2023-11-14T22:13:20.000Z")
    assert attrs["gaps"] == [
        {
            "host": "h1",
            "start": "2023-11-14T22:13:16.500Z",
            "end": "2023-11-14T22:13:17.500Z",
            "state": "late",
            "text": "arrived late, by 12:00:00 UTC",
        }
    ]


def test_attributes_are_json_and_travel() -> None:
    """So that a frame can be stored, copied and joined."""
    df = frames.frame(QUERY, TOLD, [known()], "link")
    assert json.loads(json.dumps(df.attrs)) == df.attrs == df.copy().attrs
    assert len(pd.concat([df, df], axis=1)) == len(df)


def test_units_that_differ_are_no_unit() -> None:
    """Each column's stands in `series`."""
    told = answer(series(TIMES, [1.0, 3.0]), series(TIMES, [1.0, 3.0], metric="other", label="other", unit="s"))
    attrs = frames.frame(QUERY, told, [known()], "link").attrs
    assert attrs["unit"] == ""
    assert [one["unit"] for one in attrs["series"].values()] == ["By", "s"]


def test_slow_entities_are_not_expected_in_every_bucket() -> None:
    """A row every ten seconds in buckets of one."""
    told = answer(series([NOW - 10_000], [1.0]), step_ms=1000)
    attrs = frames.frame(Query(metrics=("gauge",), start="1", end="2"), told, [known(period_ms=10_000)], "").attrs
    assert (attrs["points"], attrs["expected"]) == (1, 1)


@pytest.mark.parametrize("shape", ["wide", "long"])
def test_nothing_is_an_empty_frame(shape: frames.Shape) -> None:
    """With its attributes, and columns where a long frame has them."""
    df = frames.frame(QUERY, answer(), [known()], "link", shape)
    assert (len(df), df.attrs["points"], df.attrs["expected"]) == (0, 0, 0)
    assert ("value" in df.columns) == (shape == "long")
