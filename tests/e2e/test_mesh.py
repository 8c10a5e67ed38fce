"""Ingest and web nodes that find each other through a real Elasticsearch: added, killed, moved and stopped."""

from __future__ import annotations

import http.client
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from app.messages import number
from cli.last_known import LastKnown
from tests.e2e.live import Live, live
from tests.e2e.programs import Program, demo, eventually, free_port, pause, stopped
from tests.e2e.tcp_proxy import TcpProxy
from tests.ingest_api.posts import header
from tests.rows import host, record
from tidegauge.client.indices import IndicesSource
from tidegauge.clock import SystemClock
from tidegauge.metrics import wire
from tidegauge.metrics.query import from_url

pytestmark = [pytest.mark.elasticsearch, pytest.mark.processes]

CPU = "system.cpu.utilization"
LIVE = f"metrics={CPU}&filter=kind%3Dhost&from=now-1m"
FLEET = "metrics=system.cpu.load_average.1m&filter=kind%3Dhost&from=now-5m"
SEEN_SECONDS = 3.0
"""A node that is killed is seen by the others after so long at most."""
SILENT_SECONDS = 4.0
"""One that says nothing, though its connections stand; noticed within a second more, on a machine with time."""


class Nodes:
    """Programs over a store that know nothing else of each other."""

    def __init__(self, folder: Path, store: str, closing: ExitStack) -> None:
        self._folder = folder
        self._store = store
        self._closing = closing

    def ingest(self, name: str) -> Program:
        """An ingest node that runs, on a port of its own."""
        return self._begun(Program("ingest", self._folder, "--store", self._store, "--node", name, port=free_port()))

    def web(self, name: str, store: str = "") -> Program:
        """A web node that runs. store: where it looks for it, if not where the others do."""
        return self._begun(Program("web", self._folder, "--store", store or self._store, "--node", name))

    def _begun(self, program: Program) -> Program:
        self._closing.callback(program.close)
        program.launch()
        return program


@pytest.fixture
def nodes(tmp_path: Path, elastic: str) -> Iterator[Nodes]:
    """Nodes over an empty store, ended in the end."""
    with ExitStack() as closing:
        yield Nodes(tmp_path, elastic, closing)


def test_nodes_find_each_other_through_the_store(nodes: Nodes) -> None:
    """A node that is added, or comes back at another port, is read by every web node; one that is killed is seen."""
    first, second = nodes.ingest("i1"), nodes.ingest("i2")
    webs = [nodes.web("w1"), nodes.web("w2")]
    for web in webs:
        eventually(lambda web=web: states(web) == {"i1": "live", "i2": "live"}, 60, "both nodes")
    with ExitStack() as open_now:
        pages = [open_now.enter_context(live(web.port, LIVE)) for web in webs]
        for node in (first, second):
            open_now.enter_context(host_of(node, f"host-{node.port}"))
        wait(pages, 2)
        third = nodes.ingest("i3")
        with host_of(third, "host-3"):
            wait(pages, 3)
            third.kill_all()
            seconds = until(lambda: all(states(web).get("i3") == "down" for web in webs))
            print(f"killed ingest node seen after {seconds:.1f} s")  # noqa: T201
            assert seconds <= SEEN_SECONDS
        moved = nodes.ingest("i3")
        assert moved.port != third.port
        open_now.enter_context(host_of(moved, "host-4"))
        wait(pages, 4)
        for web in webs:
            eventually(lambda web=web: set(states(web).values()) == {"live"}, 30, "the end of the old URL")


def test_a_web_node_that_begins_while_the_store_is_down_knows_whom_it_read(nodes: Nodes, elastic: str) -> None:
    """It has what the nodes that it knew last tell, also one that was moved since it was first started."""
    port = urlsplit(elastic).port
    assert port
    with ExitStack() as open_now:
        way = TcpProxy(port)
        open_now.callback(way.close)
        ingest, web = nodes.ingest("i1"), nodes.web("w1", way.url)
        eventually(lambda: states(web) == {"i1": "live"}, 60, "the node")
        ingest.kill_all()
        moved = nodes.ingest("i1")
        open_now.enter_context(host_of(moved, "host-1"))
        eventually(lambda: moved.url in LastKnown(web.state, way.url).read(), 60, "where the node is now")
        web.kill_all()
        way.refuse()
        web.launch()
        page = open_now.enter_context(live(web.port, LIVE))
        eventually(lambda: page.states == {"host-1": "live"}, 30, "what the node tells")
        assert not web.is_ready()


