"""The one `authorize`: who asks, from where, for which row of the route table. Pure.

Host and Origin are checked even on loopback: a page of another site must not reach this node
through the browser of someone who sits before it (DNS rebinding, cross-site websockets).
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from tidegauge.sessions.routes import Role, Route

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class Request(NamedTuple):
    """What is known of a request: its row (None: no such rule), method, Host and Origin headers."""

    route: Route | None
    method: str
    host: str
    origin: str | None


class Denied(NamedTuple):
    """No, and why: HTTP status, keyword, sentence, what to do."""

    status: int
    error: str
    reason: str
    hint: str


def authorize(request: Request, names: frozenset[str]) -> Role | Denied:
    """The role that a request acts in, or why it may not.

    names: the Host headers (with port) that mean this node. Until there are accounts whoever
    reaches a node on loopback by its right name is the local admin.
    """
    if request.host.lower() not in names:
        return Denied(403, "host", f"this node is not {request.host[:100]!r}", f"open it as {sorted(names)[0]}")
    if request.origin is not None and not _same_origin(request.origin, request.host):
        hint = "open the page on this node itself"
        return Denied(403, "origin", f"a page of {request.origin[:100]!r} may not ask this node", hint)
    if request.route is None:
        return Denied(404, "not_found", "there is no such page", "docs/api.md lists what there is")
    if request.method not in (*request.route.methods, "HEAD", "OPTIONS"):
        return Denied(405, "method", f"{request.method} is not for this URL", f"use {request.route.methods[0]}")
    return "admin"


def names_of(bind: str, advertised: str = "") -> frozenset[str]:
    """The Host headers that mean a node bound to `bind` (address:port), or known by a URL."""
    address, _, port = bind.rpartition(":")
    hosts = {address.lower()} | (set(LOOPBACK) if address in ("127.0.0.1", "::1", "[::1]", "localhost") else set())
    known = {urlsplit(advertised).netloc.lower()} - {""}
    return frozenset({f"{host}:{port}" for host in hosts} | ({*hosts} if port == "80" else set()) | known)


def _same_origin(origin: str, host: str) -> bool:
    return urlsplit(origin).netloc.lower() == host.lower()
