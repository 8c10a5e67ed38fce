"""The figure of a frame: the pages' colours, units on the axis, gaps as shaded spans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from tidegauge.client import palette
from tidegauge.client.errors import TidegaugeError

Draw = Literal["line", "stacked"]

FILL = 0.58
"""How much of its colour an area has over white: areas are opaque, as they lie over each other."""
TEXT, GRID = "#5b6472", "rgba(128,136,148,0.2)"
FONT = {"family": "ui-sans-serif, system-ui, -apple-system, 'Segoe UI', sans-serif", "size": 12, "color": TEXT}

GAPS = {
    "late": ("arrived late", "rgba(124,107,214,0.14)"),
    "waiting": ("waiting", "rgba(163,90,0,0.16)"),
    "dropped": ("dropped", "rgba(192,39,31,0.16)"),
    "not_measured": ("not measured", "rgba(91,100,114,0.20)"),
    "unknown": ("not known", "rgba(91,100,114,0.13)"),
}
"""What a gap's state is called, and its shade."""

_LAST = 100_000
"""The rank of gaps in the legend."""

_TICKS: dict[str, dict[str, str]] = {
    "share": {"tickformat": ".3~%"},
    "1": {"tickformat": ".4~g"},
    "By": {"tickformat": ".3~s", "ticksuffix": "B"},
    "By/s": {"tickformat": ".3~s", "ticksuffix": "B/s"},
}


def figure(
    df: pd.DataFrame, kind: Draw = "line", *, title: str = "", yrange: Sequence[float] | None = None, height: int = 320
) -> go.Figure:
    """A Plotly figure of a wide frame, a line a column, or its columns stacked in their order.

    Colours are the pages': by what a column is, so that it keeps its colour in every figure. The unit, the names and
    the gaps come from the frame's `.attrs`; a frame without them is drawn all the same. yrange: of the axis, in the
    frame's unit. Where a value is missing the line breaks. Raises TidegaugeError for a frame without times.
    """
    if not isinstance(df.index, pd.DatetimeIndex):
        raise TidegaugeError("a figure needs a wide frame, with times as its index", 'ask with shape="wide"')
    unit = _unit(df)
    inks = _inks(df)
    traces = _stack(df, inks) if kind == "stacked" else [_line(df[name], ink) for name, ink in inks.items()]
    drawn = go.Figure([*traces, *_gap_names(df)], _layout(df, unit, title, height))
    drawn.layout.shapes = [_shade(gap) for gap in df.attrs.get("gaps", ())]
    if yrange is not None:
        drawn.layout.yaxis.range = list(yrange)
    return drawn


def _layout(df: pd.DataFrame, unit: str, title: str, height: int) -> dict[str, Any]:
    axis = {"zeroline": False, "gridcolor": GRID, "showline": False}
    return {
        "template": "none",
        "height": height,
        "font": FONT,
        "title": {"text": title, "font": {"size": 14}},
        "margin": {"l": 68, "r": 16, "t": 44 if title else 16, "b": 36},
        "hovermode": "x unified",
        "legend": {"orientation": "h", "y": -0.15, "traceorder": "normal"},
        "showlegend": len(df.columns) > 1 or bool(df.attrs.get("gaps")),
        "xaxis": axis | {"type": "date", "showgrid": False, "range": _range(df)},
        "yaxis": axis | {"rangemode": "tozero"} | _TICKS.get(unit, {"tickformat": ".3~s", "ticksuffix": f" {unit}"}),
    }


def _range(df: pd.DataFrame) -> list[str] | None:
    """What was asked for: a frame that ends early is seen to."""
    return [df.attrs["from"], df.attrs["to"]] if {"from", "to"} <= set(df.attrs) else None


def _unit(df: pd.DataFrame) -> str:
    """The unit of all columns; "share" where they are parts of a whole."""
    unit, series = str(df.attrs.get("unit", "")), df.attrs.get("series", {})
    if unit == "1" and series and all(".utilization" in series[name]["metric"] for name in df if name in series):
        return "share"
    return unit


