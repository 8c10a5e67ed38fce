"""Loads the page of a container."""

from __future__ import annotations

from dash.development.base_component import Component

from app import latest
from app.node import WebNode
from layouts import container as drawing
from layouts import message
from layouts.container import ContainerInfo
from layouts.message import MessageInfo
from tidegauge.metrics.filters import Term
from tidegauge.queries import combine

LIMITS = ("container.cpu.limit", "container.memory.limit")


def load(node: WebNode, container: str) -> Component:
    """The page; a message for a container that is not known."""
    known = node.entities.find_or_live((Term("entity", "=", (container,)),), *latest.day(node)).get(container)
    if known is None:
        text = f"No rows of {container[:80]!r} came within the last day."
        return message.layout(MessageInfo("No such container", text, "Open its host for those that run now."))
    attributes = known.entity.attributes
    return drawing.layout(
        ContainerInfo(
            id=container,
            name=combine.entity_name(known),
            host=known.host,
            host_name=attributes.get("host.name", known.host),
            attributes=attributes,
            limits=latest.values(node, container, LIMITS),
            running=node.is_live(container),
        )
    )
