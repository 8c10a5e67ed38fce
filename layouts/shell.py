"""What stands around every page: brand, navigation, range, live or paused, theme, freshness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from dash import html
from dash.development.base_component import Component

from layouts.attributes import aria, data

RANGES = (("auto", "Auto"), ("now-5m", "5 m"), ("now-15m", "15 m"), ("now-1h", "1 h"), ("now-6h", "6 h"))
"""Ranges by button: what `?from=` gets (auto: nothing; grows from the first point to 5 minutes)."""

SHORTCUTS = (
    ("Space", "pause, or go on"),
    ("L", "back to live"),
    ("t z", "zoom out"),
    ("t ←  t →", "shift the range"),
    ("P", "pin a host on its page, or unpin it"),
    ("g h", "all hosts"),
    ("g s", "the system itself"),
    ("Drag", "zoom into a range, on any graph"),
    ("Double-click", "back to live"),
    ("Tab, then ←  →", "from event to event, under a graph"),
    ("Esc", "close, or leave the zoom"),
    ("?", "this list"),
)


class NavItem(NamedTuple):
    """A page in the navigation."""

    text: str
    href: str


READ_ONLY = "The store does not answer, or takes nothing: what you change now is not kept until it does"


@dataclass(frozen=True)
class ShellInfo:
    """nav: pages in order. notice: a sentence for every page, or "". user: who is signed in, "": nobody needs to be;
    role: what they may do."""

    nav: tuple[NavItem, ...] = (NavItem("Hosts", "/"), NavItem("System", "/system"))
    notice: str = ""
    user: str = ""
    role: str = "admin"


def layout(info: ShellInfo, content: Component) -> Component:
    """The whole document's body around a page's content."""
    return html.Div(
        id="shell",
        children=[
            html.Header(
                className="bar",
                children=[
                    html.A("Tidegauge", href="/", className="brand"),
                    html.Nav([html.A(item.text, href=item.href) for item in info.nav]),
                    _status(),
                    _pill(),
                    _ranges(),
                    html.Div(
                        className="tools",
                        children=[_tool("theme", "Light or dark"), _tool("help", "Shortcuts"), _person(info)],
                    ),
                ],
            ),
            *([html.P(info.notice, className="banner")] if info.notice else []),
            content,
            _help(),
            html.Div(className="sr-only", **data(role="announce"), **aria(live="polite")),
            html.Div(className="toast", role="status", **data(role="toast")),
        ],
    )


def _status() -> Component:
    """The worst of what is broken in a sentence; opened, all of it."""
    return html.Div(
        className="status-line",
        children=[
            html.Span("Read only", className="read-only", hidden=True, title=READ_ONLY, **data(role="read-only")),
            html.Details(
                className="links",
                children=[
                    html.Summary(
                        [
                            html.Span("", className="status", **data(role="status")),
                            html.Span("", className="status-more", **data(role="status-more")),
                        ],
                        title="How each link is",
                    ),
                    html.Ul([], className="status-list", **data(role="status-list")),
                ],
            ),
            html.Button("Reload", className="reload", hidden=True, **data(role="reload")),
            html.Span("", className="sr-only", **data(role="status-announce"), **aria(live="polite")),
        ],
    )


def _pill() -> Component:
    return html.Button("Connecting", className="pill", **data(action="live", role="pill"))


def _ranges() -> Component:
    buttons = [html.Button(text, **data(range=start)) for start, text in RANGES]
    return html.Div(
        className="ranges",
        role="group",
        **aria(label="Time range"),
        children=[
            *buttons,
            html.Button("From – to", **data(action="range", role="range")),
            html.Div(className="range-form", hidden=True, **data(role="range-form")),
        ],
    )


def _tool(action: str, title: str) -> Component:
    return html.Button(
        html.Span(className=f"icon icon-{action}"),
        className="tool",
        title=title,
        **data(action=action),
        **aria(label=title),
    )


def _person(info: ShellInfo) -> Component:
    """Who is signed in, and the way out: forms, which need no script."""
    name = info.user or "this machine"
    return html.Details(
        className="person",
        **data(role="person"),
        children=[
            html.Summary(
                [html.Span(className="icon icon-person"), html.Span(info.user, className="person-name")],
                className="tool",
                title=f"{name}: {info.role}",
            ),
            html.Div(
                className="person-card",
                children=[
                    html.P([html.Strong(name), html.Span(info.role)]),
                    *([_sign_out("Sign out", ""), _sign_out("Sign out everywhere", "yes")] if info.user else _alone()),
                ],
            ),
        ],
    )


def _sign_out(text: str, everywhere: str) -> Component:
    return html.Form(
        html.Button(text, type="submit", name="everywhere", value=everywhere), action="/logout", method="POST"
    )


def _alone() -> list[Component]:
    return [html.P("Nobody has to sign in here.", className="hint"), html.Code("tidegauge user add")]


def _help() -> Component:
    rows = [html.Tr([html.Th(html.Kbd(keys), scope="row"), html.Td(text)]) for keys, text in SHORTCUTS]
    return html.Dialog(
        className="help",
        **data(role="help"),
        **aria(label="Shortcuts"),
        children=[html.H2("Shortcuts"), html.Table(html.Tbody(rows))],
    )
