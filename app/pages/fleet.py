"""Loads the page of all hosts."""

from __future__ import annotations

from collections import Counter

from dash.development.base_component import Component

from app import latest
from app.node import WebNode
from layouts import fleet
from layouts.fleet import FleetHost, FleetInfo
from tidegauge.metrics.filters import parse
from tidegauge.metrics.records import CONTAINER, HOST


def load(node: WebNode) -> Component:
    """The page, with the hosts of the last day and the containers that run now."""
    found = node.entities.find_or_live(parse(f"kind={HOST},{CONTAINER}"), *latest.day(node))
    running = Counter(
        known.host for name, known in found.items() if known.entity.kind == CONTAINER and node.is_live(name)
    )
    hosts = [
        FleetHost(
            id=name,
            name=known.entity.attributes.get("host.name", name),
            fleet=known.entity.attributes.get("fleet", ""),
            containers=running[name],
        )
        for name, known in found.items()
        if known.entity.kind == HOST and not node.presence.retired.hides(name)
    ]
    return fleet.layout(FleetInfo(tuple(sorted(hosts, key=lambda host: host.name))))
