"""The page of a host, loaded."""

from __future__ import annotations

from app.pages import host as page
from tests.app.rig import Rig, shown
from tests.rows import host
from tidegauge.metrics.records import Entity


def load(rig: Rig, name: str) -> str:
    return shown(page.load(rig.node, name))


def test_a_host_shows_its_name_limits_and_running_containers(rig: Rig) -> None:
    """By name; one that ended is not listed."""
    rig.row(entity=host("h1", **{"host.name": "web-1"}), **{"system.cpu.logical.count": 4.0, "gauge": 1.0})
    for name in ("one", "two"):
        attributes = {"host.id": "h1", "container.name": name}
        rig.row(entity=Entity(f"c-{name}", "container", "s", 1000, attributes), gauge=1.0)
    content = load(rig, "h1")
    assert '"children": "web-1"' in content
    assert "on 4 CPUs" in content
    assert content.index("c-one") < content.index("c-two")
    rig.clock.advance(200_000)
    assert "c-one" not in load(rig, "h1")


def test_programs_and_the_collector_are_shown_where_they_are_known(rig: Rig) -> None:
    """A host of an older collector has no empty cards."""
    rig.row(entity=host("h1", **{"host.name": "web-1"}), **{"system.cpu.logical.count": 4.0})
    assert "graph-programs-cpu" not in load(rig, "h1")
    assert "graph-collector-cpu" not in load(rig, "h1")
    rig.clock.advance(1000)
    rig.row(entity=host("h1", **{"host.name": "web-1"}), **{"tidegauge.collector.cpu.time": 4.0})
    rig.row(entity=Entity("h1:process:nginx", "process", "s", 10_000, {"host.id": "h1"}), gauge=1.0)
    assert "graph-programs-cpu" in load(rig, "h1")
    assert "graph-collector-cpu" in load(rig, "h1")


def test_a_host_that_is_not_known_is_said(rig: Rig) -> None:
    """Whatever stands in the URL stays text, and a star is no pattern for a page."""
    rig.row(gauge=1.0)
    for name in ("h9", "*", "<script>", "h1:disk:a", "x" * 5_000):
        content = load(rig, name)
        assert "No such host" in content
        assert len(content) < 2_000
        assert ('"data-host"' in content) is (name == "h9")


def test_a_container_is_no_host(rig: Rig) -> None:
    """Its id in the place of a host's is not known."""
    rig.row(entity=Entity("c1", "container", "s", 1000, {"host.id": "h1"}), gauge=1.0)
    assert "No such host" in load(rig, "c1")
