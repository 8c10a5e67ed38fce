"""Skeleton figures and figures with data."""

from __future__ import annotations

import math
import re
from pathlib import Path

import plotly.graph_objects as go

import assets
from layouts.figures import COLOURS, MARGIN, Line, figure, skeleton
from tidegauge.metrics.graphs import Graph

CPU = Graph("cpu", "host", "CPU", "host", "stacked", "percent", ("a", "b"), "", limit="1")
NETWORK = Graph("network", "host", "Network", "network", "mirrored", "bits/s", ("r",), "", below=("t",))
LINES = [
    Line("a", ["2026-01-31 12:00", "2026-01-31 12:01"], [1.0, 2.0]),
    Line("b", ["2026-01-31 12:00"], [None], below=True),
]
TOKENS = (Path(assets.__file__).parent / "tokens.css").read_text(encoding="utf-8")


def test_figures_are_what_plotly_takes() -> None:
    """Skeletons and figures of any graph pass Plotly's own validation."""
    for graph in (CPU, NETWORK, CPU._replace(draw="line", unit="bytes")):
        go.Figure(skeleton(graph))
        go.Figure(figure(graph, LINES, 2.0))


def test_a_skeleton_starts_at_zero_or_around_it() -> None:
    """Mirrored graphs reach as far down as up."""
    assert skeleton(CPU, 1.0)["layout"]["yaxis"]["range"] == [0, 1.0]
    assert skeleton(NETWORK)["layout"]["yaxis"]["range"] == [-1.0, 1.0]


def test_lines_are_stacked_mirrored_and_broken_as_the_graph_says() -> None:
    """Below the axis with the sign turned, bits eight times bytes, holes left open."""
    above, below = figure(NETWORK, LINES)["data"]
    assert above["y"] == [8.0, 16.0]
    assert below["y"] == [None]
    assert above["connectgaps"] is False
    assert figure(CPU, LINES)["data"][0]["stackgroup"] == "above"


def test_nan_is_kept_as_a_hole() -> None:
    """A value that is not known is not drawn as zero."""
    (trace,) = figure(CPU, [Line("a", [1, 2], [math.nan, 1.0])])["data"]
    assert math.isnan(trace["y"][0])


def test_colours_and_margins_are_those_of_the_style_sheet() -> None:
    """Python and CSS say the same."""
    assert re.findall(r"--series-\d: light-dark\((#\w+),", TOKENS) == list(COLOURS)
    for side, name in zip("lrtb", ("left", "right", "top", "bottom"), strict=True):
        assert f"--plot-{name}: {MARGIN[side]}px;" in TOKENS
