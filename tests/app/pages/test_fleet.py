"""The page of all hosts, loaded."""

from __future__ import annotations

import json
from typing import Any

from app.pages import fleet
from tests.app.rig import Rig
from tests.rows import host
from tidegauge.metrics.records import Entity


def hosts(rig: Rig) -> list[dict[str, Any]]:
    """What the page tells its JavaScript of hosts."""
    page: Any = fleet.load(rig.node)
    found: list[dict[str, Any]] = json.loads(getattr(page, "data-fleet"))["hosts"]
    return found


def test_hosts_come_by_name_with_the_containers_that_run(rig: Rig) -> None:
    """A container whose rows no longer come is not counted; other kinds are no hosts."""
    for name, called in (("h1", "zeta"), ("h2", "alpha")):
        rig.row(entity=host(name, **{"host.name": called}), gauge=1.0)
    for name in ("c1", "c2"):
        rig.row(entity=Entity(name, "container", "s", 1000, {"host.id": "h1"}), gauge=1.0)
    rig.row(entity=Entity("h1:disk:a", "disk", "b", 1000, {"host.id": "h1"}), gauge=1.0)
    rig.clock.advance(170_000)
    rig.row(entity=Entity("c1", "container", "s", 1000, {"host.id": "h1"}), gauge=1.0)
    rig.clock.advance(20_000)
    assert [(one["id"], one["name"], one["fleet"], one["containers"]) for one in hosts(rig)] == [
        ("h2", "alpha", "default", 0),
        ("h1", "zeta", "default", 1),
    ]


def test_an_empty_store_gives_an_empty_page(rig: Rig) -> None:
    """Hosts that come later are told by presence."""
    assert hosts(rig) == []


def test_without_the_store_live_hosts_are_shown(rig: Rig) -> None:
    """The page opens."""
    rig.row(gauge=1.0)
    rig.reads.down = True
    assert [one["id"] for one in hosts(rig)] == ["h1"]
