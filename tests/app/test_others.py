"""Which metrics beside the catalogue's a host has."""

from __future__ import annotations

from app import latest, others
from app.others import MOST_GRAPHS, Others
from tests.app.rig import Rig
from tests.rows import host
from tidegauge.metrics.filters import Term
from tidegauge.metrics.records import Entity


def load(rig: Rig, name: str = "h1") -> Others:
    return others.load(
        rig.node, name, rig.node.entities.find_or_live((Term("host", "=", (name,)),), *latest.day(rig.node))
    )


def queue(name: str) -> Entity:
    return Entity(f"h1:queue:{name}", "queue", "s", 1000, {"host.id": "h1", "device": name})


def test_a_host_has_a_graph_of_each_metric_of_its_own_and_its_parts(rig: Rig) -> None:
    """By kind of entity; metrics of other hosts are not looked for in vain."""
    rig.row(entity=host("h1"), **{"shop.orders": 1.0})
    rig.row(entity=queue("mail"), **{"shop.depth": 1.0})
    rig.row(entity=queue("sms"), **{"shop.depth": 1.0})
    rig.row(entity=host("h2"), **{"other.metric": 1.0})
    found = load(rig)
    assert [(graph.entity, graph.title) for graph in found.graphs] == [("host", "shop.orders"), ("queue", "shop.depth")]
    assert found.alone
    assert found.left == 0


def test_a_host_with_a_collector_keeps_its_graphs(rig: Rig) -> None:
    """Where a collector's metrics are too, both are shown; where they are alone, they alone."""
    rig.row(entity=host("h1"), **{"system.uptime": 1.0, "shop.orders": 1.0})
    rig.row(entity=host("h2"), **{"system.uptime": 1.0})
    assert not load(rig).alone
    assert load(rig, "h2") == Others()


def test_there_are_only_so_many_graphs(rig: Rig) -> None:
    """A sender of very many metrics makes no endless page; how many are left out is said."""
    rig.row(entity=host("h1"), **{f"many.m{n:03d}": 1.0 for n in range(MOST_GRAPHS + 7)})
    found = load(rig)
    assert (len(found.graphs), found.left) == (MOST_GRAPHS, 7)


def test_a_store_that_is_down_is_no_error(rig: Rig) -> None:
    """The page is there with what the catalogue has."""
    rig.row(entity=host("h1"), **{"shop.orders": 1.0})
    rig.reads.down = True
    assert load(rig) == Others()
