"""The page of the system itself: store, nodes, collectors. Empty tables and facts that JavaScript fills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from dash import html
from dash.development.base_component import Component

from layouts.attributes import aria, data


class Field(NamedTuple):
    """A text of the page. key: as assets/js/core/system.mjs has it. help: what it means, if need be."""

    key: str
    title: str
    help: str = ""


STORE = (
    Field("write", "Write lag", "How long the slowest ingest node's last append took"),
    Field("refresh", "Refresh lag", "How long an answered row may stay unseen by queries"),
    Field("bytes", "Size"),
    Field("samples", "Samples"),
)
WEB = (
    Field("rows", "Rows in the window", "Recent rows of what is watched, in memory"),
    Field("tiles", "Tile cache", "Parts of closed buckets, in memory"),
    Field("hits", "Hit rate", "Tiles that were there when a query asked for them"),
    Field("entries", "Tiles"),
)
NODES = (
    Field("state", "State"),
    Field("name", "Node"),
    Field("version", "Version"),
    Field("url", "Read at"),
    Field("latency", "Link", "From a ping to its answer, and since when there is a link"),
    Field("store", "Store"),
    Field("up", "Up"),
    Field("commit", "Write lag", "How long its last append took"),
    Field("waiting", "Waiting", "Requests before the store"),
    Field("records", "Records", "Since it started"),
    Field("retried", "Retried", "Records it asked collectors to send again"),
    Field("readers", "Readers", "Web nodes and tails that read its stream"),
)
WEBS = (
    Field("state", "State"),
    Field("name", "Node"),
    Field("version", "Version"),
    Field("url", "URL"),
    Field("reads", "Reads", "The ingest nodes that have it as a reader"),
)
BACKLOG = (
    Field("state", "State"),
    Field("name", "Host"),
    Field("count", "Waiting", "Records that its collector holds"),
    Field("held", "Reaches back", "From the host's now to its oldest row that waits"),
    Field("oldest", "Oldest row", "By the host's own clock"),
    Field("left", "Sent in", "At the pace of the last half minute, as this web node sees it"),
)
COLLECTORS = (Field("state", "State"), Field("name", "Host"), Field("text", "What"))
AILING = (Field("state", "State"), Field("name", "Host"), Field("text", "What"))
CLOCKS = (Field("state", "State"), Field("name", "Host"), Field("offset", "Clock", "Against this web node's"))
ASIDE = (
    Field("retired", "Retired hosts", "Off the lists until their collector sends again"),
    Field("revoked", "Revoked tokens", "Collectors that show one are refused"),
)


@dataclass(frozen=True)
class SystemInfo:
    """What the page shows before anything is told: the name of the web node that will tell it."""

    node: str = ""


def layout(info: SystemInfo) -> Component:
    """The page. It asks nothing of the store, so it opens whatever the store does."""
    return html.Main(
        className="page system",
        **data(page="system", system="all"),
        children=[
            html.Div(
                className="title",
                children=[
                    html.H1("System"),
                    html.Div(_state("verdict", f"asking {info.node}".strip()), **aria(live="polite")),
                    html.Span("", className="summary", **data(role="told")),
                ],
            ),
            html.Ul(className="problems", **data(role="problems")),
            _facts("store", "Store", STORE),
            _facts("web", "Web node", WEB),
            _table("nodes", "Ingest nodes", NODES),
            _table("webs", "Web nodes", WEBS),
            _table("backlog", "Collectors with backlog", BACKLOG),
            _table("collectors", "Clocks and doubles", COLLECTORS),
            _table("ailing", "Disks and dead letters", AILING),
            _table("clocks", "Clocks of collectors", CLOCKS),
            _facts("aside", "Retired and revoked", ASIDE),
        ],
    )


def _facts(name: str, title: str, fields: tuple[Field, ...]) -> Component:
    return html.Section(
        className="panel",
        **data(facts=name),
        **aria(label=title),
        children=[
            html.Header([html.H2(title), html.Span("", className="summary", **data(role="note"))]),
            html.Div([_state("mark", "not told yet"), html.Span("", **data(role="detail"))], className="panel-state"),
            html.Dl([_fact(field) for field in fields]),
        ],
    )


def _fact(field: Field) -> Component:
    return html.Div([html.Dt(_titled(field)), html.Dd("–", **data(field=field.key))])


def _table(name: str, title: str, fields: tuple[Field, ...]) -> Component:
    """A table, and what is said instead of rows where there are none."""
    return html.Section(
        className="panel",
        **data(table=name),
        **aria(label=title),
        children=[
            html.Header([html.H2(title), html.Span("", className="summary", **data(role="note"))]),
            html.Div(
                html.Table([html.Thead(html.Tr([_head(field) for field in fields])), html.Tbody(**data(role="rows"))]),
                hidden=True,
                **data(role="frame"),
            ),
            html.P("not told yet", **data(role="empty")),
        ],
    )


def _head(field: Field) -> Component:
    return html.Th(_titled(field), scope="col", **data(field=field.key))


def _titled(field: Field) -> Component:
    return html.Span(field.title, title=field.help) if field.help else html.Span(field.title)


def _state(role: str, text: str) -> Component:
    return html.Span(text, className="state", **data(role=role, state="unknown"))