def _inks(df: pd.DataFrame) -> dict[Any, str]:
    """The colour of each column: by entity where there are several, else by what tells the metrics apart."""
    series = {name: df.attrs.get("series", {}).get(name, {}) for name in df}
    entities = {name: one.get("entity") or str(name) for name, one in series.items()}
    metrics = [one.get("metric", str(name)) for name, one in series.items()]
    if len(set(entities.values())) == 1:
        entities = {name: palette.own_word(metric, metrics) for name, metric in zip(series, metrics, strict=True)}
    distinct = list(dict.fromkeys(entities.values()))
    found = dict(zip(distinct, palette.colours(distinct), strict=True))
    return {name: found[own] for name, own in entities.items()}


def _line(column: pd.Series, ink: str) -> dict[str, Any]:
    return {
        "type": "scattergl" if len(column) > 5_000 else "scatter",
        "mode": "lines",
        "name": str(column.name),
        **_times(column.index),
        "y": column.to_numpy("float64"),
        "line": {"width": 1.5, "color": ink},
        "connectgaps": False,
    }


def _stack(df: pd.DataFrame, inks: dict[Any, str]) -> list[dict[str, Any]]:
    """Areas from the whole stack down, each over those before it; the legend goes the other way.

    An area ends upright where all columns are missing, and begins so again.
    """
    values = df.to_numpy("float64")
    known = np.isfinite(values).any(axis=1)
    tops = np.where(known[:, None], np.nan_to_num(values).cumsum(axis=1), 0.0)
    place, shown = _upright(known)
    times = _times(df.index[place])
    traces = []
    for c in reversed(range(len(df.columns))):
        name = df.columns[c]
        area = {
            "fill": "tozeroy",
            "fillcolor": palette.mixed(inks[name], FILL),
            "line": {"width": 0, "color": inks[name]},
        }
        own = np.where(shown, values[place, c], np.nan)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": str(name),
                **times,
                "y": np.where(shown, tops[place, c], 0.0),
                "customdata": own,
                "hovertemplate": "%{customdata:.4~g}",
                "legendrank": c + 1,
                **area,
            }
        )
    return traces


def _upright(known: Any) -> tuple[Any, Any]:
    """The rows of an area's outline, and whether each is at its height, or at zero: those beside a hole are both."""
    rows = np.flatnonzero(known)
    if not len(rows):
        return rows, np.empty(0, bool)
    holes = np.flatnonzero(np.diff(rows) > 1)
    place = np.insert(rows, np.repeat(holes + 1, 2), np.column_stack([rows[holes], rows[holes + 1]]).ravel())
    shown = np.insert(np.ones(len(rows), bool), np.repeat(holes + 1, 2), False)
    return place, shown


def _times(index: pd.DatetimeIndex) -> dict[str, Any]:
    """The times of a trace as Plotly needs least bytes: a beginning and a step where they are even."""
    ms = index.to_numpy("datetime64[ms]").astype("int64")
    steps = np.diff(ms)
    if len(steps) and (steps == steps[0]).all() and steps[0] > 0:
        return {"x0": int(ms[0]), "dx": int(steps[0])}
    return {"x": ms.astype("float64")}


def _shade(gap: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "rect",
        "xref": "x",
        "yref": "paper",
        "x0": gap["start"],
        "x1": gap["end"],
        "y0": 0,
        "y1": 1,
        "layer": "below",
        "line": {"width": 0},
        "fillcolor": GAPS.get(gap["state"], GAPS["unknown"])[1],
    }


def _gap_names(df: pd.DataFrame) -> list[dict[str, Any]]:
    """An entry in the legend for each state that gaps are in."""
    states = dict.fromkeys(gap["state"] for gap in df.attrs.get("gaps", ()))
    looks = [GAPS.get(state, (state, GAPS["unknown"][1])) for state in states]
    mark = {"type": "scatter", "mode": "markers", "x": [None], "y": [None], "hoverinfo": "skip", "legendrank": _LAST}
    return [{**mark, "name": name, "marker": {"symbol": "square", "size": 12, "color": ink}} for name, ink in looks]
