"""The page of a host: its state, tiles, graphs beside those of its containers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dash import html
from dash.development.base_component import Component

from layouts import cards, roster
from layouts.attributes import aria, data
from layouts.roster import ContainerRow
from tidegauge.metrics import collector_graphs
from tidegauge.metrics.filters import Filter, Term
from tidegauge.metrics.graphs import Graph, graphs
from tidegauge.metrics.query import Query

HOST_METRICS = (
    "system.cpu.utilization",
    "system.cpu.load_average.1m",
    "system.memory.utilization",
    "system.paging.utilization",
)
OWN, ENGINE = collector_graphs.CPU, collector_graphs.ENGINE
"""What a host has that a collector of ours watches, and where a container engine's daemon runs."""
SHOWN = ("fleet", "os.description", "os.type")
CABLE = (
    "For ten seconds the server closes this collector's connections unanswered. The host falls silent and leaves "
    "a hole that nobody can explain yet; then it is live at once, says what it kept, and the hole fills."
)


@dataclass(frozen=True)
class HostInfo:
    """What the page shows before anything moves.

    attributes: as the host's entity carries them. limits: newest values of the metrics that are
    some graph's limit (`system.cpu.logical.count`, `system.memory.limit`), OWN and ENGINE where they are;
    others may be in it. containers: those that run now. programs: whether any is known.
    can_pull_cable: whether the viewer may. others: graphs of metrics that the catalogue lacks;
    others_left: how many more there are.
    """

    id: str
    name: str
    fleet: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    containers: tuple[ContainerRow, ...] = ()
    programs: bool = False
    graphs: tuple[Graph, ...] = graphs("host")
    can_pull_cable: bool = True
    others: tuple[Graph, ...] = ()
    others_left: int = 0


def owner(host: str, kind: str = "") -> Filter:
    """The filter of all that a host owns, or of one kind of it."""
    mine = (Term("host.id", "=", (host,)),)
    return (*mine, Term("kind", "=", (kind,))) if kind else mine


def layout(info: HostInfo) -> Component:
    """The page. Graphs of what this host has not are left out, and tiles where nothing of a system is measured."""
    shown = tuple(graph for graph in info.graphs if _has(info, graph))
    return html.Main(
        className="page",
        **data(page="host", host=info.id),
        children=[
            _title(info),
            html.P("", className="notice", **data(role="notice")),
            *([html.Div(className="tiles", children=_tiles(info))] if shown else []),
            html.Div(className="grid", children=[_card(graph, info) for graph in shown if not graph.part]),
            roster.table(info.containers),
            *(_others(info) if info.others else []),
            *_parts(info, shown),
        ],
    )


def _has(info: HostInfo, graph: Graph) -> bool:
    if graph.part == collector_graphs.PART:
        return {OWN, *graph.metrics} & {OWN, ENGINE} <= info.limits.keys()
    return {"container": bool(info.containers), "process": info.programs}.get(graph.entity, True)


def _card(graph: Graph, info: HostInfo) -> Component:
    return cards.card(graph, owner(info.id, graph.entity), info.limits)


def _others(info: HostInfo) -> list[Component]:
    left = f" {info.others_left} more are not drawn: the JSON API and notebooks have them." if info.others_left else ""
    return [
        html.H2("Other metrics", className="part"),
        html.P(f"What other software sends of this host, as it describes it.{left}", className="part-about"),
        html.Div(className="grid", children=[_card(graph, info) for graph in info.others]),
    ]


def _parts(info: HostInfo, shown: tuple[Graph, ...]) -> list[Component]:
    found: list[Component] = []
    for part in dict.fromkeys(graph.part for graph in shown if graph.part):
        cards_of_part = [_card(graph, info) for graph in shown if graph.part == part]
        found += [html.H2(part, className="part"), html.Div(className="grid", children=cards_of_part)]
    return found


def _title(info: HostInfo) -> Component:
    labels = {name[7:]: value for name, value in info.attributes.items() if name.startswith("labels.")}
    facts = {"fleet": info.fleet} | {name: info.attributes[name] for name in SHOWN if name in info.attributes}
    return html.Div(
        className="title",
        children=[
            html.H1(info.name or info.id),
            _pin(info),
            cards.state(),
            cards.chips(facts | labels),
            *([_cable()] if info.can_pull_cable else []),
        ],
    )


def _pin(info: HostInfo) -> Component:
    """The star; JavaScript fills it."""
    words = f"Pin {info.name or info.id}"
    return html.Button(
        html.Span(className="icon icon-pin"),
        className="pin",
        title=f"{words} (P)",
        **data(action="pin", pin=info.id),
        **aria(label=words, pressed="false"),
    )


def _cable() -> Component:
    return html.Div(
        className="cable",
        children=[
            html.Button("Pull the cable", className="button", title=CABLE, **data(action="cable")),
            html.Details(
                className="about",
                children=[
                    html.Summary("?", **aria(label="What pulling the cable does")),
                    html.Div(html.P(CABLE), className="about-text"),
                ],
            ),
        ],
    )


def _tiles(info: HostInfo) -> list[Component]:
    cores = info.limits.get("system.cpu.logical.count")
    of_host = Query(metrics=HOST_METRICS, filter=owner(info.id, "host"), start="now-1m")
    of_disks = Query(metrics=("system.filesystem.utilization",), filter=owner(info.id, "filesystem"), start="now-5m")
    # how high a load is, only the number of CPUs says
    judged = {"scale": 1 / cores, "note": f"on {cores:.0f} CPUs", "warn": 0.85, "alarm": 1.5} if cores else {}
    cpu, load_1m, memory, swap = HOST_METRICS
    return [
        cards.tile("CPU", "percent", of_host, metric=cpu, warn=0.85, alarm=0.95),
        cards.tile("Load per core" if cores else "Load", "load", of_host, metric=load_1m, **judged),
        cards.tile("Memory", "percent", of_host, metric=memory, warn=0.8, alarm=0.9),
        cards.tile("Swap", "percent", of_host, metric=swap, warn=0.1, alarm=0.25),
        cards.tile("Fullest disk", "percent", of_disks, warn=0.8, alarm=0.9),
    ]
