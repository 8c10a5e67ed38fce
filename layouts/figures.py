"""The Plotly figure of a graph: axes, colours and fixed margins, empty for a page or with lines for a notebook.

Figures are plain dicts, as dcc.Graph and plotly.graph_objects.Figure take them. Text and grid are of
a grey that reads on light and dark; pages override it in assets/plot.css.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from tidegauge.metrics.graphs import Graph

MARGIN = {"l": 62, "r": 14, "t": 8, "b": 22}
"""Pixels around the plot area, never computed from labels; assets/tokens.css has the same."""

COLOURS = ("#0072b2", "#d97706", "#009e73", "#c2669a", "#3a9bd9", "#c2410c", "#7c6bd6", "#6b7c1f")
"""For series, told apart with any colour vision, as assets/tokens.css has them (light)."""

TEXT, GRID = "#7a828e", "rgba(128,136,148,0.16)"
FONT = {"family": "ui-sans-serif, system-ui, -apple-system, 'Segoe UI', sans-serif", "size": 11, "color": TEXT}

CONFIG: Any = {"staticPlot": True, "displayModeBar": False, "responsive": False}
"""For dcc.Graph on our pages: hover, zoom and sizes are ours, over all graphs at once."""

_TICKS: dict[str, dict[str, str]] = {
    "percent": {"tickformat": ".0%"},
    "bytes": {"tickformat": ".3~s", "ticksuffix": "B"},
    "bytes/s": {"tickformat": ".3~s", "ticksuffix": "B/s"},
    "bits/s": {"tickformat": ".3~s", "ticksuffix": "bit/s"},
    "per_second": {"tickformat": ".3~s", "ticksuffix": "/s"},
}


class Line(NamedTuple):
    """A series with data: times (what Plotly takes as dates) and values of equal length, NaN or
    None where the line breaks. below: drawn below the axis."""

    name: str
    times: Sequence[Any]
    values: Sequence[float | None]
    below: bool = False


def skeleton(graph: Graph, limit: float | None = None) -> dict[str, Any]:
    """The empty figure of a graph: x in ms since the epoch, y from 0 (mirrored: around it) to the limit.

    Its axes place lines and are not drawn: their labels would cost half of every drawing, so that
    assets/js/page/scale.mjs draws them.
    """
    top = limit or 1.0
    return {
        "data": [],
        "layout": {
            "margin": MARGIN,
            "font": FONT,
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": list(COLOURS),
            "showlegend": False,
            "hovermode": False,
            "dragmode": False,
            "uirevision": "tidegauge",
            "xaxis": _axis(visible=False, type="linear", fixedrange=True),
            "yaxis": _axis(visible=False, range=[-top if graph.below else 0, top], fixedrange=True),
        },
    }


def figure(graph: Graph, lines: Sequence[Line], limit: float | None = None) -> dict[str, Any]:
    """The figure of a graph with data, on axes that choose their own ticks: dates across, the unit up."""
    drawn = skeleton(graph, limit)
    scale = 8.0 if graph.unit == "bits/s" else 1.0
    drawn["data"] = [_trace(graph, line, i, scale) for i, line in enumerate(lines)]
    drawn["layout"] |= {
        "showlegend": len(lines) > 1,
        "hovermode": "x unified",
        "dragmode": "zoom",
        "title": {"text": graph.title, "font": {"size": 13}},
        "margin": MARGIN | {"t": 36},
        "xaxis": _axis(showgrid=False, type="date"),
        "yaxis": _axis(rangemode="tozero") | _TICKS.get(graph.unit, {}),
    }
    if limit is not None and not graph.below:
        drawn["layout"]["yaxis"] |= {"autorangeoptions": {"include": [0, limit * scale]}}
    return drawn


def _axis(**settings: Any) -> dict[str, Any]:
    """What both axes share: thin lines, no zero line of their own."""
    return {"zeroline": False, "showline": False, "ticks": "", "gridcolor": GRID, "automargin": False, **settings}


def _trace(graph: Graph, line: Line, place: int, scale: float) -> dict[str, Any]:
    sign = -scale if line.below else scale
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines",
        "name": line.name,
        "x": list(line.times),
        "y": [None if value is None else value * sign for value in line.values],
        "line": {"width": 1.5, "color": COLOURS[place % len(COLOURS)]},
        "connectgaps": False,
    }
    if graph.draw == "stacked":
        trace |= {"stackgroup": "below" if line.below else "above", "stackgaps": "infer zero"}
    return trace
