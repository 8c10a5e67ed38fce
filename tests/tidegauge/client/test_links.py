"""Links of pages, graphs and the JSON API as queries."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layouts import container, fleet, host
from layouts.container import ContainerInfo
from layouts.host import HostInfo
from layouts.roster import ContainerRow
from tests.app.rig import shown
from tidegauge.client import links
from tidegauge.client.errors import TidegaugeError
from tidegauge.metrics import filters
from tidegauge.metrics.graphs import Graph, graphs
from tidegauge.metrics.query import Query, from_url, to_url

SITE = "https://tide.example"


def drawn(page: str) -> list[str]:
    """The queries of the graphs of a page as its layout has them."""
    made = (
        host.layout(
            HostInfo(
                "h 1",
                "web",
                "",
                limits={host.OWN: 1.0, host.ENGINE: 1.0},
                containers=(ContainerRow("c1", "api"),),
                programs=True,
            )
        )
        if page == "host"
        else container.layout(ContainerInfo("c1", "api", "h 1", "web"))
    )
    found = []

    def look(part: object) -> None:
        if isinstance(part, dict):
            if isinstance(part.get("data-graph"), str):
                found.append(json.loads(part["data-graph"])["query"])
            part = list(part.values())
        if isinstance(part, list):
            for one in part:
                look(one)

    look(json.loads(shown(made)))
    return found


@pytest.mark.parametrize(("page", "place"), [("host", "hosts/h%201"), ("container", "containers/c1")])
def test_a_graphs_link_is_the_query_that_its_page_draws(page: str, place: str) -> None:
    """For every graph of a page."""
    queries = [to_url(links.query_of_link(f"{SITE}/{place}#graph-{graph.id}")) for graph in graphs(page)]
    assert queries == drawn(page)


def test_a_link_has_the_range_of_its_page() -> None:
    """Without one a page shows the last five minutes."""
    query = links.query_of_link(f"{SITE}/hosts/h1?from=now-6h&to=now-1h&sort=x#graph-cpu")
    assert (query.start, query.end) == ("now-6h", "now-1h")
    assert links.query_of_link(f"{SITE}/hosts/h1#graph-cpu").start == "now-5m"


@pytest.mark.parametrize("page", ["host", "container"])
def test_a_pages_link_is_all_that_its_own_entitys_graphs_show(page: str) -> None:
    """Not what its devices' or containers' do."""
    query = links.query_of_link(f"{SITE}/{page}s/x")
    own: list[Graph] = [graph for graph in graphs(page) if graph.entity == page]
    assert {name for graph in own for name in (*graph.metrics, *graph.below)} <= set(query.metrics)


def test_the_page_of_all_hosts_is_its_table() -> None:
    """What the table shows of the hosts themselves."""
    assert to_url(links.query_of_link(f"{SITE}/")) == fleet.QUERIES["host"]


def test_an_address_with_a_query_is_that_query() -> None:
    """Of the JSON API, of a page, or the bare text."""
    query = Query(metrics=("a", "b"), start="now-1h", top=3)
    for link in (f"{SITE}/api/v1/query?{to_url(query)}", f"{SITE}/explore?{to_url(query)}", f"?{to_url(query)}"):
        assert links.query_of_link(link) == query


@pytest.mark.parametrize(
    ("link", "word"),
    [
        (f"{SITE}/system", "no link to numbers"),
        (f"{SITE}/hosts/h1#graph-cpus", "#graph-cpu,"),
        (f"{SITE}/hosts/h1?from=yesterday", "yesterday"),
        (f"{SITE}/api/v1/query?metrics=a&metrcs=b", "metrcs"),
        ("http://[", "no link"),
    ],
)
def test_other_links_are_said_to_be_none(link: str, word: str) -> None:
    """With what is wrong, and what would do."""
    with pytest.raises(TidegaugeError, match=word):
        links.query_of_link(link)


@given(st.text() | st.text().map(f"{SITE}/hosts/{{}}".format) | st.text().map(f"{SITE}/?metrics={{}}".format))
def test_no_text_breaks_it(link: str) -> None:
    """It is a query, or our error."""
    with contextlib.suppress(TidegaugeError):
        assert from_url(to_url(links.query_of_link(link))).metrics


def test_a_graph_of_other_softwares_metric_is_a_link_too() -> None:
    """Its anchor names kind and metric."""
    query = links.query_of_link(f"{SITE}/hosts/shop?from=now-1h#graph-metric-queue-shop.depth")
    assert (query.metrics, query.start) == (("shop.depth",), "now-1h")
    assert query.filter == filters.parse("host.id=shop kind=queue")
