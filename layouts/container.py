"""The page of a container."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dash import html
from dash.development.base_component import Component

from layouts import cards, roster
from layouts.attributes import data
from tidegauge.metrics.filters import Term
from tidegauge.metrics.graphs import Graph, graphs

GONE = "No rows of this container come now: it is stopped or gone. Choose a range in which it ran."
SHOWN = {
    "project": "container.project",
    "service": "container.service",
    "image": "container.image.name",
    "runtime": "container.runtime",
}


@dataclass(frozen=True)
class ContainerInfo:
    """What the page shows before anything moves.

    id: the full container id. host, host_name: where it runs; its presence and gaps are the host's.
    limits: newest `container.cpu.limit` and `container.memory.limit`, where there are any.
    running: whether rows of it come now; beside its name stand its own state and its host's.
    """

    id: str
    name: str
    host: str
    host_name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    graphs: tuple[Graph, ...] = graphs("container")
    running: bool = True


def layout(info: ContainerInfo) -> Component:
    """The page."""
    facts = {name: info.attributes.get(key, "") for name, key in SHOWN.items()} | {"id": info.id[:12]}
    labels = {name[17:]: text for name, text in info.attributes.items() if name.startswith("container.labels.")}
    return html.Main(
        className="page",
        **data(page="container", host=info.host, container=info.id),
        children=[
            html.Div(
                className="title",
                children=[
                    html.A(info.host_name or info.host, href=f"/hosts/{info.host}", className="parent"),
                    html.H1(info.name or info.id[:12]),
                    roster.vitals(),
                    html.Span(["host ", cards.state()], className="of-host"),
                    cards.chips(facts | labels),
                ],
            ),
            html.P("", className="notice", **data(role="notice")),
            html.P(GONE, className="banner", hidden=info.running, **data(role="gone")),
            html.Div(
                className="grid",
                children=[cards.card(graph, (Term("entity", "=", (info.id,)),), info.limits) for graph in info.graphs],
            ),
        ],
    )
