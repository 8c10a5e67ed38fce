"""What stands before and beside every route: the one `authorize`, errors in one shape, health."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from tidegauge.sessions import access, routes
from tidegauge.sessions.errors import error

Checks = Callable[[], dict[str, str]]
"""What is not ready, by name, with a sentence; empty when all is."""


def install(server: Flask, bind: str, checks: Checks, advertised: str = "") -> None:
    """Put the guard before all routes of `server`, and /healthz and /readyz beside them.

    bind: address:port. advertised: the URL by which others know this node, if that is another.
    """
    names = access.names_of(bind, advertised)

    @server.before_request
    def authorize() -> Response | None:
        rule = request.url_rule.rule if request.url_rule else ""
        asked = access.Request(routes.find(rule), request.method, request.host, request.headers.get("Origin"))
        verdict = access.authorize(asked, names)
        if not isinstance(verdict, access.Denied):
            g.role = verdict
        elif verdict.status != 404 or request.routing_exception is None:
            return error(verdict.status, verdict.error, verdict.reason, verdict.hint)
        return None  # what the URL map does not take it refuses itself: another method, say

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
