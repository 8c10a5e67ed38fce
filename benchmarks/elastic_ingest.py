"""Ingest through HTTP into a real Elasticsearch, beside a bare bulk loop of the same documents; bytes a sample.

The rows are the collector's own: simulated hosts through its builder. Draining: bodies of many records,
as a resend makes them. Live: one record a POST, four connections a host. A cold server runs at a third of
its speed: a first round warms it, then both ways are measured in turn.

An ingest node is one process that can use one processor, on a machine of its own. So here: Elasticsearch has
one to itself in both ways, all else shares another.
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from benchmarks.table import Figure
from collector.builder import Builder
from collector.schedule import Tick
from collector.simulation.simulated import SimulatedHost, simulated_host
from tests.e2e.programs import eventually, free_port
from tests.elasticsearch.server import ask, node, wipe
from tidegauge.metrics import incarnations, wire
from tidegauge.metrics.records import Record
from tidegauge.metrics.wire import PostHeader
from tidegauge.storage.base import Arrival
from tidegauge.storage.elastic import bulk
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.layout import at
from tidegauge.storage.elastic.rows import Need, Oldest, Plan
from tidegauge.storage.elastic.templates import template
from tidegauge.storage.open import open_store

HOSTS, CONTAINERS = 50, 3
DRAIN_TICKS, DRAIN_RECORDS, DRAINERS = 200, 200, 4
LIVE_TICKS, LIVE_EACH = 160, 4
BARE_IN_FLIGHT = 3
ROUNDS = 3
SIZE_HOSTS, SIZE_TICKS = 6, 900

Body = tuple[str, str, bytes]
"""A host's id, its incarnation, and the body of a POST."""
Share = Sequence[Sequence[Body]]
"""What one connection sends: the bodies of some hosts, each host's in order."""


def rows() -> list[Figure]:
    """Draining, live, and bytes a sample by kind of source."""
    all_of = os.sched_getaffinity(0)
    one, *others = sorted(all_of)
    try:
        os.sched_setaffinity(0, {one})
        with node() as server:
            os.sched_setaffinity(0, others or {one})
            return [
                _compared(server.url, "draining", DRAIN_TICKS, _draining, 0.85),
                _compared(server.url, "live shape", LIVE_TICKS, _live, 0.60),
                *_sizes(server.url),
            ]
    finally:
        os.sched_setaffinity(0, all_of)


def _draining(records: Sequence[Record]) -> list[Share]:
    """What each connection sends: bodies of many records, of several hosts."""
    hosts = _bodies(records, DRAIN_RECORDS)
    return [hosts[n::DRAINERS] for n in range(DRAINERS)]


def _live(records: Sequence[Record]) -> list[Share]:
    """What each connection sends: some of one host's records, each alone."""
    return [[own[n::LIVE_EACH]] for own in _bodies(records, 1) for n in range(LIVE_EACH)]


def _compared(
    url: str, name: str, ticks: int, shares: Callable[[Sequence[Record]], list[Share]], least: float
) -> Figure:
    ours: list[float] = []
    bare: list[float] = []
    made = _records(HOSTS, ticks, 1)
    samples = _samples(made)
    sent = shares(made)
    for n in range(ROUNDS):
        rates = (samples / _bare(url, made), samples / _through_http(url, sent))
        if n:
            bare.append(rates[0])
            ours.append(rates[1])
    ratio = statistics.median(a / b for a, b in zip(ours, bare, strict=True))
    return Figure(
        f"Elasticsearch ingest through HTTP, {name}",
        f"{statistics.median(ours):,.0f} samples/s",
        f"≥ {least:.0%} of bare",
        ratio >= least,
        f"bare bulk loop {statistics.median(bare):,.0f} samples/s",
        f"{ratio:.2f}",
    )


def _records(hosts: int, ticks: int, seed: int) -> list[Record]:
    """So many ticks of so many hosts, in the order a fleet sends them; the last was taken a minute ago."""
    now = int(time.time() * 1000)
    drawn = incarnations.new(now)
    made = []
    for number in range(1, hosts + 1):
        host = simulated_host(number, seed)
        source, builder = SimulatedHost(host.name, CONTAINERS, seed), Builder(host, 1000)
        for tick in range(ticks):
            stamp = now - 60_000 - 1000 * (ticks - tick) + 7 * number
            readings = list(source.read(Tick(stamp, slow=tick % 10 == 0)))
            made.append((tick, builder.record(readings, stamp, (drawn, tick), [], [])))
    return [record for _, record in sorted(made, key=lambda one: one[0])]


def _samples(records: Sequence[Record]) -> int:
    columns = (column for record in records for block in record.blocks for column in block.values)
    return sum(value is not None for column in columns for value in column)


