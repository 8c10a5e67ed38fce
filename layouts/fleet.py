"""The page of all hosts: a table that JavaScript fills from live views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from dash import html
from dash.development.base_component import Component

from layouts.attributes import data
from tidegauge.metrics.filters import Term
from tidegauge.metrics.query import Query, to_url


class FleetHost(NamedTuple):
    """A host as it is known when the page is opened; cores and containers None: not known."""

    id: str
    name: str
    fleet: str
    cores: int | None = None
    containers: int | None = None


@dataclass(frozen=True)
class FleetInfo:
    """The hosts that are known; those that come later are told by presence."""

    hosts: tuple[FleetHost, ...] = ()


COLUMNS = (
    ("state", "State"),
    ("name", "Host"),
    ("cpu", "CPU"),
    ("load", "Load"),
    ("memory", "Memory"),
    ("swap", "Swap"),
    ("disk", "Fullest disk"),
    ("receive", "Net in"),
    ("transmit", "Net out"),
    ("containers", "Containers"),
    ("uptime", "Uptime"),
)
"""Key (as in assets/js and `?sort=`) and head of each column."""


def _query(kind: str, *metrics: str, aggregate: str = "avg") -> str:
    """A view of the last minute in steps of 5 s; of devices, one series a host."""
    by = ("host.id",) if kind != "host" else ()
    return to_url(
        Query(
            metrics=metrics,
            filter=(Term("kind", "=", (kind,)),),
            start="now-1m",
            points=12,
            aggregate=aggregate,
            by=by,
        )
    )


QUERIES = {
    "host": _query(
        "host",
        "system.cpu.utilization",
        "system.cpu.load_average.1m",
        "system.memory.utilization",
        "system.paging.utilization",
        "system.uptime",
    ),
    "filesystem": _query("filesystem", "system.filesystem.utilization", aggregate="max"),
    "network": _query("network", "system.network.io.receive", "system.network.io.transmit", aggregate="sum"),
}


def layout(info: FleetInfo) -> Component:
    """The page."""
    hosts = [host._asdict() for host in info.hosts]
    return html.Main(
        className="page",
        **data(page="fleet", fleet={"queries": QUERIES, "hosts": hosts}),
        children=[
            html.Div(
                className="title",
                children=[
                    html.H1("Hosts"),
                    html.Span("", className="summary", **data(role="summary")),
                    html.P("", className="resume", hidden=True, **data(role="resume")),
                    html.Div(className="find", **data(role="find")),
                ],
            ),
            html.P("", className="notice", **data(role="notice")),
            html.Div(
                className="table-frame",
                children=html.Table(
                    className="fleet",
                    children=[
                        html.Thead(html.Tr([_head(key, text) for key, text in COLUMNS])),
                        html.Tbody(**data(role="rows")),
                    ],
                ),
            ),
        ],
    )


def _head(key: str, text: str) -> Component:
    return html.Th(html.Button(text, **data(sort=key)), className=f"column-{key}", scope="col")
