"""The page of a host."""

from __future__ import annotations

from layouts.host import ENGINE, OWN, HostInfo, layout, owner
from layouts.roster import ContainerRow
from tests.layouts.components import encode, marked, settings, texts, walk
from tidegauge.metrics import described
from tidegauge.metrics.filters import format_filter, matches
from tidegauge.metrics.query import from_url
from tidegauge.metrics.records import Description

LIMITS = {"system.memory.limit": 8e9, "system.cpu.logical.count": 4.0, OWN: 1.0, ENGINE: 1.0}
LABELS = {"labels.tier": "front end", "os.type": "linux"}
INFO = HostInfo("h 1", "web-1", "default", LABELS, LIMITS, (ContainerRow("a" * 64, "api"),), programs=True)


def test_all_graphs_ask_for_what_the_host_owns() -> None:
    """Each graph's filter matches the host's own entities of its kind and no other's."""
    found = settings(layout(INFO), "graph")
    assert len(found) == len(INFO.graphs)
    for graph, wanted in zip(INFO.graphs, found, strict=True):
        query = from_url(wanted["query"])
        assert matches(query.filter, {"host.id": "h 1", "kind": graph.entity})
        assert not matches(query.filter, {"host.id": "other", "kind": graph.entity})


def test_graphs_of_containers_are_left_out_where_none_runs() -> None:
    """A host without containers has no empty cards."""
    alone = layout(HostInfo("h", "web-1", "default"))
    assert not [found for found in settings(alone, "graph") if found["id"].startswith("containers")]


def test_graphs_of_programs_and_of_the_collector_are_left_out_where_there_are_none() -> None:
    """An agent of other software, or one that was told not to, sends neither."""
    found = settings(layout(HostInfo("h", "web-1", "default")), "graph")
    assert not [one for one in found if one["id"].startswith(("programs", "collector"))]
    found = settings(layout(HostInfo("h", "web-1", "default", limits={OWN: 1.0})), "graph")
    assert [one["id"] for one in found][-1] == "collector-records"


def test_the_collectors_own_graphs_come_last() -> None:
    """Under a heading of their own."""
    ids = [one["id"] for one in settings(layout(INFO), "graph")]
    own = [one for one in ids if one.startswith("collector-")]
    assert own == ids[-len(own) :]
    assert len(own) > 3
    assert "Collector" in texts(layout(INFO))


def test_the_page_names_the_host_and_watches_it() -> None:
    """Name, labels and id are there; a host without a name is called by its id."""
    page = layout(INFO)
    assert marked(page, "host") == ["h 1"]
    assert {"web-1", "tier", "front end", "default"} <= set(texts(page))
    assert "h2" in texts(layout(HostInfo("h2", "", "")))


def test_a_star_pins_the_host() -> None:
    """Named for who cannot see it, and not pressed until JavaScript knows."""
    assert marked(layout(INFO), "pin") == ["h 1"]
    (star,) = (one for one in walk(layout(INFO)) if getattr(one, "className", "") == "pin")
    told = star.to_plotly_json()["props"]
    assert (told["aria-label"], told["aria-pressed"]) == ("Pin web-1", "false")


def test_the_containers_that_run_are_told_to_the_table() -> None:
    """As they are when the page opens; without one the table waits, hidden."""
    (told,) = settings(layout(INFO), "roster")
    assert [(one["id"], one["name"]) for one in told["containers"]] == [("a" * 64, "api")]
    assert settings(layout(HostInfo("h", "web-1", "default")), "roster") == [{"containers": []}]


def test_load_is_told_per_core_where_cores_are_known() -> None:
    """The scale is one over the cores; without them it is load, and nobody knows whether that is much."""
    known = next(tile for tile in settings(layout(INFO), "tile") if tile["unit"] == "load")
    assert (known["scale"], known["note"]) == (0.25, "on 4 CPUs")
    unknown = layout(HostInfo("h", "web", "f"))
    assert "Load" in texts(unknown)
    (told,) = (tile for tile in settings(unknown, "tile") if tile["unit"] == "load")
    assert {"scale", "warn", "alarm"}.isdisjoint(told)


def test_only_who_may_sees_the_cable() -> None:
    """The button and its explanation come together."""
    assert "cable" in marked(layout(INFO), "action")
    assert "cable" not in marked(layout(HostInfo("h", "web", "f", can_pull_cable=False)), "action")


def test_hostile_names_stay_text() -> None:
    """HTML in a name goes into texts and JSON strings and nowhere else."""
    page = layout(HostInfo("<i>", "<script>alert(1)</script>", "f"))
    assert "<script>alert(1)</script>" in texts(page)
    assert "dangerously" not in encode(page)
    assert format_filter(owner("<i>", "host")) == "host.id=<i> kind=host"


def test_metrics_of_other_software_come_after_the_hosts_own() -> None:
    """Under a title of their own, each with its unit and formula; what is not drawn is counted."""
    other = described.graph(Description("shop.orders", "counter", "{order}", "Paid.", "counted"), "host")
    page = layout(HostInfo("h", "web-1", "f", others=(other,), others_left=3))
    found = settings(page, "graph")
    assert [one["id"] for one in found][-1] == "metric-host-shop.orders"
    assert found[0]["id"] == "cpu"
    assert {"Other metrics", "order a second", "Paid.", "counted"} <= set(texts(page))
    assert any("3 more are not drawn" in text for text in texts(page))
    assert "Other metrics" not in texts(layout(HostInfo("h", "web-1", "f")))


def test_a_host_of_other_software_alone_has_no_empty_cards() -> None:
    """No tiles and no graphs of a system that nobody measures."""
    other = described.graph(Description("shop.orders", "counter", "{order}", "Paid."), "host")
    page = layout(HostInfo("shop", "Checkout", "f", graphs=(), others=(other,)))
    assert len(settings(page, "graph")) == 1
    assert settings(page, "tile") == []
