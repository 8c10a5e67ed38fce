"""The cookie of a session, on a response."""

from __future__ import annotations

from flask import Request, Response

from tidegauge.sessions.identity import Session
from tidegauge.sessions.people import People


def read(request: Request, people: People) -> Session | None:
    """The session of who asks, if it stands."""
    return people.session(request.cookies.get(people.cookie, ""))


def put(response: Response, request: Request, people: People, session: Session) -> None:
    """Sign a session into a browser: no script reads it, no other site sends it along with more than a link."""
    text, seconds = people.signed(session)
    response.set_cookie(
        people.cookie, text, max_age=seconds, httponly=True, samesite="Lax", secure=_is_secure(request), path="/"
    )


def drop(response: Response, request: Request, people: People) -> None:
    """Have a browser forget its session."""
    response.delete_cookie(people.cookie, httponly=True, samesite="Lax", secure=_is_secure(request), path="/")


def _is_secure(request: Request) -> bool:
    """Whether the browser speaks https: to this node, or to the proxy before it."""
    return request.is_secure or request.headers.get("X-Forwarded-Proto", "").strip().lower() == "https"
