"""Graphs of metrics that the catalogue lacks."""

from __future__ import annotations

import pytest

from tidegauge.metrics import described
from tidegauge.metrics.graphs import graphs
from tidegauge.metrics.records import Description


def test_a_graph_says_what_its_sender_said() -> None:
    """Name, help and formula are the sender's; a sender that said nothing is no reason to draw nothing."""
    made = described.graph(Description("shop.orders", "counter", "{order}", "Paid.", "counted"), "host")
    assert (made.title, made.help, made.formula, made.metrics) == ("shop.orders", "Paid.", "counted", ("shop.orders",))
    assert described.graph(Description("x", "gauge", "", ""), "host").help


@pytest.mark.parametrize(
    ("name", "kind", "unit", "written", "words"),
    [
        ("shop.orders", "counter", "{order}", "per_second", "order a second"),
        ("shop.hits", "counter", "1", "per_second", ""),
        ("shop.sent", "counter", "By", "bytes/s", ""),
        ("shop.cache", "gauge", "By", "bytes", ""),
        ("shop.cache.utilization", "gauge", "1", "percent", ""),
        ("shop.load", "gauge", "1", "number", ""),
        ("shop.oven", "gauge", "Cel", "number", "Cel"),
    ],
)
def test_units(name: str, kind: str, unit: str, written: str, words: str) -> None:
    """A number is written as its unit asks for, a share only where its name says so."""
    made = described.graph(Description(name, kind, unit, ""), "host")  # type: ignore[arg-type]
    assert (made.unit, made.unit_text) == (written, words)


def test_an_id_names_kind_and_metric() -> None:
    """What a link ends with leads back to the numbers; ids of the catalogue's graphs do not."""
    made = described.graph(Description("shop.a-b", "gauge", "", ""), "queue")
    assert described.named(made.id) == ("queue", "shop.a-b")
    assert not any(described.named(graph.id) for graph in graphs("host"))
    assert described.named("metric-") is described.named("metric-host-") is None