def _bodies(records: Sequence[Record], size: int) -> list[list[Body]]:
    """The bodies of each host, in order, of `size` records each."""
    hosts: dict[str, list[Record]] = {}
    for record in records:
        hosts.setdefault(record.host, []).append(record)
    return [
        [(host, own[n].incarnation, b"".join(map(wire.encode, own[n : n + size]))) for n in range(0, len(own), size)]
        for host, own in hosts.items()
    ]


def _bare(url: str, records: Sequence[Record]) -> float:
    """Seconds of the same documents sent as ready bulk bodies, a few at once."""
    wipe(url)
    store = open_store(url, retention_days=3)
    store.append([Arrival(records[0], int(time.time() * 1000), 0)])
    plan = Plan(_all_fit)
    for place, record in enumerate(records[1:]):
        plan.add(place, Arrival(record, 0, 0), Oldest(0, 0))
    bodies = [b"".join(lines) for lines in bulk.bodies(line.data for line in plan.lines)]
    connection = Connection(url)

    def send(some: Sequence[bytes]) -> None:
        for body in some:
            params = {"filter_path": "errors"}
            assert connection.call("POST", "/_bulk", params=params, body=body)[1] == {"errors": False}

    took = _timed(send, [bodies[n::BARE_IN_FLIGHT] for n in range(BARE_IN_FLIGHT)])
    connection.close()
    store.close()
    return took


def _all_fit(_need: Need) -> frozenset[str]:
    return frozenset()


def _timed(work: Callable[[Sequence[bytes]], None], shares: Sequence[Sequence[bytes]]) -> float:
    threads = [threading.Thread(target=work, args=(share,)) for share in shares]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


def _through_http(url: str, shares: Sequence[Share]) -> float:
    """Seconds until an ingest node has answered every record stored."""
    wipe(url)
    with _ingest(url) as port:
        _post_all(port, [shares[0][0][:1]])  # the index is made
        threads = [threading.Thread(target=_post_all, args=(port, share)) for share in shares]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.perf_counter() - began


@contextmanager
def _ingest(url: str) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "cli", "ingest", "--bind", f"127.0.0.1:{port}", "--store", url]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: _is_ready(port), 30, "the ingest node")
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _is_ready(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False


def _post_all(port: int, hosts: Share) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    longest = max(map(len, hosts))
    for body in (own[n] for n in range(longest) for own in hosts if n < len(own)):
        _post(connection, body)
    connection.close()


def _post(connection: http.client.HTTPConnection, body: Body) -> None:
    host, incarnation, data = body
    while True:
        head = PostHeader(host=host, now_ms=int(time.time() * 1000), incarnation=incarnation, period_ms=1000)
        headers = {"Content-Type": wire.CONTENT_TYPE, wire.HEADER: wire.encode_header(head)}
        connection.request("POST", "/api/v1/records", data, headers)
        outcomes = wire.decode_answer(connection.getresponse().read()).outcomes
        if all(one.outcome != "retry" for one in outcomes):
            assert {one.outcome for one in outcomes} <= {"stored", "duplicate"}, outcomes[:3]
            return


def _sizes(url: str) -> list[Figure]:
    """Bytes a sample after a merge, by the template's own mapping, with both kinds of source."""
    found = {mode: _bytes_a_sample(url, mode) for mode in ("synthetic", "stored")}
    return [
        Figure(
            f"Elasticsearch, bytes a sample, {mode} source",
            f"{ours:.2f}",
            f"{bound}",
            ours <= bound,
            f"the other source: {found['stored' if mode == 'synthetic' else 'synthetic']:.2f}",
            f"{ours / bound:.2f} of the bound",
        )
        for (mode, ours), bound in zip(found.items(), (3, 9), strict=True)
    ]


def _bytes_a_sample(url: str, mode: str) -> float:
    wipe(url)
    made = _records(SIZE_HOSTS, SIZE_TICKS, 1)
    store = open_store(url, retention_days=3)
    for index in {at("raw", block.times[0]) for record in made for block in record.blocks}:
        body = template("raw")["template"]
        own = {
            "index.mapping.source.mode": mode,
            "index.store.stats_refresh_interval": "0s",
            "index.time_series": {"start_time": index.start_ms, "end_time": index.end_ms},
        }
        answer = ask(url, "PUT", f"/{index.name}", {"mappings": body["mappings"], "settings": body["settings"] | own})
        assert answer.get("acknowledged"), answer
    for n in range(0, len(made), 50):
        store.append([Arrival(record, int(time.time() * 1000), 0) for record in made[n : n + 50]])
    for call in ("_forcemerge?max_num_segments=1", "_refresh", "_flush"):
        ask(url, "POST", f"/tidegauge-raw-*/{call}", timeout=300)
    stats = ask(url, "GET", "/tidegauge-raw-*/_stats/store")
    store.close()
    return int(stats["_all"]["primaries"]["store"]["size_in_bytes"]) / _samples(made)


if __name__ == "__main__":
    sys.stdout.write(json.dumps([figure._asdict() for figure in rows()], indent=1) + "\n")
