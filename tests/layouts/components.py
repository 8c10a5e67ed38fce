"""Looking into trees of Dash components."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import plotly.utils
from dash.development.base_component import Component


def walk(root: Component) -> Iterator[Component]:
    """All components of a tree, the root first."""
    yield root
    children = getattr(root, "children", None)
    for child in children if isinstance(children, (list, tuple)) else [children]:
        if isinstance(child, Component):
            yield from walk(child)


def texts(root: Component) -> list[str]:
    """All texts of a tree, in order."""
    found: list[str] = []
    for component in walk(root):
        children = getattr(component, "children", None)
        found += [child for child in (children if isinstance(children, list) else [children]) if isinstance(child, str)]
    return found


def marked(root: Component, name: str) -> list[str]:
    """The values of a `data-` attribute wherever it is set."""
    return [value for component in walk(root) if (value := getattr(component, f"data-{name}", None)) is not None]


def settings(root: Component, name: str) -> list[Any]:
    """The values of a `data-` attribute that hold JSON."""
    return [json.loads(value) for value in marked(root, name)]


def encode(root: Component) -> str:
    """The JSON that Dash sends."""
    return json.dumps(root, cls=plotly.utils.PlotlyJSONEncoder)
