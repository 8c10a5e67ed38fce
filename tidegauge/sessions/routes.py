"""The one table of routes: every URL rule of every program, and the role it needs.

A rule that is not here answers nobody. Roles: anyone < viewer < editor < admin; collector and node
stand apart: they show tokens. What is for anyone looks at no session and sets no cookie.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Role = Literal["anyone", "viewer", "editor", "admin", "collector", "node"]

PERSONS: tuple[Role, ...] = ("viewer", "editor", "admin")
"""The roles of people; each may do what those before it may."""


class Route(NamedTuple):
    """A row: the rule as the URL map spells it, its methods, and the least role."""

    rule: str
    methods: tuple[str, ...]
    role: Role


GET: tuple[str, ...] = ("GET",)
POST: tuple[str, ...] = ("POST",)

ROUTES = (
    Route("/healthz", GET, "anyone"),
    Route("/readyz", GET, "anyone"),
    Route("/api/v1/records", POST, "collector"),
    Route("/api/v1/stream", GET, "node"),
    Route("/api/v1/query", GET, "viewer"),
    Route("/api/v1/entities", GET, "viewer"),
    Route("/api/v1/events", GET, "viewer"),
    Route("/api/v1/metrics", GET, "viewer"),
    Route("/api/v1/client/<filename>", GET, "anyone"),
    Route("/api/v1/system", GET, "viewer"),
    Route("/api/v1/me/preferences", ("GET", "PATCH"), "viewer"),
    Route("/api/v1/cable", POST, "admin"),
    Route("/api/v1/login", POST, "anyone"),
    Route("/api/v1/logout", POST, "viewer"),
    Route("/api/v1/session", GET, "viewer"),
    Route("/login", ("GET", "POST"), "anyone"),
    Route("/logout", POST, "viewer"),
    Route("/live", GET, "viewer"),
    Route("/", GET, "viewer"),
    Route("/<path:path>", GET, "viewer"),
    Route("/assets/<path:filename>", GET, "anyone"),
    Route("/_favicon.ico", GET, "anyone"),
    Route("/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>", GET, "anyone"),
    Route("/_dash-layout", GET, "viewer"),
    Route("/_dash-dependencies", GET, "viewer"),
    Route("/_dash-update-component", POST, "viewer"),
    Route("/_reload-hash", GET, "viewer"),
)

PAGES = ("/", "/<path:path>")
"""Rules of pages: who is not signed in is sent to sign in."""

_BY_RULE = {route.rule: route for route in ROUTES}


def find(rule: str) -> Route | None:
    """The row of a URL rule, if the table has it."""
    return _BY_RULE.get(rule)
