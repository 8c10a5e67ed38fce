"""Bodies of searches and the files they are made of."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import get_args

import msgspec
import pytest

from tidegauge.storage.elastic import bodies
from tidegauge.storage.elastic.slices import Slice, What

WITHIN = Slice(("h1", "h2"), 10, 20)
QUERIES = sorted(file.name for file in files("tidegauge.storage.elastic").joinpath("queries").iterdir())
BUILT = {
    "buckets": lambda: bodies.buckets(WITHIN, 9, 1000, "raw", [("a", "gauge"), ("b", "counter")]),
    "within": lambda: bodies.buckets(WITHIN, 9, 1000, "raw", []),
    "values": lambda: bodies.buckets(WITHIN, 9, 1000, "minute", [("a", "gauge"), ("b", "counter")]),
    "latest": lambda: bodies.latest(WITHIN, 9),
    "indices": bodies.indices,
    "incarnation": lambda: bodies.incarnation("h1"),
}


def test_each_file_is_a_body() -> None:
    """None is left over."""
    assert [f"{name}.json" for name in sorted(BUILT)] == QUERIES


@pytest.mark.parametrize("name", BUILT)
def test_nothing_is_left_to_fill(name: str) -> None:
    """Every `$name` has its value, and a file is the same after any use."""
    before = json.dumps(BUILT[name]())
    assert "$" not in before
    assert json.dumps(BUILT[name]()) == before


def test_rows_of_some_entities_and_of_all() -> None:
    """Where none are named there is no condition."""
    assert bodies.latest(WITHIN, 9)["query"]["bool"]["filter"] == [
        {"range": {"@timestamp": {"gte": 10, "lt": 20, "format": "epoch_millis"}}},
        {"terms": {"entity.id": ("h1", "h2")}},
    ]
    assert len(bodies.latest(Slice((), 10, 20), 9)["query"]["bool"]["filter"]) == 1


def test_what_is_asked_of_each_metric() -> None:
    """Has its number before its name; the row's own has none."""
    raw = bodies.buckets(WITHIN, 9, 1000, "raw", [("a.b", "gauge"), ("c", "counter")])
    assert bodies.named(raw) == ("first", "last", "period", "0.stats", "1.stats")
    assert raw["aggs"]["buckets"]["aggs"]["0.stats"] == {"stats": {"field": "metrics.a.b"}}
    minute = bodies.buckets(WITHIN, 9, 60_000, "minute", [("c", "counter")])["aggs"]["buckets"]
    assert minute["aggs"]["0.first"] == {"stats": {"field": "metrics.c.first"}}
    assert minute["composite"]["size"] == 9
    assert minute["composite"]["sources"][-1] == {
        "bucket": {"date_histogram": {"field": "@timestamp", "fixed_interval": "60000ms"}}
    }
    lasts = bodies.buckets(WITHIN, 9, 1, "lasts", [("a", "gauge")])["aggs"]["buckets"]
    assert lasts["aggs"]["0.value"] == {"max": {"field": "metrics.a.last"}}
    assert lasts["composite"]["sources"][-1]["bucket"]["date_histogram"]["field"] == "last"


@pytest.mark.parametrize("what", get_args(What))
def test_all_that_can_be_asked(what: What) -> None:
    """Coverage has no metrics, and only gauges have lasts."""
    kinds = {"coverage": [], "lasts": ["gauge"]}.get(what, ["gauge", "counter"])
    body = bodies.buckets(WITHIN, 9, 1000, what, [("a", kind) for kind in kinds])
    assert len(bodies.named(body)) >= 1
    msgspec.json.encode(body)


def test_conditions_and_the_next_page() -> None:
    """Are put to a body that is there."""
    body = bodies.buckets(WITHIN, 9, 1000, "raw", [])
    assert bodies.after(body, None) is body
    assert "after" not in body["aggs"]["buckets"]["composite"]
    assert bodies.after(body, {"entity": "h1"})["aggs"]["buckets"]["composite"]["after"] == {"entity": "h1"}
    narrowed = bodies.narrowed(body, [bodies.having("a", "gauge", "raw"), bodies.at("rows", [11, 12])])
    assert narrowed["query"]["bool"]["filter"][2:] == [
        {"exists": {"field": "metrics.a"}},
        {"terms": {"@timestamp": [11, 12]}},
    ]
    assert bodies.having("a", "gauge", "minute") == {"exists": {"field": "metrics.a.count"}}
    assert bodies.having("a", "counter", "minute") == {"exists": {"field": "metrics.a.first"}}
    assert bodies.at("lasts", [5]) == {"terms": {"last": [5]}}
