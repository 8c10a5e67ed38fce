"""A day's backlog on disk, drained by the real sender into a real server, beside the same bodies posted bare."""

from __future__ import annotations

import http.client
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.table import Figure
from collector.builder import Builder
from collector.disk.disk_spool import DiskSpool
from collector.identity import Host, describe
from collector.schedule import SLOW_TICKS, Tick
from collector.sending.batch import BODY_BYTES, MOST_RECORDS
from collector.sending.pace import Pace
from collector.sending.sender import Sender, Who
from collector.sending.workers import lanes
from collector.simulation.simulated import SimulatedHost
from collector.spool import Item
from tests.e2e.programs import running
from tidegauge.clock import SystemClock
from tidegauge.metrics import incarnations, wire
from tidegauge.metrics.wire import PostHeader

RECORDS = 86_400
CONTAINERS = 3
BOUND = 500
HOST = "drain-1"
MOST_SECONDS = 600
TAKEN = ("stored", "duplicate")


def rows() -> list[Figure]:
    """86,400 records of one tick each: out of a spool on disk by the sender, and out of memory by http.client."""
    items = list(_day(RECORDS))
    ours, bare = len(items) / _drained(items), len(items) / _posted(items)
    size = sum(len(item.body) for item in items) / len(items)
    name = f"drain of {len(items):,} records of {size:,.0f} bytes, unpaced"
    against = f"bare POSTs of the same bodies {bare:,.0f}"
    bound = f"≥ {BOUND} records/s"
    return [Figure(name, f"{ours:,.0f} records/s", bound, ours >= BOUND, against, f"{ours / bare:.2f}")]


def _day(records: int) -> Iterator[Item]:
    """The last ticks of a simulated host, as its collector would have queued them."""
    begin_ms = int(time.time() * 1000) - records * 1000
    name = incarnations.new(begin_ms)
    source, builder = SimulatedHost(HOST, CONTAINERS, seed=1), Builder(_host(), 1000)
    for n in range(records):
        stamp_ms = begin_ms + 1000 * n
        readings = source.read(Tick(stamp_ms, slow=n % SLOW_TICKS == 0))
        record = builder.record(readings, stamp_ms, (name, n), [], [])
        yield Item(name, n, stamp_ms, stamp_ms, wire.encode(record))


def _host() -> Host:
    return describe(HOST, HOST, "boot", "drain", [], "Linux")


def _drained(items: list[Item]) -> float:
    """Seconds from the first POST until the spool is empty; it was filled by a life before."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as up:
        place = Path(folder) / "spool"
        filled = DiskSpool(place, sync=lambda _: None)
        for item in items[:-1]:
            assert not filled.append(item)
        filled.close()
        spool, threads = DiskSpool(place), lanes(1)
        sender = Sender(Who(HOST, HOST, 1000), [up.url], spool, threads, SystemClock(), pace=Pace(0))
        began = time.perf_counter()
        sender.submit(items[-1:])
        _await_empty(sender)
        took = time.perf_counter() - began
        assert sum(sender.letters.counts[outcome] for outcome in TAKEN) == len(items), sender.letters.counts
        threads.close(5)
        spool.close()
        return took


def _await_empty(sender: Sender) -> None:
    """As the agent does once a period, but more often: a resend is begun where none is under way."""
    until = time.monotonic() + MOST_SECONDS
    while sender.spool.held().count:
        assert time.monotonic() < until, f"{sender.spool.held().count} records are left: {sender.link()}"
        sender.tick()
        time.sleep(0.05)


def _posted(items: list[Item]) -> float:
    """Seconds for one connection that posts the same bodies, one after the other."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as up:
        began = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", up.port, timeout=60)
        for body in _bodies(items):
            _post(connection, body)
        connection.close()
        return time.perf_counter() - began


def _bodies(items: list[Item]) -> Iterator[list[Item]]:
    body: list[Item] = []
    for item in items:
        if body and (len(body) == MOST_RECORDS or sum(len(one.body) for one in body) + len(item.body) > BODY_BYTES):
            yield body
            body = []
        body.append(item)
    yield body


def _post(connection: http.client.HTTPConnection, items: list[Item]) -> None:
    header = PostHeader(
        host=HOST, now_ms=int(time.time() * 1000), incarnation=items[0].incarnation, period_ms=1000, name=HOST
    )
    headers = {"Content-Type": wire.CONTENT_TYPE, wire.HEADER: wire.encode_header(header)}
    body = b"".join(item.body for item in items)
    outcomes: set[str] = {"retry"}
    while "retry" in outcomes:
        connection.request("POST", "/api/v1/records", body, headers)
        outcomes = {one.outcome for one in wire.decode_answer(connection.getresponse().read()).outcomes}
    assert outcomes <= set(TAKEN), outcomes
