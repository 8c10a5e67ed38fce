"""Pages, headers and assets as browsers get them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.factory import content_policy, create_app
from tests.app.rig import Rig, shown
from tests.rows import NOW, host, record
from tests.site import Site
from tests.site import site as make_site
from tidegauge.sessions.memory import Memory
from tidegauge.sessions.people import People
from tidegauge.sessions.signing import Signer
from tidegauge.storage.open import open_documents


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with make_site(tmp_path_factory.mktemp("factory")) as made:
        made.post([record([NOW], {"gauge": [1.0]}, entity=host("h1", **{"host.name": "<b>web</b>"}))])
        yield made


def open_page(site: Site, path: str) -> str:
    """A page's content as Dash's own callback gives it."""
    (output,) = [key for key in site.json("/_dash-dependencies") if "_pages_content" in key["output"]]
    body = {
        "output": output["output"],
        "outputs": [
            {"id": "_pages_content", "property": "children"},
            {"id": "_pages_store", "property": "data"},
        ],
        "inputs": [
            {**one, "value": {"pathname": path, "search": ""}.get(one["property"], "")} for one in output["inputs"]
        ],
        "changedPropIds": [],
        "state": [],
    }
    response = site.client.post("/_dash-update-component", json=body, headers={"Host": site.host})
    assert response.status_code == 200, response.data
    return response.text


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", ['"data-page": "fleet"', "web"]),
        ("/hosts/h1", ['"data-page": "host"', '"data-host": "h1"']),
        ("/hosts/h9", ["No such host"]),
        ("/containers/c9", ["No such container"]),
        ("/system", ['"data-page": "system"']),
        ("/nowhere", ["No such page"]),
    ],
)
def test_each_page_opens_by_its_url(site: Site, path: str, words: list[str]) -> None:
    """The URL alone says what is shown; what is not there is said."""
    content = json.dumps(json.loads(open_page(site, path)))
    assert all(word in content for word in words), content[:500]


def test_every_answer_has_the_headers_of_safety(site: Site) -> None:
    """Pages, data, errors and refusals alike; no inline script but Dash's own."""
    for response in (site.get("/"), site.get("/api/v1/metrics"), site.get("/assets/no"), site.get("/", Host="evil")):
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "'unsafe-eval'" not in policy
        assert "script-src 'self' 'unsafe-inline'" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "same-origin"
    assert "'sha256-" in site.get("/").headers["Content-Security-Policy"]


def test_the_policy_names_each_hash() -> None:
    """Scripts of the page itself are named by what they are."""
    assert "script-src 'self' 'sha256-a' 'sha256-b';" in content_policy(["'sha256-a'", "'sha256-b'"])


def test_what_has_no_fingerprint_is_asked_for_again(site: Site) -> None:
    """A module that another imports has no `?m=`; an upgrade must not mix old ones with new."""
    module = site.get("/assets/js/page/app.mjs")
    assert module.headers["Cache-Control"] == "no-cache"
    again = site.get("/assets/js/page/app.mjs", **{"If-None-Match": module.headers["ETag"]})
    assert again.status_code == 304
    assert "max-age=31536000" in site.get("/assets/tidegauge.mjs?m=1").headers["Cache-Control"]


def test_only_our_entry_module_is_in_the_page(site: Site) -> None:
    """Dash includes our style sheets and the one entry, not each module."""
    page = site.get("/").text
    assert "/assets/tidegauge.mjs?m=" in page
    assert "/assets/js/" not in page


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"output":"x.y"}', b'{"output":{}}', b"\xff" * 99])
def test_a_callback_that_is_not_there_is_refused(site: Site, body: bytes) -> None:
    """A 400 of our shape; Dash would fail."""
    response = site.client.post("/_dash-update-component", data=body, headers={"Host": site.host})
    assert (response.status_code, response.json and response.json["error"]) == (400, "callback")


def test_a_file_that_dash_does_not_have_is_not_found(site: Site) -> None:
    """A 404 of our shape, whatever the path."""
    for path in ("dash/nothing.js", "nothing/at.js", "dash/%2e%2e/%2e%2e/etc/passwd"):
        assert site.get(f"/_dash-component-suites/{path}").status_code == 404


def test_pages_open_while_the_store_is_down(rig: Rig, tmp_path: Path) -> None:
    """With the hosts that are live."""
    rig.row(gauge=1.0)
    rig.reads.down = True
    documents = open_documents(f"embedded:{tmp_path}")
    people = People(documents, Signer("k"), rig.clock, Memory(documents))
    dash_app: Any = create_app(Flask("test"), rig.node, "n", "embedded:var", people)
    with dash_app.server.app_context():
        assert "shell" in shown(dash_app.layout())
    from app.pages import container, fleet
    from app.pages import host as host_page

    assert "h1" in shown(fleet.load(rig.node))
    assert '"data-page": "host"' in shown(host_page.load(rig.node, "h1"))
    assert "No such container" in shown(container.load(rig.node, "c1"))
