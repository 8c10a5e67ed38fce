"""Signing in and out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.login import HOME, safe_path
from tests.app.people import PASSWORD, add, cookie, get, sign_in
from tests.site import Site
from tests.site import site as make_site
from tidegauge.sessions.identity import IDLE_MS, SLIDE_MS


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with one account."""
    with make_site(tmp_path_factory.mktemp("login")) as made:
        add(made, "ann")
        yield made


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Site]:
    """A site whose parts a test may break, with one account."""
    with make_site(tmp_path) as made:
        add(made, "ann")
        yield made


def test_a_program_signs_in_and_out(site: Site) -> None:
    """The cookie is all it needs; it is HttpOnly, SameSite and, over https, Secure."""
    client, answer = sign_in(site, "ann")
    assert (answer.status_code, answer.json) == (200, {"name": "ann", "role": "viewer"})
    flags = answer.headers["Set-Cookie"]
    assert "; HttpOnly" in flags
    assert "; SameSite=Lax" in flags
    assert "; Secure" not in flags
    assert answer.headers["Cache-Control"] == "no-store"
    there = client.get("/api/v1/session", headers={"Host": site.host})
    assert (there.status_code, there.json) == (200, {"name": "ann", "role": "viewer"})
    assert "Set-Cookie" not in there.headers
    assert "Cookie" in there.headers["Vary"]
    out = client.post("/api/v1/logout", headers={"Host": site.host})
    assert out.json == {"everywhere": False, "known_to_all_nodes": True}
    assert client.get("/api/v1/session", headers={"Host": site.host}).status_code == 401
    again = get(site, "/api/v1/session", cookie(answer))
    assert (again.status_code, again.json and again.json["error"]) == (401, "login")
    _, secure = sign_in(site, "ann", **{"X-Forwarded-Proto": "https"})
    assert "; Secure" in secure.headers["Set-Cookie"]


def test_signing_out_everywhere_ends_every_session_of_the_user(site: Site) -> None:
    """Those of others go on; a new login stands."""
    add(site, "bob")
    (one, _), (other, _), (bob, _) = sign_in(site, "ann"), sign_in(site, "ann"), sign_in(site, "bob")
    site.clock.advance(1)
    assert one.post("/api/v1/logout", json={"everywhere": True}, headers={"Host": site.host}).status_code == 200
    statuses = [client.get("/", headers={"Host": site.host}).status_code for client in (one, other, bob)]
    assert statuses == [302, 302, 200]
    assert sign_in(site, "ann")[0].get("/", headers={"Host": site.host}).status_code == 200


def test_a_login_ends_the_session_before_it(site: Site) -> None:
    """What another had fixed in the browser is worth nothing."""
    client, first = sign_in(site, "ann")
    second = client.post("/api/v1/login", json={"user": "ann", "password": PASSWORD}, headers={"Host": site.host})
    assert get(site, "/api/v1/session", cookie(first)).status_code == 401
    assert get(site, "/api/v1/session", cookie(second)).status_code == 200


def test_use_is_noted_in_the_cookie_and_never_in_the_store(own: Site) -> None:
    """Once an hour; without use the session is over in a week."""
    client, _ = sign_in(own, "ann")
    asked: list[str] = []
    own.server.people.memory.close()
    documents = own.server.documents
    for name in ("get", "put", "list", "delete"):
        real = getattr(documents, name)
        setattr(documents, name, lambda *given, real=real, name=name: asked.append(name) or real(*given))
    for hours in range(1, 4):
        own.clock.advance(SLIDE_MS)
        fresh = [client.get(path, headers={"Host": own.host}) for path in ("/api/v1/session", "/")]
        assert ["Set-Cookie" in one.headers for one in fresh] == [True, False], hours
    assert asked == []
    own.clock.advance(IDLE_MS)
    assert client.get("/api/v1/session", headers={"Host": own.host}).status_code == 200
    own.clock.advance(IDLE_MS + 1)
    assert client.get("/api/v1/session", headers={"Host": own.host}).status_code == 401


def test_static_files_and_health_look_at_no_session(site: Site) -> None:
    """They set no cookie and vary by none, whatever cookie comes along."""
    _, answer = sign_in(site, "ann")
    site.clock.advance(SLIDE_MS)
    for path in ("/assets/base.css", "/_dash-component-suites/dash/deps/react@18.v4.js", "/_favicon.ico", "/healthz"):
        got = get(site, path, cookie(answer))
        assert "Set-Cookie" not in got.headers
        assert "Cookie" not in got.headers.get("Vary", "")


def test_a_wrong_password_is_no_login(site: Site) -> None:
    """Nor is a user that is not there, with the same words; after a few of them one waits."""
    add(site, "eve")
    for user in ("eve", "nobody", "", "a/b", "x" * 1_000):
        _, answer = sign_in(site, user, "wrong")
        assert answer.json == {
            "error": "password",
            "reason": "user or password is wrong",
            "hint": "try again, or ask an admin",
        }
        assert "Set-Cookie" not in answer.headers
    for _ in range(3):
        assert sign_in(site, "eve", "wrong")[1].status_code == 401
    _, held = sign_in(site, "eve")
    assert (held.status_code, held.json and held.json["error"]) == (429, "throttled")
    assert int(held.headers["Retry-After"]) >= 1
    site.clock.advance(int(held.headers["Retry-After"]) * 1000)
    assert sign_in(site, "eve")[1].status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"user":1,"password":"x"}', b"\xff" * 99, b'{"user":"ann"}'])
