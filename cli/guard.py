"""What stands before and beside every route: the one `authorize`, errors in one shape, health."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote

from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from tidegauge.sessions import access, cookies, identity, routes
from tidegauge.sessions.access import Node
from tidegauge.sessions.errors import error
from tidegauge.sessions.people import People
from tidegauge.sessions.routes import Route
from tidegauge.sessions.tokens import TokenError

Checks = Callable[[], dict[str, str]]
"""What is not ready, by name, with a sentence; empty when all is."""


SIGN_IN = ("login", "no_accounts", "accounts")
"""Refusals of `authorize` that signing in, or the page for it, can help."""


class Doorman(NamedTuple):
    """Who may come in. bind: address:port. urls: by which others know this node. node_token: what nodes show, on
    this machine, too; "" for none."""

    people: People
    bind: str
    urls: tuple[str, ...] = ()
    node_token: str = ""


def install(server: Flask, doorman: Doorman, checks: Checks) -> None:
    """Put the guard before all routes of `server`, and /healthz and /readyz beside them."""
    names = access.names_of(doorman.bind, doorman.urls)

    @server.before_request
    def authorize() -> Response | None:
        rule = request.url_rule.rule if request.url_rule else ""
        asked = _asked(doorman, routes.find(rule))
        verdict = access.authorize(asked, Node(names, doorman.people.accounts.any, doorman.people.open))
        if not isinstance(verdict, access.Denied):
            g.role = verdict
            g.identity = asked.identity or identity.local(verdict)
        elif verdict.status != 404 or request.routing_exception is None:
            return _refused(verdict, asked)
        return None  # what the URL map does not take it refuses itself: another method, say

    @server.after_request
    def keep(response: Response) -> Response:
        """What a session had a part in is no other's to be given; its use is noted in the cookie itself."""
        session = g.pop("session", None)
        if "identity" in g and g.identity:
            response.vary.add("Cookie")
        if session and (slid := doorman.people.slid(session)):
            cookies.put(response, request, doorman.people, slid)
        return response

    @server.errorhandler(HTTPException)
    def refused(problem: HTTPException) -> Response:
        keyword = "too_large" if problem.code == 413 else problem.name.lower().replace(" ", "_")
        return error(problem.code or 500, keyword, str(problem.description), "docs/api.md lists what there is")

    @server.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="alive")

    @server.get("/readyz")
    def readyz() -> Response:
        missing = checks()
        response = jsonify(status="not ready" if missing else "ready", missing=missing)
        response.status_code = 503 if missing else 200
        return response


def _asked(doorman: Doorman, route: Route | None) -> access.Request:
    """What `authorize` is to know of the request; no session is looked at where none is needed."""
    asked = access.Request(route, request.method, request.host, request.headers.get("Origin"))
    if route is None or route.role == "anyone":
        return asked
    peer, protocol = request.remote_addr or "", request.environ.get("SERVER_PROTOCOL", "")
    local = access.is_local(doorman.bind, peer, request.host, request.headers.keys(), protocol)
    if route.role == "collector":
        return _collector(doorman, asked._replace(local=local))
    if route.role == "node":
        needs_none = not doorman.node_token and (local or doorman.people.open)
        return asked._replace(local=needs_none, token="node" if _shows(doorman.node_token) else "")
    g.session = cookies.read(request, doorman.people)
    return asked._replace(local=local, identity=identity.identity(g.session) if g.session else None)


def _refused(denied: access.Denied, asked: access.Request) -> Response:
    """No; who opens a page and is not signed in is sent to sign in, which says what else is missing."""
    if asked.route and asked.route.rule in routes.PAGES and denied.error in SIGN_IN:
        query = request.query_string.decode("ascii", "replace")
        going = f"{quote(request.path)}{'?' if query else ''}{query}"
        return Response(status=302, headers={"Location": f"/login?next={quote(going, safe='')}"})
    return error(denied.status, denied.error, denied.reason, denied.hint)


def _collector(doorman: Doorman, asked: access.Request) -> access.Request:
    """With what a collector's token stands for, where one is needed; `g.token_host` is then the host that it is of."""
    if asked.local or doorman.people.open:
        return asked
    try:
        g.token_host = doorman.people.tokens.host(_bearer())
    except TokenError as problem:
        return asked._replace(problem=str(problem))
    return asked._replace(token="collector")


def _shows(token: str) -> bool:
    """Whether a request shows a token that is given."""
    return bool(token) and hmac.compare_digest(_bearer().encode(), token.encode())


def _bearer() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""
