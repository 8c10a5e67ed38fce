"""The containers of a host as a table that JavaScript fills and keeps up to date, and the state of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dash import html
from dash.development.base_component import Component

from layouts.attributes import aria, data


class ContainerRow(NamedTuple):
    """A container that runs. id: the full one. project, service: of compose. health: "" where it has no check."""

    id: str
    name: str
    project: str = ""
    service: str = ""
    image: str = ""
    runtime: str = ""
    health: str = ""


COLUMNS = (
    ("state", "State"),
    ("name", "Container"),
    ("project", "Project"),
    ("service", "Service"),
    ("image", "Image"),
    ("runtime", "Runtime"),
)
"""Key (as in assets/js/core/roster.mjs) and head of each column."""


def table(rows: Sequence[ContainerRow]) -> Component:
    """The table; rows come and go as containers do, and a text narrows them down. Hidden while there is none."""
    heads = [html.Th(text, scope="col", **data(field=key)) for key, text in COLUMNS]
    return html.Section(
        className="panel roster",
        hidden=not rows,
        **data(roster={"containers": [row._asdict() for row in rows]}),
        **aria(label="Containers"),
        children=[
            html.Header(
                [
                    html.H2("Containers"),
                    html.Span("", className="summary", **data(role="count")),
                    html.Div(className="find", **data(role="find")),
                ]
            ),
            html.Table([html.Thead(html.Tr(heads)), html.Tbody(**data(role="rows"))]),
            html.P("", hidden=True, **data(role="empty")),
        ],
    )


def vitals() -> Component:
    """Where JavaScript writes whether a container runs and how its health is."""
    return html.Span("", className="state", **data(role="vitals", state="unknown"))
