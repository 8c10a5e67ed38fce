"""Accounts on a site, and browsers that are signed in at it."""

from __future__ import annotations

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.site import Site
from tidegauge.sessions.identity import PersonRole

PASSWORD = "correct horse"


def add(site: Site, user: str, role: PersonRole = "viewer") -> None:
    """An account with the password of all tests."""
    site.server.people.add(user, role, PASSWORD)


def sign_in(site: Site, user: str, password: str = PASSWORD, **headers: str) -> tuple[FlaskClient, TestResponse]:
    """A browser of its own that tried to sign in as programs do, and the answer."""
    client = site.server.flask.test_client()
    answer = client.post(
        "/api/v1/login", json={"user": user, "password": password}, headers={"Host": site.host, **headers}
    )
    return client, answer


def get(site: Site, path: str, cookie: str) -> TestResponse:
    """GET with a cookie, by a browser that keeps none."""
    client = site.server.flask.test_client(use_cookies=False)
    return client.get(path, headers={"Host": site.host, "Cookie": cookie}, buffered=True)


def cookie(answer: TestResponse) -> str:
    """The cookie that an answer sets, as a browser sends it back."""
    return answer.headers.get("Set-Cookie", "").partition(";")[0]
