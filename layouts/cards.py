"""Graph cards and tiles: what a page of one entity is made of."""

from __future__ import annotations

from collections.abc import Mapping

from dash import dcc, html
from dash.development.base_component import Component

from layouts import figures
from layouts.attributes import aria, data
from tidegauge.metrics.catalogue import catalogue
from tidegauge.metrics.filters import Filter
from tidegauge.metrics.graphs import Graph, query_of
from tidegauge.metrics.query import Query, to_url

UNITS = {
    "percent": "%",
    "bytes": "bytes",
    "bytes/s": "bytes a second",
    "bits/s": "bits a second",
    "cores": "cores",
    "count": "",
    "per_second": "a second",
    "load": "tasks",
    "seconds": "",
    "number": "",
}


def card(graph: Graph, owner: Filter, limits: Mapping[str, float]) -> Component:
    """A graph of what `owner` matches, with its title, newest value, age and legend."""
    bound = limit_of(graph, limits)
    query = query_of(graph, owner)
    return html.Section(
        id=f"graph-{graph.id}",
        className="card",
        **data(graph=_settings(graph, query, bound, line=graph.limit in limits)),
        **aria(label=graph.title),
        children=[
            html.Header(
                className="card-head",
                children=[
                    html.H2(graph.title),
                    html.Span(graph.unit_text or UNITS[graph.unit], className="card-unit"),
                    _about(graph, query),
                    html.Span("–", className="card-value", **data(role="value")),
                    html.Span("", className="card-age", **data(role="age")),
                ],
            ),
            html.Div(
                className="plot",
                children=[
                    html.Div(className="scale", **data(role="scale")),
                    dcc.Graph(figure=figures.skeleton(graph, bound), config=figures.CONFIG, className="plot-graph"),
                    html.Div(className="bands", **data(role="bands")),
                    html.Div(className="lane", **data(role="lane"), **aria(label=f"Events under {graph.title}")),
                    html.Div(className="overlay", **data(role="overlay")),
                ],
            ),
            html.Div(className="legend", **data(role="legend")),
        ],
    )


def _settings(graph: Graph, query: Query, limit: float | None, *, line: bool) -> dict[str, object]:
    """What JavaScript needs to ask for a graph and to draw it. line: the limit is drawn as a line."""
    return {
        "id": graph.id,
        "query": to_url(query),
        "draw": graph.draw,
        "unit": graph.unit,
        "metrics": graph.metrics,
        "below": graph.below,
        "headline": graph.headline,
        "limit": limit,
        "line": line,
    }


def limit_of(graph: Graph, limits: Mapping[str, float]) -> float | None:
    """Where a graph's axis reaches at least, if that is known."""
    if graph.limit in limits:
        return limits[graph.limit]
    try:
        return float(graph.limit)
    except ValueError:
        return None


def _about(graph: Graph, query: Query) -> Component:
    """What the graph shows, each metric's formula, and the same query as JSON."""
    known = catalogue()
    rows = [(name, known[name].formula if name in known else graph.formula) for name in query.metrics]
    return html.Details(
        className="about",
        children=[
            html.Summary("i", **aria(label=f"About {graph.title}")),
            html.Div(
                className="about-text",
                children=[
                    html.P(graph.help),
                    html.Dl([part for name, formula in rows for part in (html.Dt(name), html.Dd(formula))]),
                    html.A("The same as JSON", href=f"/api/v1/query?{to_url(query)}", target="_blank"),
                ],
            ),
        ],
    )


def tile(title: str, unit: str, query: Query, **fields: object) -> Component:
    """A number with a meter.

    fields: `metric`, whose newest value is shown (else the greatest of all series), `scale` it is
    multiplied by, `warn` and `alarm` from which on it is marked, `note` beside it.
    """
    return html.Div(
        className="tile",
        **data(tile={"query": to_url(query), "unit": unit, **fields}),
        children=[
            html.Span(title, className="tile-title"),
            html.Span("–", className="tile-value", **data(role="value")),
            html.Span("", className="tile-note", **data(role="note")),
            html.Div(className="spark", **data(role="spark")),
            html.Div(className="meter", children=html.Div(className="meter-fill", **data(role="meter"))),
        ],
    )


def chips(attributes: Mapping[str, str]) -> Component:
    """Attributes as small labels; names and values are text, whatever they hold."""
    return html.Ul(
        className="chips",
        children=[
            html.Li([html.Span(name, className="chip-name"), html.Span(value, className="chip-value")])
            for name, value in attributes.items()
            if value
        ],
    )


def state() -> Component:
    """Where JavaScript writes an entity's state and age."""
    return html.Span("connecting", className="state", **data(role="state", state="unknown"))
