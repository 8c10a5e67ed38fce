"""The Plotly figure of a graph on a page: axes, colours and fixed margins, without lines.

It is a plain dict, as dcc.Graph takes it. Text is of a grey that reads on light and dark; pages override it
in assets/plot.css.
"""

from __future__ import annotations

from typing import Any

from tidegauge.metrics.graphs import Graph

MARGIN = {"l": 66, "r": 14, "t": 8, "b": 40}
"""Pixels around the plot area, never computed from labels; below are a lane and the labels of times. assets/tokens.css
has the same."""

COLOURS = ("#0072b2", "#d97706", "#009e73", "#c2669a", "#3a9bd9", "#c2410c", "#7c6bd6", "#6b7c1f")
"""For series, told apart with any colour vision, as assets/tokens.css has them (light)."""

TEXT = "#7a828e"
FONT = {"family": "ui-sans-serif, system-ui, -apple-system, 'Segoe UI', sans-serif", "size": 11, "color": TEXT}

CONFIG: Any = {"staticPlot": True, "displayModeBar": False, "responsive": False}
"""For dcc.Graph on our pages: hover, zoom and sizes are ours, over all graphs at once."""


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
            "xaxis": {"visible": False, "type": "linear", "fixedrange": True},
            "yaxis": {"visible": False, "range": [-top if graph.below else 0, top], "fixedrange": True},
        },
    }
