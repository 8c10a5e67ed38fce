"""Opening connections."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.site import Site, listening
from tidegauge.client.errors import TidegaugeError
from tidegauge.client.open import connect

PASSWORD = "a long password"


def test_a_node_is_connected_to_by_any_of_its_pages(tmp_path: Path) -> None:
    """And asked at once, so that a wrong address fails here."""
    with listening(tmp_path) as site:
        assert connect(f"http://{site.host}/hosts/h1").url == f"http://{site.host}"
    with pytest.raises(TidegaugeError, match="no Tidegauge node answers"):
        connect(f"http://{site.host}")


@pytest.fixture
def closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A node on which ann has an account."""
    for name in ("TIDEGAUGE_USER", "TIDEGAUGE_PASSWORD", "TIDEGAUGE_PASSWORD_FILE"):
        monkeypatch.delenv(name, raising=False)
    with listening(tmp_path / "var") as site:
        site.server.people.add("ann", "viewer", PASSWORD)
        yield site


def test_a_person_signs_in_when_the_node_asks_who_it_is(closed: Site) -> None:
    """Once for many questions, and again when the session was ended."""
    tg = connect(f"http://{closed.host}", user="ann", password=PASSWORD)
    assert len(tg.hosts()) == 0
    closed.server.people.revocations.end_user("ann")
    assert len(tg.hosts()) == 0


def test_the_environment_may_say_who(closed: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The password itself or its file; what a call is given goes before."""
    monkeypatch.setenv("TIDEGAUGE_USER", "ann")
    monkeypatch.setenv("TIDEGAUGE_PASSWORD", PASSWORD)
    assert connect(f"http://{closed.host}").url
    with pytest.raises(TidegaugeError, match="user or password is wrong"):
        connect(f"http://{closed.host}", password="another password")
    monkeypatch.delenv("TIDEGAUGE_PASSWORD")
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    monkeypatch.setenv("TIDEGAUGE_PASSWORD_FILE", str(tmp_path / "password"))
    assert connect(f"http://{closed.host}").url
    monkeypatch.setenv("TIDEGAUGE_PASSWORD_FILE", str(tmp_path / "nothing"))
    with pytest.raises(TidegaugeError, match=r"TIDEGAUGE_PASSWORD_FILE: cannot read"):
        connect(f"http://{closed.host}")


def test_who_does_not_say_is_told_how(closed: Site) -> None:
    """Half of it is none."""
    for given in ({}, {"user": "ann"}, {"password": PASSWORD}):
        with pytest.raises(TidegaugeError, match=r"wants to know who asks; give connect\(\) user and password, or set"):
            connect(f"http://{closed.host}", **given)
