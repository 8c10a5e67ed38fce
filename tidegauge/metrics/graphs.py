"""Which graphs a page shows: kind of graph, metrics, unit and limits, in the order they are drawn."""

from __future__ import annotations

from typing import Literal, NamedTuple

Draw = Literal["stacked", "line", "mirrored"]


class Graph(NamedTuple):
    """A graph of a page.

    page: "host" or "container". entity: the kind of entity whose rows are drawn; a host's graph of
    containers or devices draws all that the host owns. metrics: in the order of drawing; for
    mirrored graphs those after `/` lie below the axis. unit: how values are written (percent: a
    ratio as %; bytes: IEC; bits: bytes a second as bit/s). limit: a metric of the page's own entity
    that bounds the axis, or a number, or "".
    """

    id: str
    page: str
    title: str
    entity: str
    draw: Draw
    metrics: tuple[str, ...]
    below: tuple[str, ...]
    unit: str
    limit: str
    top: int | None
    help: str


def graphs(page: str) -> list[Graph]:
    """The graphs of a page in order."""
    from tidegauge.metrics.graph_rows import ROWS

    return [row for row in ROWS if row.page == page]
