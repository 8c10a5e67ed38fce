"""A page that is only a message: not found, not allowed, something failed."""

from __future__ import annotations

from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from layouts.attributes import data


@dataclass(frozen=True)
class MessageInfo:
    """title: what happened. text: more of it. hint: what a person can do. host: when it is heard, the page is loaded
    again."""

    title: str
    text: str = ""
    hint: str = ""
    host: str = ""


def layout(info: MessageInfo) -> Component:
    """The page."""
    lines = [html.P(line) for line in (info.text, info.hint) if line]
    awaited = data(host=info.host) if info.host else {}
    return html.Main(
        className="page message",
        **data(page="message"),
        **awaited,
        children=[html.H1(info.title), *lines, html.A("All hosts", href="/", className="button")],
    )
