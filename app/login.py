"""Signing in and out: the page with its form, and the same as JSON for programs."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
from flask import Blueprint, Response, g, jsonify, request

from layouts import login as drawing
from layouts.login import LoginInfo
from tidegauge.sessions import access, cookies
from tidegauge.sessions.errors import error
from tidegauge.sessions.identity import Identity, Session
from tidegauge.sessions.people import LoginError, People

HOME = "/"
MAX_BODY_BYTES = 10_000
_PLAIN = re.compile(r"/(?:[!-\[\]-~][!-\[\]-~]*)?")
"""A path of this site as browsers send it: printable ASCII, no backslash, which they take for a slash."""
NOTICES = {
    "ended": "You were signed out: the session was ended, or is over.",
    "out": "You are signed out.",
    "everywhere": "You are signed out everywhere.",
    "later": "You are signed out here. The store does not answer: other nodes will know when it does.",
}
NO_ACCOUNTS = (
    "Nobody has an account yet. Without one only a loopback node's own machine is served, by its loopback address. "
    "Run `tidegauge user add NAME --role admin` beside the store."
)
NO_STORE = "The store does not answer: nobody can sign in until it does."


Order = TypeVar("Order", bound=msgspec.Struct)


class LoginOrder(msgspec.Struct, frozen=True):
    """The body of POST /api/v1/login."""

    user: str
    password: str


class LogoutOrder(msgspec.Struct, frozen=True):
    """The body of POST /api/v1/logout; it may be empty."""

    everywhere: bool = False


def create_blueprint(people: People) -> Blueprint:
    """The routes over a node's people."""
    blueprint = Blueprint("login", __name__)

    @blueprint.get("/login")
    def page() -> Response:
        going = safe_path(request.args.get("next", HOME))
        if cookies.read(request, people):
            return _to(going)
        return _page(LoginInfo(going, notice=NOTICES.get(request.args.get("why", ""), "")), people)

    @blueprint.before_request
    def bound() -> None:
        """Whoever asks, signed in or not, has nothing long to say."""
        request.max_content_length = MAX_BODY_BYTES

    @blueprint.post("/login")
    def sign_in() -> Response:
        return _form(people)

    @blueprint.post("/logout")
    def sign_out() -> Response:
        everywhere = request.form.get("everywhere") == "yes"
        known = people.logout(g.identity, everywhere)
        response = _to(f"/login?why={('everywhere' if everywhere else 'out') if known else 'later'}")
        return _dropped(response, people)

    @blueprint.post("/api/v1/login")
    def login() -> Response:
        return _json(people)

    @blueprint.post("/api/v1/logout")
    def logout() -> Response:
        order = _order(LogoutOrder, request.get_data(cache=False) or b"{}")
        if order is None:
            return error(400, "json", "not an order", 'send {} or {"everywhere": true}')
        known = people.logout(g.identity, order.everywhere)
        return _dropped(jsonify(everywhere=order.everywhere, known_to_all_nodes=known), people)

    @blueprint.get("/api/v1/session")
    def session() -> Response:
        return jsonify(_told(g.identity))

    return blueprint


def safe_path(text: str) -> str:
    """A path of this site to go on to: what could lead elsewhere, or round in a circle, is the first page instead."""
    path = urlsplit(text).path if _PLAIN.fullmatch(text) and not text.startswith("//") else ""
    return HOME if path in ("", "/login", "/logout") else text


def _form(people: People) -> Response:
    going, user = safe_path(request.form.get("next", HOME)), request.form.get("user", "").strip()
    try:
        session = _login(people, user, request.form.get("password", ""))
    except LoginError as problem:
        wait = f" in {_seconds(problem)} s" if problem.wait_ms else ""
        text = f"{str(problem).capitalize()}. {problem.hint.capitalize()}{wait}."
        return _refused(_page(LoginInfo(going, user[:80], problem=text), people), problem)
    response = _to(going)
    cookies.put(response, request, people, session)
    return response


def _json(people: People) -> Response:
    order = _order(LoginOrder, request.get_data(cache=False))
    if order is None:
        return error(400, "json", "not an order", 'send {"user": "NAME", "password": "…"}')
    try:
        session = _login(people, order.user, order.password)
    except LoginError as problem:
        return _refused(error(problem.status, problem.keyword, str(problem), problem.hint), problem)
    response = jsonify(name=session.user, role=session.role)
    cookies.put(response, request, people, session)
    return _unkept(response)


def _login(people: People, user: str, password: str) -> Session:
    address = access.caller(request.remote_addr or "", request.headers.get("X-Forwarded-For", ""))
    return people.login(user, password, address, cookies.read(request, people))


def _page(info: LoginInfo, people: People) -> Response:
    if people.accounts.any is False:
        info = LoginInfo(notice=NO_ACCOUNTS, form=False)
    elif people.memory.read_only and not info.problem:
        info = dataclasses.replace(info, notice=NO_STORE)
    return _unkept(Response(drawing.document(info), content_type="text/html; charset=utf-8"))


def _refused(response: Response, problem: LoginError) -> Response:
    response.status_code = problem.status
    if problem.wait_ms:
        response.headers["Retry-After"] = str(_seconds(problem))
    return response


def _seconds(problem: LoginError) -> int:
    return math.ceil(problem.wait_ms / 1000)


def _to(path: str) -> Response:
    return _unkept(Response(status=303, headers={"Location": path}))


def _dropped(response: Response, people: People) -> Response:
    g.session = None
    cookies.drop(response, request, people)
    return _unkept(response)


def _unkept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _told(who: Identity) -> dict[str, str]:
    return {"name": who.name, "role": who.role}


def _order(kind: type[Order], body: bytes) -> Order | None:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
