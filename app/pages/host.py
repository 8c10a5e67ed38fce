"""Loads the page of a host."""

from __future__ import annotations

from dash.development.base_component import Component

from app import latest, others, roster
from app.node import WebNode
from layouts import host as drawing
from layouts import message
from layouts.host import HostInfo
from layouts.message import MessageInfo
from tidegauge.metrics.filters import Term
from tidegauge.metrics.graphs import graphs
from tidegauge.metrics.limits import is_host
from tidegauge.metrics.records import CONTAINER

LIMITS = ("system.cpu.logical.count", "system.memory.limit", drawing.OWN)


def load(node: WebNode, host: str) -> Component:
    """The page; a message for a host that is not known."""
    owned = node.entities.find_or_live((Term("host", "=", (host,)),), *latest.day(node))
    known = owned.get(host)
    if known is None:
        return message.layout(
            MessageInfo(
                "No such host",
                f"No rows of {host[:80]!r} came within the last day.",
                "When its collector is heard, its page opens here by itself.",
                host if is_host(host) else "",
            )
        )
    containers = [roster.row(one) for name, one in owned.items() if one.entity.kind == CONTAINER and node.is_live(name)]
    other = others.load(node, host, owned)
    return drawing.layout(
        HostInfo(
            id=host,
            name=known.entity.attributes.get("host.name", host),
            fleet=known.entity.attributes.get("fleet", ""),
            attributes=known.entity.attributes,
            limits=latest.values(node, host, (*LIMITS, drawing.ENGINE) if containers else LIMITS),
            containers=tuple(sorted(containers, key=lambda one: one.name)),
            programs=any(one.entity.kind == "process" for one in owned.values()),
            graphs=() if other.alone else graphs("host"),
            others=other.graphs,
            others_left=other.left,
        )
    )
