"""Loads the page of the system itself: what it shows is told over WS /live (`app.system`)."""

from __future__ import annotations

from dash.development.base_component import Component

from app.node import WebNode
from layouts import system
from layouts.system import SystemInfo


def load(node: WebNode) -> Component:
    """The page. The store is asked how it is, so that the answer is there when the page looks."""
    node.health.status()
    return system.layout(SystemInfo(node.name))
