"""The page of a container."""

from __future__ import annotations

from layouts.container import GONE, ContainerInfo, layout
from tests.layouts.components import marked, settings, texts, walk
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
    gone, runs = (
        next(one for one in walk(layout(info)) if getattr(one, "children", "") == GONE)
        for info in (ContainerInfo(ID, "api", "h", "web-1", running=False), INFO)
    )
    assert (gone.hidden, runs.hidden) == (False, True)


def test_the_head_says_what_it_is() -> None:
    """Project, service, image and runtime, and its labels; what is not known is left out."""
    attributes = {"container.project": "shop", "container.image.name": "nginx:1.27", "container.labels.tier": "front"}
    found = texts(layout(ContainerInfo(ID, "api", "h", "web-1", attributes)))
    assert {"project", "shop", "image", "nginx:1.27", "tier", "front"} <= set(found)
    assert "service" not in found
