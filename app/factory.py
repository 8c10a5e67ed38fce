"""Wires a web node's pages, API and browser stream into a Flask server."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dash
from dash import Dash
from dash.development.base_component import Component
from dash.exceptions import DependencyException
from flask import Flask, Response, g, request

import assets
from app import api, login, me, wheel, wire
from app.compress import Compressor
from app.live import Live
from app.me import Mine
from app.node import WebNode
from app.pages_table import PAGES, Page
from app.system import Links, System
from app.visit import Visit
from app.wire import GoneError, TakenOver
from layouts import message, shell
from layouts.message import MessageInfo
from layouts.shell import ShellInfo
from tidegauge.sessions.errors import error
from tidegauge.sessions.identity import LOCAL
from tidegauge.sessions.people import People

YEAR_SECONDS = 31_536_000
BROWSERS = 2_000
FULL = "this web node serves {most} browsers, as many as it may"
FULL_HINT = "run another web node, or raise TIDEGAUGE_BROWSERS"
OPEN = "This node is open: whoever reaches it is its admin. It was started with --insecure-open."
CALLBACKS = "/_dash-update-component"


def create_app(
    server: Flask, node: WebNode, name: str, store: str, people: People, links: Links = tuple, browsers: int = BROWSERS
) -> Dash:
    """The Dash application of a web node over `server`; name, store's URL, links: as `System` takes them. browsers: how
    many may be connected.

    1. The JSON API and WS /live.
    2. Dash over our assets, its pages from our table; what it does not know is refused before it fails.
    3. The headers of safety and of caches on every answer; texts packed.
    """
    system = System(node, name, store, links, people.revocations.tokens)
    server.config.update(SEND_FILE_MAX_AGE_DEFAULT=YEAR_SECONDS)
    server.register_blueprint(api.create_blueprint(node, system))
    server.register_blueprint(wheel.create_blueprint())
    server.register_blueprint(me.create_blueprint(people.preferences, people.memory))
    server.register_blueprint(login.create_blueprint(people))
    live = Live(node, system, browsers)

    @server.get("/live")
    def may_come() -> Response:
        """A browser whose websocket was refused is told no reason: its page asks for it here."""
        return _full(browsers) if live.is_full else Response(status=204)

    @server.route("/live", websocket=True)
    def browser_stream() -> Response:
        if live.is_full:
            return _full(browsers)
        try:
            taken = wire.handshake(request.environ)
        except GoneError as problem:
            return error(400, "handshake", str(problem), "WS /live is a websocket")
        live.enter(taken, Mine(people.preferences, g.identity.name), Visit(people, g.session))
        return TakenOver()

    dash_app = Dash(
        __name__,
        server=server,  # type: ignore[arg-type]  # Dash's annotation lacks Flask
        assets_folder=str(Path(assets.__file__).parent),
        assets_path_ignore=["js", "test"],
        use_pages=True,
        pages_folder="",
        title="Tidegauge",
        update_title="",
        suppress_callback_exceptions=True,
    )
    _register_pages(node)
    dash_app.layout = lambda: shell.layout(_shell(people), dash.page_container)
    server.before_request(functools.partial(_unknown_callback, dash_app))
    server.register_error_handler(DependencyException, _unknown_file)
    server.after_request(functools.partial(_secure, dash_app))
    server.after_request(_cache)
    server.after_request(Compressor())
    return dash_app


def _full(most: int) -> Response:
    return error(503, "full", FULL.format(most=most), FULL_HINT)


def content_policy(script_hashes: Sequence[str]) -> str:
    """The Content-Security-Policy: nothing from elsewhere, no inline script but Dash's own."""
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {' '.join(script_hashes)}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def _shell(people: People) -> ShellInfo:
    """What stands around the page of who asks. Dash looks at it once before anybody does."""
    who = g.get("identity") or LOCAL
    return ShellInfo(user=who.name, role=who.role, notice=OPEN if people.open else "")


def _register_pages(node: WebNode) -> None:
    dash.page_registry.clear()
    for page in PAGES:
        load = importlib.import_module(f"app.pages.{page.name}").load
        dash.register_page(  # type: ignore[no-untyped-call]
            f"app.pages.{page.name}",
            path_template=page.path if "<" in page.path else None,
            path=None if "<" in page.path else page.path,
            title=f"{page.title} · Tidegauge",
            layout=functools.partial(_layout, node, page, load),
        )
    dash.register_page("not_found_404", layout=_not_found())  # type: ignore[no-untyped-call]


def _layout(node: WebNode, page: Page, load: Any, **given: str) -> Component:
    """A page's content; parts of the path go to `load`, the query string is the browser's."""
    wanted = [piece[1:-1] for piece in page.path.split("/") if piece.startswith("<")]
    made: Component = load(node, **{name: given[name] for name in wanted})
    return made


def _not_found() -> Component:
    return message.layout(MessageInfo("No such page", "", "Go back to all hosts."))


def _unknown_callback(dash_app: Dash) -> Response | None:
    """Refuse a call of a callback that is not there; Dash would fail."""
    if request.path != CALLBACKS or request.method != "POST":
        return None
    body = request.get_json(silent=True)
    if isinstance(body, dict) and str(body.get("output")) in dash_app.callback_map:
        return None
    return error(400, "callback", "there is no such callback", "reload the page")


def _unknown_file(_problem: DependencyException) -> Response:
    return error(404, "not_found", "Dash has no such file", "reload the page")


def _cache(response: Response) -> Response:
    """What an address does not fix by its `?m=…` is asked for again, and usually not sent again."""
    if request.path.startswith("/assets/") and "m" not in request.args:
        response.headers["Cache-Control"] = "no-cache"
    return response


def _secure(dash_app: Dash, response: Response) -> Response:
    """Dash adds the pages' callback with the first request, so its hashes are asked for each page."""
    hashes = dash_app.csp_hashes() if response.mimetype == "text/html" else ()
    response.headers["Content-Security-Policy"] = content_policy(hashes)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
