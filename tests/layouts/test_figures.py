"""Skeleton figures."""

from __future__ import annotations

import re
from pathlib import Path

import plotly.graph_objects as go

import assets
from layouts.figures import COLOURS, MARGIN, skeleton
from tidegauge.metrics.graphs import Graph

CPU = Graph("cpu", "host", "CPU", "host", "stacked", "percent", ("a", "b"), "", limit="1")
NETWORK = Graph("network", "host", "Network", "network", "mirrored", "bits/s", ("r",), "", below=("t",))
TOKENS = (Path(assets.__file__).parent / "tokens.css").read_text(encoding="utf-8")


def test_figures_are_what_plotly_takes() -> None:
    """The skeleton of any graph passes Plotly's own validation."""
    for graph in (CPU, NETWORK, CPU._replace(draw="line", unit="bytes")):
        go.Figure(skeleton(graph))


def test_a_skeleton_starts_at_zero_or_around_it() -> None:
    """Mirrored graphs reach as far down as up."""
    assert skeleton(CPU, 1.0)["layout"]["yaxis"]["range"] == [0, 1.0]
    assert skeleton(NETWORK)["layout"]["yaxis"]["range"] == [-1.0, 1.0]


def test_colours_and_margins_are_those_of_the_style_sheet() -> None:
    """Python and CSS say the same."""
    assert re.findall(r"--series-\d: light-dark\((#\w+),", TOKENS) == list(COLOURS)
    for side, name in zip("lrtb", ("left", "right", "top", "bottom"), strict=True):
        assert f"--plot-{name}: {MARGIN[side]}px;" in TOKENS
