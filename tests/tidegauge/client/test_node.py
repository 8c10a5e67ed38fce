"""A web node as a source, over real HTTP."""

from __future__ import annotations

import contextlib
import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegauge.client.errors import TidegaugeError
from tidegauge.client.node import PAGE, NodeSource
from tidegauge.metrics.filters import parse
from tidegauge.metrics.query import Query

QUERY = Query(metrics=("gauge",), start="now-1h")
Reply = tuple[int, bytes, dict[str, str]]


class Script:
    """What a server answers, and what it was asked."""

    def __init__(self) -> None:
        self.reply: Reply = (200, b"[]", {})
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.url = ""

    def json(self, value: object) -> None:
        """Answer with JSON."""
        self.reply = (200, msgspec.json.encode(value), {})


@pytest.fixture(scope="module")
def server() -> Iterator[Script]:
    script = Script()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            script.paths.append(self.path)
            script.headers.append(dict(self.headers))
            status, body, headers = script.reply
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    with _serving(Handler) as port:
        script.url = f"http://127.0.0.1:{port}"
        yield script


@contextmanager
def _serving(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def test_it_asks_the_json_api(server: Script) -> None:
    """A route each, with the query's own spelling."""
    source = NodeSource(server.url + "/", token="secret")
    server.paths.clear()
    source.metrics()
    source.entities(parse("kind=host"), "now-1h", "now")
    source.events("1", "2")
    server.json({"from_ms": 1, "to_ms": 2, "step_ms": 0, "source": "raw", "series": []})
    assert source.answer(QUERY).to_ms == 2
    assert server.paths == [
        "/api/v1/metrics",
        "/api/v1/entities?filter=kind%3Dhost&from=now-1h&to=now",
        "/api/v1/events?from=1&to=2",
        "/api/v1/query?metrics=gauge&from=now-1h",
    ]
    assert server.headers[-1]["Authorization"] == "Bearer secret"
    assert source.link(QUERY) == f"{server.url}/api/v1/query?metrics=gauge&from=now-1h"


def test_many_events_are_asked_for_page_by_page(server: Script) -> None:
    """From the last one's time on, each once; a node that gives no more of them ends it."""
    source = NodeSource(server.url)
    server.paths.clear()
    server.json([{"host": "h", "entity": "h", "time_ns": 10**6 * i, "kind": "k", "id": str(i)} for i in range(PAGE)])
    found = source.events("1", "2")
    assert [one.id for one in found] == [str(i) for i in range(PAGE)]
    assert server.paths == ["/api/v1/events?from=1&to=2", f"/api/v1/events?from={PAGE - 1}&to=2"]


def test_packed_answers_are_unpacked(server: Script) -> None:
    """Nodes pack what is worth it."""
    server.reply = (200, gzip.compress(b"[]"), {"Content-Encoding": "gzip"})
    assert NodeSource(server.url).metrics() == []


def test_a_nodes_refusal_is_told_in_its_words(server: Script) -> None:
    """Reason and hint."""
    server.reply = (400, b'{"error": "query", "reason": "metrics: name 1 to 64", "hint": "see docs"}', {})
    with pytest.raises(TidegaugeError, match=r"^metrics: name 1 to 64; see docs$"):
        NodeSource(server.url).answer(QUERY)


@pytest.mark.parametrize(
    "reply",
    [
        (404, b"<h1>Not found</h1>", {}),
        (200, b"<h1>Welcome</h1>", {}),
        (200, b'{"metric": "x"}', {}),
        (500, b"", {}),
        (404, b"broken", {"Content-Encoding": "gzip"}),
    ],
)
def test_what_is_no_node_is_said_to_be_none(server: Script, reply: Reply) -> None:
    """Whatever it answers."""
    server.reply = reply
    with pytest.raises(TidegaugeError, match="does not answer as a Tidegauge node does"):
        NodeSource(server.url).metrics()


@given(st.binary(max_size=200), st.sampled_from(["gzip", "", "br"]), st.sampled_from([200, 302, 400, 503]))
def test_no_answer_breaks_it(server: Script, body: bytes, coding: str, status: int) -> None:
    """Arbitrary bytes are an answer, or our error."""
    server.reply = (status, body, {"Content-Encoding": coding} if coding else {})
    for ask in (NodeSource(server.url).metrics, lambda: NodeSource(server.url).answer(QUERY)):
        with contextlib.suppress(TidegaugeError):
            ask()


def test_nobody_there_is_one_sentence() -> None:
    """With the reason, and what to do."""
    with pytest.raises(
        TidegaugeError, match=r"no Tidegauge node answers at http://127.0.0.1:9 .*refused.*tidegauge up"
    ):
        NodeSource("http://127.0.0.1:9").metrics()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("http://127.0.0.1:8050", "http://127.0.0.1:8050"),
        ("http://127.0.0.1:8050/", "http://127.0.0.1:8050"),
        ("https://tide.example/hosts/h1?from=now-1h#graph-cpu", "https://tide.example"),
        ("https://tide.example/metrics/containers/c1", "https://tide.example/metrics"),
        ("http://user:password@[::1]:8050/explore", "http://[::1]:8050"),
    ],
)
def test_any_pages_address_is_its_nodes(given: str, expected: str) -> None:
    """Without what belongs to the page, and without secrets."""
    assert NodeSource(given).url == expected


@pytest.mark.parametrize("given", ["127.0.0.1:8050", "ftp://x", "http://", "http://x:99999", "http://[", ""])
def test_what_is_no_address_is_said_to_be_none(given: str) -> None:
    """With one that would be."""
    with pytest.raises(TidegaugeError, match=r"write http://127\.0\.0\.1:8050"):
        NodeSource(given)


def test_links_of_other_nodes_are_told_apart() -> None:
    """The names of loopback are one; a link without a place is any's."""
    source = NodeSource("http://127.0.0.1:8050")
    assert source.is_own("http://localhost:8050/hosts/h1")
    assert source.is_own("/hosts/h1")
    assert not source.is_own("http://127.0.0.1:8051/hosts/h1")
    assert not source.is_own("https://tide.example/hosts/h1")
