"""Calls of a cluster, and what stands for it while it does not answer."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from tests.e2e.programs import eventually
from tests.tidegauge.storage.elastic.scripted import Answer, Request, only, scripted
from tidegauge.storage.base import StoreError, StoreUnavailableError
from tidegauge.storage.elastic.connection import HEALTH_SECONDS, PAUSE_SECONDS, Connection

VERSIONED = Answer(200, {"version": {"number": "9.2.0"}})


@pytest.mark.elasticsearch
def test_a_real_server(elastic: str) -> None:
    """It has a version, answers JSON for JSON and for lines, and its refusals are ours."""
    connection = Connection(elastic)
    assert connection.version() >= (8, 19)
    status, answer = connection.call("POST", "/_msearch", body=b'{"index":"tidegauge-*"}\n{"size":0}\n')
    assert (status, answer["responses"][0]["status"]) == (200, 200)
    assert connection.call("GET", "/tidegauge-x/_search", allow=(404,))[0] == 404
    with pytest.raises(StoreError, match="unknown query") as caught:
        connection.call("POST", "/_search", body={"query": {"nothing": {}}})
    assert caught.value.permanent
    connection.close()


@pytest.mark.elasticsearch
def test_an_answer_that_is_read_into_a_structure(elastic: str) -> None:
    """Its bytes go to whoever asks; refusals are those of a call."""
    connection = Connection(elastic)
    searches = b'{"index":"tidegauge-*"}\n{"size":0}\n'
    assert json.loads(connection.read("/_msearch", searches, bytes))["responses"][0]["status"] == 200
    with pytest.raises(StoreError, match="refused a request with 400: The msearch request must be"):
        connection.read("/_msearch", b"{}", bytes)
    with pytest.raises(StoreError, match="does not answer as Elasticsearch does"):
        connection.read("/_msearch", searches, int)
    assert connection.call("POST", "/_msearch", body=searches)[1]["responses"][0]["status"] == 200
    connection.close()


def test_a_page_is_no_answer_to_read() -> None:
    """Whatever its status."""
    for status, said in ((200, "does not answer as Elasticsearch does"), (502, "answered 502: <html>")):
        with scripted(only(Answer(status, "<html>"))) as url, pytest.raises(StoreError, match=said):
            Connection(url).read("/_msearch", b"{}", json.loads)


def test_nothing_is_sent_before_a_call(free_url: str) -> None:
    """A connection to nowhere can be made."""
    connection = Connection(free_url)
    assert (connection.name, connection.user) == (free_url, "an unnamed user")
    connection.close()


def test_a_server_that_is_not_there_costs_nothing(free_url: str) -> None:
    """After one failure calls fail at once, with the same words, without one more try."""
    connection = Connection(free_url)
    with pytest.raises(StoreUnavailableError, match="cannot be reached: Connection refused") as caught:
        connection.call("GET", "/")
    assert "TIDEGAUGE_STORE" in caught.value.hint
    began = time.monotonic()
    for _ in range(1000):
        with pytest.raises(StoreUnavailableError, match="Connection refused"):
            connection.call("GET", "/")
    assert time.monotonic() - began < PAUSE_SECONDS


@pytest.mark.slow
def test_a_server_that_comes_back_is_found() -> None:
    """While it is silent one caller at a time asks, and calls pass once it answers."""
    silent_until, asked = threading.Event(), []

    def script(request: Request) -> Answer:
        asked.append(request.method)
        return VERSIONED if silent_until.is_set() else Answer(200, {}, silent_until)

    with scripted(script) as url:
        connection = Connection(url)
        with pytest.raises(StoreUnavailableError, match="no answer within 2 s"):
            connection.call("GET", "/", timeout=HEALTH_SECONDS)
        assert asked == ["GET"]
        silent_until.set()
        eventually(lambda: _answers(connection))
        assert asked == ["GET", "HEAD", "GET"]
        connection.close()


@pytest.mark.slow
def test_one_slow_answer_does_not_shut_out_the_others() -> None:
    """A query that takes too long fails alone while the server answers other calls."""
    silent_until = threading.Event()
    slow = Answer(200, {}, silent_until)
    with scripted(lambda request: slow if request.path == "/slow" else VERSIONED) as url:
        connection = Connection(url)
        failed: list[str] = []

        def ask() -> None:
            try:
                connection.call("GET", "/slow", timeout=HEALTH_SECONDS)
            except StoreUnavailableError as error:
                failed.append(str(error))

        thread = threading.Thread(target=ask)
        thread.start()
        while thread.is_alive():
            connection.call("GET", "/")
            thread.join(0.05)
        assert "no answer within 2 s" in failed[0]
        connection.call("GET", "/")
        silent_until.set()
        connection.close()


def test_one_dead_node_of_several_is_passed_over(free_url: str) -> None:
    """Each call goes to a node that answers."""
    with scripted(only(VERSIONED)) as url:
        connection = Connection(f"{url},{free_url.removeprefix('http://')}")
        for _ in range(6):
            assert connection.call("GET", "/")[0] == 200
        connection.close()


@pytest.mark.parametrize("status", [429, 502, 503])
def test_what_may_pass_is_said_once(status: int) -> None:
    """An overloaded server, and the page of a proxy before it: asked once, and again only by the caller."""
    asked: list[str] = []

    def script(request: Request) -> Answer:
        asked.append(request.path)
        return Answer(status, "<html>busy</html>")

    with scripted(script) as url:
        connection = Connection(url)
        with pytest.raises(StoreUnavailableError, match=f"answered {status}: <html>busy"):
            connection.call("GET", "/x")
        assert asked == ["/x"]
        connection.close()


@pytest.mark.parametrize("body", ["<html>hello</html>", '{"not": "marked"}'])
def test_another_server(body: str) -> None:
    """What is not Elasticsearch is told from it, whatever it answers."""
    with scripted(only(Answer(200, body))) as url:
        connection = Connection(url)
        with pytest.raises(StoreError, match="does not answer as Elasticsearch does") as caught:
            connection.call("GET", "/")
        assert caught.value.permanent
        connection.close()


@pytest.mark.parametrize("number", ["8.18.4", "7.17.29", "10.0.0"])
def test_versions_that_are_not_spoken_to(number: str) -> None:
    """One sentence."""
    with scripted(only(Answer(200, {"version": {"number": number}}))) as url:
        connection = Connection(url)
        with pytest.raises(StoreError, match=f"is version {number}; Tidegauge needs 8.19 or later, or 9.x") as caught:
            connection.version()
        assert caught.value.permanent
        connection.close()


@pytest.mark.parametrize(("number", "expected"), [("8.19.3", (8, 19, 3)), ("9.3.0-SNAPSHOT", (9, 3, 0))])
def test_versions_that_are_spoken_to(number: str, expected: tuple[int, ...]) -> None:
    """8.19 and what came after."""
    with scripted(only(Answer(200, {"version": {"number": number}}))) as url:
        connection = Connection(url)
        assert connection.version() == expected
        connection.close()


def test_no_tls_where_it_is_asked_for() -> None:
    """A server without it is not spoken to in clear."""
    with scripted(only(VERSIONED)) as url:
        connection = Connection(url.replace("http:", "https:"))
        with pytest.raises(StoreError, match="no TLS connection to") as caught:
            connection.call("GET", "/")
        assert caught.value.permanent
        connection.close()


def test_a_file_of_certificates_that_is_none(tmp_path: Path) -> None:
    """It is named."""
    (tmp_path / "ca.pem").write_text("no certificate")
    for path in (tmp_path / "ca.pem", tmp_path / "missing.pem"):
        with pytest.raises(StoreError, match=f"{path.name} cannot be used") as caught:
            Connection("https://es", ca=str(path))
        assert caught.value.permanent


@pytest.mark.parametrize(
    ("user", "api_key", "expected"),
    [
        ("", "", ""),
        ("ann:p%40ss@", "", "Basic YW5uOnBAc3M="),
        ("", "id:key", "ApiKey aWQ6a2V5"),
        ("", "aWQ6a2V5", "ApiKey aWQ6a2V5"),
    ],
)
def test_who_asks(user: str, api_key: str, expected: str) -> None:
    """A user with a password, or an API key in either of its forms."""
    asked: list[str] = []

    def script(request: Request) -> Answer:
        asked.append(request.by)
        return VERSIONED

    with scripted(script) as url:
        connection = Connection(url.replace("//", f"//{user}"), api_key=api_key)
        connection.call("GET", "/")
        assert asked == [expected]
        connection.close()


def test_one_way_to_say_who_asks() -> None:
    """A user and an API key are one too many."""
    with pytest.raises(StoreError, match="both a user and an API key"):
        Connection("http://ann:secret@es", api_key="id:key")


def test_a_closed_connection() -> None:
    """It says so, whatever it knew of the server."""
    with scripted(only(VERSIONED)) as url:
        connection = Connection(url)
        connection.call("GET", "/")
        connection.close()
        connection.close()
        with pytest.raises(StoreUnavailableError, match="the store is closed"):
            connection.call("GET", "/")


def _answers(connection: Connection) -> bool:
    try:
        return connection.call("GET", "/", timeout=HEALTH_SECONDS)[0] == 200
    except StoreUnavailableError:
        return False