def test_nodes_know_who_reads_them_and_let_go_of_who_is_dead(nodes: Nodes) -> None:
    """A web node that is killed is gone at once; one that is stopped, or an ingest node, within seconds, though
    its connections stand; when they go on they are back."""
    ingest = nodes.ingest("i1")
    one, other = nodes.web("w1"), nodes.web("w2")
    eventually(lambda: readers(one) == readers(other) == ["w1", "w2"], 60, "both web nodes")
    for program, gone in ((other, lambda: readers(one) == ["w1"]), (ingest, lambda: states(one)["i1"] != "live")):
        with stopped(program.worker()):
            seconds = until(gone)
        print(f"stopped {program.url} seen after {seconds:.1f} s")  # noqa: T201
        assert seconds <= SILENT_SECONDS + SEEN_SECONDS
        eventually(lambda: readers(one) == readers(other) == ["w1", "w2"], 60, "both web nodes again")
        eventually(lambda: states(one)["i1"] == "live", 30, "the ingest node again")
    other.kill_all()
    seconds = until(lambda: readers(one) == ["w1"])
    print(f"killed web node seen after {seconds:.1f} s")  # noqa: T201
    assert seconds <= SEEN_SECONDS


def test_a_page_of_a_fleet_shows_what_is_stored_whatever_becomes_of_a_node(nodes: Nodes, elastic: str) -> None:
    """Sixty hosts are read by their metric, not one by one: no point of any is missing, bent or doubled after an
    ingest node was killed and came back, and on a web node that came late."""
    ingest, webs = nodes.ingest("i1"), [nodes.web("w1")]
    eventually(lambda: states(webs[0]) == {"i1": "live"}, 60, "the node")
    with ExitStack() as open_now:
        open_now.enter_context(demo(ingest, "--hosts", "60", "--containers", "1"))
        pages = [open_now.enter_context(live(webs[0].port, FLEET))]
        wait(pages, 60)
        webs.append(nodes.web("w2"))
        eventually(lambda: states(webs[1]) == {"i1": "live"}, 60, "the node")
        pages.append(open_now.enter_context(live(webs[1].port, FLEET)))
        wait(pages, 60)
        ingest.kill_all()
        pause(2)
        ingest.launch()
        began_ms = SystemClock().wall_ms()
        eventually(lambda: len({p.entity for p in pages[1].points(began_ms)}) == 60, 60, "all hosts again")
        end_ms = SystemClock().wall_ms() - 1_000
        for page in pages:
            eventually(lambda page=page: _shown(page, end_ms) == _stored(elastic, page, end_ms), 90, "the same points")


def _shown(page: Live, end_ms: int) -> dict[tuple[str, int], float | None]:
    """The points that came to a page, up to a time."""
    return {(point.entity, point.time_ms): point.value for point in page.points(to_ms=end_ms)}


def _stored(url: str, page: Live, end_ms: int) -> dict[tuple[str, int], float | None]:
    """Those that the store has, from the page's first on; a collector's queue may not be empty yet."""
    first_ms = min(time_ms for _, time_ms in _shown(page, end_ms))
    return {
        (one.entity, time_ms): None if value is None else number(value)
        for one in IndicesSource(url, "", "", SystemClock()).answer(from_url(FLEET)).series
        for time_ms, value in zip(one.time_ms, one.value, strict=True)
        if first_ms <= time_ms < end_ms
    }


def told(web: Program) -> list[dict[str, Any]]:
    """The ingest nodes as a web node sees them, none while it does not answer."""
    return list(web.get("/api/v1/system").get("nodes", ())) if web.is_alive() else []


def states(web: Program) -> dict[str, str]:
    """Of each ingest node by name."""
    return {node["node"]: node["state"] for node in told(web)}


def readers(web: Program) -> list[str]:
    """The names of the web nodes that read the ingest nodes, by their own word."""
    return sorted({reader["name"] for node in told(web) for reader in node.get("subscribers", ())})


def until(look: Callable[[], bool]) -> float:
    """Wait until something is so; after how many seconds it is."""
    began = time.monotonic()
    eventually(look, 30, "the end of a node")
    return time.monotonic() - began


@contextmanager
def host_of(node: Program, name: str) -> Iterator[None]:
    """A host that sends a row a second to a node, and is not answered while that is away."""
    stopped = threading.Event()
    sending = threading.Thread(target=_send, args=(node.port, name, stopped))
    sending.start()
    try:
        yield
    finally:
        stopped.set()
        sending.join(30)


def _send(port: int, name: str, stopped: threading.Event) -> None:
    incarnation = f"{SystemClock().wall_ms()}-aaaaaaaa"
    for seq in itertools.count():
        now_ms = SystemClock().wall_ms()
        body = wire.encode(record([now_ms], {CPU: [0.5]}, seq, host(name), incarnation))
        head = {wire.HEADER: header(now_ms, host=name, name=name, incarnation=incarnation)}
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("POST", "/api/v1/records", body, {**head, "Content-Type": wire.CONTENT_TYPE})
            connection.getresponse().read()
            connection.close()
        if stopped.wait(1):
            return


def wait(pages: list[Live], count: int) -> None:
    """Wait until rows of so many hosts came to each page."""
    for page in pages:
        page.wait(count, 60)
