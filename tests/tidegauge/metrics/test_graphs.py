"""Graphs and what they ask for."""

from __future__ import annotations

from tidegauge.metrics.filters import parse
from tidegauge.metrics.graphs import Graph, graphs, query_of

GRAPH = Graph("g", "host", "G", "host", "line", "count", ("a", "b"), "", below=("c",))
OWNER = parse("host.id=h")


def test_a_graph_asks_for_both_sides_of_what_its_owner_has() -> None:
    """Above first, and only so many series."""
    query = query_of(GRAPH._replace(top=3), OWNER)
    assert (query.metrics, query.filter, query.top) == (("a", "b", "c"), OWNER, 3)


def test_a_headline_that_is_a_metric_is_asked_for_too() -> None:
    """Once, also where it is drawn anyway."""
    assert query_of(GRAPH._replace(headline="d"), OWNER).metrics == ("a", "b", "c", "d")
    assert query_of(GRAPH._replace(headline="a"), OWNER).metrics == ("a", "b", "c")


def test_a_page_has_its_own_graphs_in_order() -> None:
    """The host page begins with CPU, the container page too; an unknown page has none."""
    assert graphs("host")[0].id == graphs("container")[0].id == "cpu"
    assert graphs("nowhere") == ()
