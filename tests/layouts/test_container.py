"""The page of a container."""

from __future__ import annotations

from layouts.container import GONE, ContainerInfo, layout
from tests.layouts.components import marked, settings, texts
from tidegauge.metrics.query import from_url

ID = "a" * 64
INFO = ContainerInfo(ID, "api", "h", "web-1", {"container.runtime": "docker"}, {"container.cpu.limit": 0.5})


def test_all_graphs_ask_for_the_container_alone() -> None:
    """By its full id."""
    queries = [from_url(found["query"]) for found in settings(layout(INFO), "graph")]
    assert len(queries) == len(INFO.graphs)
    assert {query.filter[0].patterns for query in queries} == {(ID,)}


def test_presence_and_gaps_are_those_of_its_host() -> None:
    """The page watches the host, and links to it."""
    assert marked(layout(INFO), "host") == ["h"]
    assert "web-1" in texts(layout(INFO))


def test_a_limit_is_drawn_where_there_is_one() -> None:
    """CPU has its quota, memory none."""
    found = {one["id"]: one for one in settings(layout(INFO), "graph")}
    assert (found["cpu"]["limit"], found["cpu"]["line"]) == (0.5, True)
    assert (found["memory"]["limit"], found["memory"]["line"]) == (None, False)


def test_without_a_name_it_is_called_by_its_short_id() -> None:
    """Twelve digits, as people know them."""
    assert ID[:12] in texts(layout(ContainerInfo(ID, "", "h", "")))


def test_one_that_is_gone_is_said_to_be() -> None:
    """Its host's state must not be taken for its own."""
    assert GONE in texts(layout(ContainerInfo(ID, "api", "h", "web-1", running=False)))
    assert GONE not in texts(layout(INFO))
