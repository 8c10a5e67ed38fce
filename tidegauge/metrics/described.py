"""Graphs of metrics that the catalogue lacks: made of what their sender said of them. Pure."""

from __future__ import annotations

from tidegauge.metrics.graphs import Graph, Unit
from tidegauge.metrics.records import Description

ID = "metric"
TOP = 10
RATIOS = ("utilization", "ratio")
"""Names that end so are shares, if their unit is 1: of others nobody knows what 1 of them is."""


def graph(about: Description, kind: str) -> Graph:
    """The graph of a metric of a host's entities of one kind: a line each, a counter as its rate."""
    unit, text = _unit(about)
    return Graph(
        id=f"{ID}-{kind}-{about.name}",
        page="host",
        title=about.name,
        entity=kind,
        draw="line",
        unit=unit,
        metrics=(about.name,),
        help=about.help or "Its sender did not say what it means.",
        headline="greatest",
        top=TOP,
        unit_text=text,
        formula=about.formula,
    )


def named(id: str) -> tuple[str, str] | None:
    """The kind of entity and the metric that a graph's id names; None for a graph of the catalogue."""
    word, _, rest = id.partition("-")
    kind, _, metric = rest.partition("-")
    return (kind, metric) if word == ID and kind and metric else None


def _unit(about: Description) -> tuple[Unit, str]:
    """How values are written, and the words for it; "" where those of the unit will do."""
    words = about.unit.strip("{}")
    if about.kind == "counter":
        return ("bytes/s", "") if about.unit == "By" else ("per_second", f"{words} a second" if words != "1" else "")
    if about.unit == "By":
        return "bytes", ""
    if about.unit == "1":
        return ("percent", "") if about.name.endswith(RATIOS) else ("number", "")
    return "number", words
