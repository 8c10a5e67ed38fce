"""Ingest through HTTP into the embedded store, beside the same records appended without HTTP."""

from __future__ import annotations

import http.client
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.table import Figure
from tests.e2e.programs import Up, running
from tidegauge.metrics import catalogue, incarnations, wire
from tidegauge.metrics.records import Block, Column, Entity, Record
from tidegauge.metrics.wire import PostHeader
from tidegauge.storage.base import Arrival
from tidegauge.storage.open import open_store

CLIENTS = 2
LARGE = 60
TICKS = 6_000
HOSTS = 200
KINDS = {"host": 1, "disk": 2, "network": 2, "filesystem": 2, "processes": 1}


def rows() -> list[Figure]:
    """Large records by samples a second, one-tick records by records a second."""
    return [_large(), _ticks()]


def _large() -> Figure:
    records = [_record(n, ticks=2_000) for n in range(LARGE)]
    samples = sum(len(b.times) * len(b.columns) for r in records for b in r.blocks)
    ours, bare = samples / _through_http(records), samples / _appended(records)
    name = "embedded ingest through HTTP, large records"
    bound = "≥ 500,000 samples/s"
    return Figure(
        name, f"{ours:,.0f} samples/s", bound, ours >= 500_000, f"append alone {bare:,.0f}", f"{ours / bare:.2f}"
    )


def _ticks() -> Figure:
    records = [_tick(n) for n in range(TICKS)]
    ours, bare = len(records) / _through_http(records, clients=HOSTS), len(records) / _appended(records)
    name = f"embedded ingest through HTTP, one-tick records of {HOSTS} hosts"
    bound = "≥ 500 records/s"
    return Figure(name, f"{ours:,.0f} records/s", bound, ours >= 500, f"append alone {bare:,.0f}", f"{ours / bare:.2f}")


def _record(n: int, ticks: int) -> Record:
    """A record of so many rows of a host, with every metric that the catalogue has for hosts."""
    host, begin = f"bench-{n % HOSTS:03d}", int(time.time() * 1000) - 7_200_000 + (n // HOSTS) * ticks * 1000
    return Record(host=host, incarnation=_incarnation(), seq=n, blocks=[_block(host, "host", 1, begin, ticks)])


def _tick(n: int) -> Record:
    """What a host sends each second: a row of itself and of each of its devices."""
    host, begin = f"bench-{n % HOSTS:03d}", int(time.time() * 1000) - 3_600_000 + (n // HOSTS) * 1000
    blocks = [_block(host, kind, count, begin, 1) for kind, count in KINDS.items()]
    return Record(host=host, incarnation=_incarnation(), seq=n, blocks=blocks)


def _block(host: str, kind: str, entities: int, begin: int, ticks: int) -> Block:
    metrics = [row for row in catalogue.catalogue().values() if row.entity == kind]
    ids = [host] if kind == "host" and entities == 1 else [f"{host}:{kind}:{e}" for e in range(entities)]
    size = entities * ticks
    return Block(
        kind=kind,
        entities=[
            Entity(name, kind, "boot", 1000, {"host.id": host, "host.name": host, "fleet": "bench"}) for name in ids
        ],
        columns=[Column(row.name, row.kind) for row in metrics],
        entity=[r % entities for r in range(size)],
        times=[begin + 1000 * (r // entities) for r in range(size)],
        values=[[float(r * (c + 1) % 9973) for r in range(size)] for c in range(len(metrics))],
    )


_DRAWN = incarnations.new(int(time.time() * 1000))


def _incarnation() -> str:
    return _DRAWN


def _through_http(records: Sequence[Record], clients: int = CLIENTS) -> float:
    """Seconds until every record is answered stored."""
    bodies = [(record.host, wire.encode(record)) for record in records]
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as up:
        shares = [bodies[n::clients] for n in range(clients)]  # a host's records go over one connection
        threads = [threading.Thread(target=_post_all, args=(up, share)) for share in shares]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.perf_counter() - began


def _post_all(up: Up, bodies: Sequence[tuple[str, bytes]]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", up.port, timeout=30)
    for host, body in bodies:
        head = PostHeader(host=host, now_ms=int(time.time() * 1000), incarnation=_incarnation(), period_ms=1000)
        headers = {"Content-Type": wire.CONTENT_TYPE, wire.HEADER: wire.encode_header(head)}
        outcome = "retry"
        while outcome == "retry":
            connection.request("POST", "/api/v1/records", body, headers)
            outcome = wire.decode_answer(connection.getresponse().read()).outcomes[0].outcome
        assert outcome in ("stored", "duplicate"), outcome
    connection.close()


def _appended(records: Sequence[Record]) -> float:
    """Seconds to append the same records in groups, without HTTP or decoding."""
    now = int(time.time() * 1000)
    arrivals = [Arrival(record, now, 0) for record in records]
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"embedded:{folder}", retention_days=3)
        began = time.perf_counter()
        for n in range(0, len(arrivals), 20):
            store.append(arrivals[n : n + 20])
        took = time.perf_counter() - began
        store.close()
    return took
