"""Metrics and attributes as fields."""

from __future__ import annotations

import pytest

from tidegauge.metrics.records import Description
from tidegauge.storage.elastic.fields import attribute, can_be, fields, names

TIME = Description("cpu.time", "counter", "s", "", "", 2)
BYTES = Description("bytes", "counter", "By", "", "", 0)
FREE = Description("free", "gauge", "By", "", "", 0)


def test_a_raw_field_is_the_metric() -> None:
    """Whole numbers are `long` and never rounded, all others `double`; the kind is told."""
    made = fields([TIME, BYTES, FREE], "raw")
    assert made == {
        "cpu.time": {"type": "double", "index": False, "time_series_metric": "counter"},
        "bytes": {"type": "long", "coerce": False, "index": False, "time_series_metric": "counter"},
        "free": {"type": "long", "coerce": False, "index": False, "time_series_metric": "gauge"},
    }


def test_a_minute_field_is_a_statistic() -> None:
    """Rates are no whole numbers, and only a counter's own values are cumulative."""
    made = fields([BYTES, TIME], "minute")
    assert list(made)[:4] == ["bytes.first", "bytes.last", "bytes.min_rate", "bytes.max_rate"]
    assert [made[name]["type"] for name in list(made)[:4]] == ["long", "long", "double", "double"]
    assert [made[name]["time_series_metric"] for name in list(made)[:4]] == ["counter", "counter", "gauge", "gauge"]
    assert made["cpu.time.first"]["type"] == "double"
    gauge = fields([Description("load", "gauge", "1", "", "", 2)], "minute")
    assert {name: field["type"] for name, field in gauge.items()} == {
        "load.count": "long",
        **dict.fromkeys(("load.min", "load.max", "load.sum", "load.last"), "double"),
    }


@pytest.mark.parametrize("one", [TIME, FREE])
def test_names_of_fields(one: Description) -> None:
    """They are those that are mapped."""
    for family in ("raw", "minute"):
        assert names(one.name, one.kind, family) == tuple(fields([one], family))


@pytest.mark.parametrize(
    ("name", "is_one"), [("a.b", True), ("_a:b/c-d", True), (".a", False), ("a.", False), ("a..b", False)]
)
def test_names_that_no_field_can_have(name: str, is_one: bool) -> None:
    """A dot with nothing beside it is lost."""
    assert can_be(name) == is_one


@pytest.mark.parametrize(
    ("key", "field"),
    [
        ("host.name", "host.name"),
        ("labels.rack.row", "labels.rack.row"),
        ("x/y:z", "x/y:z"),
        ("entity.id", "labels.entity.id"),
        ("metrics", "labels.metrics"),
        ("host", "labels.host"),
        ("_id", "labels._id"),
        (".a", "labels._a"),
        ("a..b.", "labels.a_.b_"),
        ("labels.", "labels.labels_"),
        ("labels..x", "labels.labels_.x"),
    ],
)
def test_attributes_have_their_own_names(key: str, field: str) -> None:
    """Names that are ours or cannot be are kept among the labels."""
    assert attribute(key) == field
