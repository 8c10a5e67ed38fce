"""What belongs to whoever asks, over HTTP and WS /live."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.me import Mine
from app.outbox import Outbox
from tests.app import people
from tests.site import Site
from tests.site import site as make_site
from tidegauge.sessions import preferences
from tidegauge.sessions.preferences import Change, Kept, Preferences

URL = "/api/v1/me/preferences"
NOTHING = {"theme": "system", "pins": [], "last": "", "count": 0}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with make_site(tmp_path) as made:
        yield made


def change(site: Site, body: object, **headers: str) -> Any:
    """A PATCH, answered."""
    data = body if isinstance(body, bytes) else json.dumps(body)
    return site.client.open(URL, method="PATCH", data=data, headers={"Host": site.host, **headers})


def test_the_local_admin_has_preferences(site: Site) -> None:
    """Read, changed, and read again."""
    assert site.json(URL) == {"person": "", "kept": NOTHING}
    changed = {"theme": "dark", "pin": ["db-2"], "last": "/hosts/db-2?from=now-1h"}
    answer = change(site, changed)
    kept = {"theme": "dark", "pins": ["db-2"], "last": "/hosts/db-2?from=now-1h", "count": 1}
    assert (answer.status_code, answer.json) == (200, {"person": "", "kept": kept})
    assert site.json(URL)["kept"] == kept
    assert site.get(URL).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("body", "status", "keyword"),
    [
        (b"", 400, "preferences"),
        (b"\xff{", 400, "preferences"),
        ({"theme": "pink"}, 400, "preferences"),
        ({"person": "bob", "theme": "dark"}, 400, "preferences"),
        ({"pin": [f"h{n}" for n in range(10_000)]}, 413, "too_large"),
        ({"pin": [f"h{n}" for n in range(101)]}, 400, "preferences"),
        ({"last": "//evil.example"}, 400, "preferences"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_cannot_be_kept_is_refused(site: Site, body: object, status: int, keyword: str) -> None:
    """In the shape of all errors; nothing is kept."""
    answer = change(site, body)
    assert (answer.status_code, answer.json["error"]) == (status, keyword)
    assert set(answer.json) == {"error", "reason", "hint"}
    assert site.json(URL)["kept"] == NOTHING


def test_a_page_of_another_site_changes_nothing(site: Site) -> None:
    """Its browser would send the cookie; the origin is looked at."""
    assert change(site, {"theme": "dark"}, Origin="http://evil.example").status_code == 403
    assert site.json(URL)["kept"] == NOTHING


def test_nobody_reaches_what_another_person_set(site: Site) -> None:
    """The session names the document; who is not signed in has none, and nothing in a request chooses one."""
    for user in ("ann", "bob"):
        people.add(site, user)
    site.server.people.memory.refresh()
    (ann, _), (bob, _) = (people.sign_in(site, user) for user in ("ann", "bob"))
    headers = {"Host": site.host}
    assert ann.open(URL, method="PATCH", json={"pin": ["db-2"]}, headers=headers).status_code == 200
    assert bob.get(f"{URL}?person=ann&name=ann", headers=headers).json == {"person": "bob", "kept": NOTHING}
    assert bob.open(URL, method="PATCH", json={"unpin": ["db-2"]}, headers=headers).json["kept"] == NOTHING
    assert ann.get(URL, headers=headers).json["kept"]["pins"] == ["db-2"]
    assert site.get(URL).status_code == change(site, {"theme": "dark"}).status_code == 401


def test_two_browsers_that_pin_at_once_both_keep_their_pin(site: Site) -> None:
    """A change says what to do, not how all is to be."""
    threads = [threading.Thread(target=change, args=(site, {"pin": [f"h{n}"]})) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert {*site.json(URL)["kept"]["pins"]} == {f"h{n}" for n in range(8)}


def test_while_the_store_is_down_reads_go_on_and_a_change_says_so(site: Site) -> None:
    """503 with a reason; what was known stands."""
    change(site, {"theme": "dark"})
    site.server.people.memory.close()
    site.server.documents.close()
    answer = change(site, {"theme": "light"})
    assert (answer.status_code, answer.json["error"]) == (503, "store")
    assert site.json(URL)["kept"]["theme"] == "dark"


def test_no_request_waits_for_a_store_that_does_not_answer(site: Site) -> None:
    """The reader of the store knows; with a store that hangs every change would hold a thread."""
    site.server.people.memory.close()
    site.server.people.memory.read_only = True
    answer = change(site, {"theme": "dark"})
    assert (answer.status_code, answer.json["reason"]) == (503, "the store does not answer")
    assert site.server.documents.list(preferences.COLLECTION) == []


def test_a_browser_is_told_of_changes_of_others(site: Site) -> None:
    """At once what is kept, then each change, until it goes."""
    kept, outbox = site.server.people.preferences, Outbox()
    with Mine(kept, "ann").told(outbox):
        kept.change("ann", Change(theme="dark"))
        kept.change("bob", Change(theme="light"))
    kept.change("ann", Change(theme="light"))
    told = [json.loads(text) for text in outbox.take()]
    assert [(one["type"], one["person"], one["kept"]["theme"]) for one in told] == [
        ("preferences", "ann", "system"),
        ("preferences", "ann", "dark"),
    ]


def test_a_node_that_never_read_the_store_says_so(site: Site) -> None:
    """A browser's own copy serves then; GET is 503."""
    outbox = Outbox()
    with Mine(Preferences(site.server.documents), "ann").told(outbox):
        assert json.loads(outbox.take()[0]) == {"type": "preferences", "person": "ann", "kept": None}


def test_all_that_is_kept_is_told(site: Site) -> None:
    """The fields of the document are those of the answer."""
    assert {*site.json(URL)["kept"]} == {*Kept.__struct_fields__}
    assert preferences.MOST_PINS == 100
