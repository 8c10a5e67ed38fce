"""The page of a container, loaded."""

from __future__ import annotations

from app.pages import container as page
from tests.app.rig import Rig, shown
from tidegauge.metrics.records import Entity

ID = "c" * 64


def load(rig: Rig, name: str) -> str:
    return shown(page.load(rig.node, name))


def test_a_container_shows_its_name_host_and_limits(rig: Rig) -> None:
    """Its host is a link, a CPU limit is where the axis reaches."""
    attributes = {"host.id": "h1", "host.name": "web-1", "container.name": "shop", "container.runtime": "docker"}
    rig.row(entity=Entity(ID, "container", "s", 1000, attributes), **{"container.cpu.limit": 1.5})
    content = load(rig, ID)
    assert '"children": "shop"' in content
    assert '"href": "/hosts/h1"' in content
    assert '\\"limit\\":1.5' in content
    assert '"data-host": "h1"' in content


def test_one_that_ended_today_still_has_its_page(rig: Rig) -> None:
    """It left the lists, not the history."""
    rig.row(entity=Entity(ID, "container", "s", 1000, {"host.id": "h1"}), gauge=1.0)
    rig.clock.advance(2 * 3_600_000)
    rig.node.keep_time()
    content = load(rig, ID)
    assert ID[:12] in content
    assert "stopped or gone" in content


def test_a_container_that_is_not_known_is_said(rig: Rig) -> None:
    """A message with what to do."""
    content = load(rig, "<b>" * 1_000)
    assert "No such container" in content
    assert "Open its host" in content
    assert len(content) < 2_000
