"""Which graphs a page shows: kind of graph, metrics, unit and limits, in the order they are drawn."""

from __future__ import annotations

from typing import Literal, NamedTuple

from tidegauge.metrics.filters import Filter
from tidegauge.metrics.query import Query

Draw = Literal["stacked", "line", "mirrored"]
Unit = Literal["percent", "bytes", "bytes/s", "bits/s", "cores", "count", "per_second", "load", "seconds", "number"]


class Graph(NamedTuple):
    """A graph of a page.

    page: "host" or "container". entity: the kind of entity whose rows are drawn; a host's graph of
    containers or devices draws all that the host owns. metrics: in the order of drawing. below:
    those that lie below the axis, lines if `draw` is mirrored, else stacked. unit: how values are
    written (percent: a ratio as %; bytes: IEC; bits/s: bytes a second as bits; seconds: short ones as ms).
    limit: where the axis reaches at least; a metric of the page's own entity, which is also drawn
    as a line of its own, or a number, or "". headline: the value beside the title; "total" or
    "greatest" of the newest points, or a metric. top: only so many series, the greatest.
    part: the heading that it stands under with its like, "" for those that the page begins with.
    unit_text, formula: of a metric that is not in the catalogue, which has them of the others.
    """

    id: str
    page: str
    title: str
    entity: str
    draw: Draw
    unit: Unit
    metrics: tuple[str, ...]
    help: str
    below: tuple[str, ...] = ()
    limit: str = ""
    headline: str = "total"
    top: int | None = None
    part: str = ""
    unit_text: str = ""
    formula: str = ""


def graphs(page: str) -> tuple[Graph, ...]:
    """The graphs of a page in order."""
    from tidegauge.metrics.graph_rows import ROWS

    return tuple(row for row in ROWS if row.page == page)


def query_of(graph: Graph, owner: Filter) -> Query:
    """What a graph asks for of the entities that `owner` matches; the range is left at its default."""
    metrics = (*graph.metrics, *graph.below)
    if graph.headline not in ("total", "greatest", *metrics):
        metrics = (*metrics, graph.headline)
    return Query(metrics=metrics, filter=owner, top=graph.top)