def test_what_is_no_order_is_refused(site: Site, body: bytes) -> None:
    """In our shape."""
    for path in ("/api/v1/login", "/api/v1/logout"):
        client, _ = sign_in(site, "ann")
        answer = client.post(path, data=body, headers={"Host": site.host})
        expected = {"/api/v1/logout": {b"": 200, b'{"user":"ann"}': 200, b'{"user":1,"password":"x"}': 200}}
        assert answer.status_code == expected.get(path, {}).get(body, 400)


def test_nobody_is_listened_to_for_long(site: Site) -> None:
    """A body of more than some kilobytes is refused, from whomever it is."""
    for path in ("/login", "/api/v1/login"):
        answer = site.client.post(path, data={"user": "x" * 20_000}, headers={"Host": site.host})
        assert (answer.status_code, answer.json and answer.json["error"]) == (413, "too_large")


def test_the_form_leads_back_to_the_page_one_came_from(site: Site) -> None:
    """A page without a session leads to it; a wrong password to the form again, which keeps the user."""
    sent = site.get("/hosts/h1?from=now-1h&q=%25")
    assert (sent.status_code, sent.headers["Location"]) == (
        302,
        "/login?next=%2Fhosts%2Fh1%3Ffrom%3Dnow-1h%26q%3D%2525",
    )
    page = site.get(sent.headers["Location"])
    assert page.status_code == 200
    assert 'value="/hosts/h1?from=now-1h&amp;q=%25"' in page.text
    form = {"user": "ann", "password": "<wrong>", "next": "/hosts/h1?from=now-1h&q=%25"}
    wrong = site.client.post("/login", data=form, headers={"Host": site.host})
    assert wrong.status_code == 401
    assert "User or password is wrong. Try again, or ask an admin." in wrong.text
    assert 'value="ann"' in wrong.text
    assert "&lt;wrong" not in wrong.text
    right = site.client.post("/login", data={**form, "password": PASSWORD}, headers={"Host": site.host})
    assert (right.status_code, right.headers["Location"]) == (303, "/hosts/h1?from=now-1h&q=%25")
    assert site.get("/login?next=/system").headers["Location"] == "/system"
    out = site.client.post("/logout", data={"everywhere": "yes"}, headers={"Host": site.host})
    assert (out.status_code, out.headers["Location"]) == (303, "/login?why=everywhere")
    assert "You are signed out everywhere." in site.get(out.headers["Location"]).text


def test_another_site_signs_nobody_in_or_out(site: Site) -> None:
    """Its forms are refused by their Origin."""
    for path in ("/login", "/logout", "/api/v1/login", "/api/v1/logout"):
        answer = site.client.post(path, data={}, headers={"Host": site.host, "Origin": "http://evil.example"})
        assert answer.status_code == 403


ELSEWHERE = [
    "//evil.example",
    "/\\evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "/\t/evil.example",
    "/ /evil",
    "\\\\evil",
    "evil",
    "",
    "/login?next=/login",
    "/logout",
    "/a\r\nSet-Cookie: a=b",
]


@pytest.mark.parametrize("text", ELSEWHERE)
def test_nobody_is_led_elsewhere(site: Site, text: str) -> None:
    """Nor in a circle, by the page or by the form."""
    assert safe_path(text) == HOME
    answer = site.client.post(
        "/login", data={"user": "ann", "password": PASSWORD, "next": text}, headers={"Host": site.host}
    )
    assert answer.headers["Location"] == HOME


@given(st.text() | st.text("/\\@:.evil\t\n%?#", max_size=20))
def test_safe_path_is_always_a_path_of_this_site(text: str) -> None:
    """Whatever the text."""
    found = urlsplit(safe_path(text))
    assert (found.scheme, found.netloc) == ("", "")
    assert found.path.startswith("/")
    assert not found.path.startswith(("//", "/\\"))


def test_without_accounts_the_page_says_what_to_do(tmp_path: Path) -> None:
    """To who is not on the machine itself; who is needs no session."""
    with make_site(tmp_path) as site:
        assert site.get("/").status_code == 200
        assert site.json("/api/v1/session") == {"name": "", "role": "admin"}
        through = {"X-Forwarded-For": "192.0.2.7"}
        sent = site.get("/", **through)
        assert sent.status_code == 302
        page = site.get(sent.headers["Location"], **through).text
        assert "tidegauge user add NAME --role admin" in page
        assert "<form" not in page
        answer = site.get("/api/v1/query", **through)
        assert (answer.status_code, answer.json and answer.json["error"]) == (403, "no_accounts")
        add(site, "ann")
        assert site.get("/").status_code == 302


def test_with_the_store_down_who_is_in_stays_in(own: Site) -> None:
    """Nobody else comes in, and it says why; signing out counts here and is said to be known later."""
    client, _ = sign_in(own, "ann")
    own.server.people.memory.close()
    own.server.documents.close()
    assert not own.server.people.memory.refresh()
    assert client.get("/", headers={"Host": own.host}).status_code == 200
    _, answer = sign_in(own, "ann")
    assert (answer.status_code, answer.json and answer.json["error"]) == (503, "store")
    assert "The store does not answer" in own.get("/login").text
    out = client.post("/logout", headers={"Host": own.host})
    assert out.headers["Location"] == "/login?why=later"
    assert client.get("/", headers={"Host": own.host}).status_code == 302
