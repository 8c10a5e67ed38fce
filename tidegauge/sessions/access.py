"""The one `authorize`: who asks, from where, for which row of the route table. Pure.

Host and Origin are checked even on loopback: a page of another site must not reach this node
through the browser of someone who sits before it (DNS rebinding, cross-site websockets).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from tidegauge.sessions.identity import Identity
from tidegauge.sessions.routes import PERSONS, Role, Route

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_PROXY = ("forwarded", "via", "x-real-ip")
"""Headers that a proxy adds, beside all that begin with X-Forwarded-."""
_ADDRESS = re.compile(r"([0-9.]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


class Names(NamedTuple):
    """What means a node in a Host header. hosts: with port. addresses: any IP address does too, for who came by an
    address was misled by no name."""

    hosts: frozenset[str]
    addresses: bool = False


class Node(NamedTuple):
    """What a node is to who asks. accounts: whether there are any (None: not known yet); open: to everybody."""

    names: Names
    accounts: bool | None
    open: bool = False


class Request(NamedTuple):
    """What is known of a request: its row (None: no such rule), method, Host and Origin headers; the identity of its
    session; whether it is of this machine (`is_local`); what a token that it shows stands for, or why it
    stands for nothing."""

    route: Route | None
    method: str
    host: str
    origin: str | None
    identity: Identity | None = None
    local: bool = False
    token: str = ""
    problem: str = ""


class Denied(NamedTuple):
    """No, and why: HTTP status, keyword, sentence, what to do."""

    status: int
    error: str
    reason: str
    hint: str


def authorize(request: Request, node: Node) -> Role | Denied:
    """The role that a request acts in, or why it may not."""
    if not _is_named(request.host, node.names):
        hint = f"open it as {sorted(node.names.hosts)[0]}, or name the URL in TIDEGAUGE_PUBLIC"
        return Denied(403, "host", f"this node is not {request.host[:100]!r}", hint)
    if request.origin is not None and not _same_origin(request.origin, request.host):
        hint = "open the page on this node itself"
        return Denied(403, "origin", f"a page of {request.origin[:100]!r} may not ask this node", hint)
    if request.route is None:
        return Denied(404, "not_found", "there is no such page", "docs/api.md lists what there is")
    if request.method not in (*request.route.methods, "HEAD", "OPTIONS"):
        return Denied(405, "method", f"{request.method} is not for this URL", f"use {request.route.methods[0]}")
    if request.route.role == "anyone":
        return "anyone"
    if request.route.role not in PERSONS:
        return _machine(request, request.route.role, node)
    return _person(request, request.route.role, node)


def is_local(bind: str, peer: str, host: str, headers: Iterable[str], protocol: str = "HTTP/1.1") -> bool:
    """Whether a request is of somebody on this machine, by no proxy: bind and peer are loopback, Host is its name.

    bind: address:port. peer: the address at the other end. headers: their names. protocol: nobody but a proxy that
    says nothing of itself speaks HTTP/1.0: nginx as it is installed, which puts our own address into Host.
    """
    named = host.lower() in names_of(bind).hosts
    straight = not any(name.lower() in _PROXY or name.lower().startswith("x-forwarded-") for name in headers)
    return is_loopback(bind) and _is_loopback_address(peer) and named and straight and protocol != "HTTP/1.0"


def caller(peer: str, forwarded: str) -> str:
    """The address of who asks: of a peer that may be a proxy of ours the last that X-Forwarded-For names."""
    last = forwarded.rpartition(",")[2].strip()
    return last if _is_near(peer) and _is_address(last) else peer


def is_loopback(bind: str) -> bool:
    """Whether an address:port is reached from this machine alone."""
    return bind.rpartition(":")[0].lower() in (*LOOPBACK, "::1")


def names_of(bind: str, urls: Sequence[str] = ()) -> Names:
    """What means a node bound to `bind` (address:port), or known by URLs."""
    address, _, port = bind.rpartition(":")
    hosts = {address.lower()} | (set(LOOPBACK) if is_loopback(bind) else set())
    known = {urlsplit(url).netloc.lower() for url in urls} - {""}
    found = {f"{host}:{port}" for host in hosts} | ({*hosts} if port == "80" else set()) | known
    return Names(frozenset(found), addresses=not is_loopback(bind))


def _machine(request: Request, role: Role, node: Node) -> Role | Denied:
    """Collectors and nodes show a token, or are on this machine; where a node's token is set, nodes always show it."""
    if request.token == role or request.local or (node.open and role == "collector"):
        return role
    hint = {
        "collector": "`tidegauge token create --host ID` makes one; set TIDEGAUGE_TOKEN where the collector runs",
        "node": "give all nodes the same TIDEGAUGE_NODE_TOKEN",
    }[role]
    return Denied(401, "token", request.problem or f"this is for a {role} that shows its token", hint)


def _person(request: Request, role: Role, node: Node) -> Role | Denied:
    if request.identity:
        acts_as = request.identity.role
        if PERSONS.index(acts_as) >= PERSONS.index(role):
            return acts_as
        return Denied(403, "role", f"this is for the role {role}, and you are {acts_as}", "ask an admin")
    if node.open or (request.local and node.accounts is False):
        return "admin"
    if request.local and role == "viewer" and node.accounts is None:
        return "viewer"
    if node.accounts is None:
        why = "the store was not reached yet, so it is not known who may do this"
        return Denied(503, "accounts", why, "try again when the store answers")
    if not node.accounts:
        why = "nobody has an account, and only on a loopback node's own machine, by its address there, is none needed"
        return Denied(403, "no_accounts", why, "run `tidegauge user add NAME --role admin` beside its store")
    return Denied(401, "login", "nobody is signed in", "sign in at /login, programs by POST /api/v1/login")


def _is_named(host: str, names: Names) -> bool:
    if host.lower() in names.hosts:
        return True
    found = _ADDRESS.fullmatch(host) if names.addresses else None
    return found is not None and _is_address(found[1].strip("[]"))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_near(peer: str) -> bool:
    return _is_address(peer) and ipaddress.ip_address(peer).is_private


def _is_loopback_address(peer: str) -> bool:
    return _is_address(peer) and ipaddress.ip_address(peer).is_loopback


def _same_origin(origin: str, host: str) -> bool:
    return origin.partition("://")[2].lower() == host.lower()
