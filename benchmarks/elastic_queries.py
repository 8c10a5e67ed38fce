"""Queries of the store in Elasticsearch, its request cache off; beside each its own searches sent bare, unread."""

from __future__ import annotations

import http.client
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from benchmarks.table import Figure
from tests.elasticsearch.server import any_server, ask, wipe
from tidegauge.metrics import parts as p
from tidegauge.metrics.fold import fold
from tidegauge.metrics.parts import Parts, Series
from tidegauge.metrics.records import Block, Column, Entity, MinuteBlock, Record
from tidegauge.metrics.steps import DAY, HOUR, MINUTE, SECOND
from tidegauge.queries.samples import How, Samples
from tidegauge.storage.base import Arrival
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.reader import Reader
from tidegauge.storage.elastic.reading import ElasticReading
from tidegauge.storage.open import open_store

BEGAN = 20_000 * DAY
INCARNATION = f"{BEGAN:013d}-00000000"
METRICS, DAYS = 40, 30
COLUMNS = [Column(f"metric.{m:02d}", "counter" if m < METRICS // 2 else "gauge") for m in range(METRICS)]
ASKED = [COLUMNS[m] for m in (1, 2, 30, 31)]
ROWS = 500

FEW = [f"host{i:02d}" for i in range(34)]
MANY = [f"fleet{i:04d}" for i in range(1_000)]


class Question(NamedTuple):
    """What is asked, and within how many milliseconds it shall be answered."""

    name: str
    bound_ms: int
    ask: Callable[[Reader], object]


def rows() -> list[Figure]:
    """122,400 rows of 34 hosts, 60,000 of 1,000 hosts and 86,400 minute rows of two; then the questions."""
    with any_server() as url:
        wipe(url)
        _fill(url)
        ask(url, "PUT", "/tidegauge-*/_settings", {"index.requests.cache.enable": False})
        ask(url, "POST", "/tidegauge-*/_forcemerge?max_num_segments=1")
        ask(url, "POST", "/tidegauge-*/_refresh")
        connection = _Noting(url)
        figures = [_figure(url, connection, question) for question in _questions()]
        figures.insert(1, _cached(url))
        connection.close()
        wipe(url)
    return figures


def _questions() -> list[Question]:
    end = BEGAN + MINUTE
    return [
        Question(
            "1 host, 4 metrics, 1 h by 10 s, cold",
            60,
            lambda reader: reader.parts(_series(FEW[3:4]), BEGAN, BEGAN + HOUR, 10 * SECOND),
        ),
        Question(
            "34 hosts, 1 metric, 1 h by 30 s, cold",
            200,
            lambda reader: reader.parts(_series(FEW, 1), BEGAN, BEGAN + HOUR, 30 * SECOND),
        ),
        Question(
            "latest of 1,000 hosts, 4 metrics: rows of 3 s",
            100,
            lambda reader: reader.parts(_series(MANY), end - 3 * SECOND, end, 0),
        ),
        Question(
            "1,000 hosts, 4 metrics, rows of 20 s",
            100,
            lambda reader: reader.parts(_series(MANY), end - 20 * SECOND, end, 0),
        ),
        Question(
            "1,000 hosts, 4 metrics, one minute",
            100,
            lambda reader: reader.parts(_series(MANY), BEGAN, end, MINUTE),
        ),
        Question(
            f"1 host, 4 metrics, {DAYS} d by 1 h of minute rows, cold",
            150,
            lambda reader: reader.parts(_series(FEW[:1]), BEGAN - DAYS * DAY, BEGAN, HOUR, tier="minute"),
        ),
        Question("entities of a day, 1,034 hosts, cold", 100, _entities),
    ]


def _entities(reader: Reader) -> object:
    reader.forget()
    return reader.entities(BEGAN, BEGAN + DAY)


def _series(hosts: list[str], count: int = len(ASKED)) -> list[Series]:
    return [Series(host, column.name, column.kind) for host in hosts for column in ASKED[:count]]


class _Noting(Connection):
    """A connection that notes what it asks."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.asked: list[tuple[str, bytes]] = []

    def read(self, path: str, body: bytes, decode: Any) -> Any:
        self.asked.append((path, body))
        return super().read(path, body, decode)


def _figure(url: str, connection: _Noting, question: Question) -> Figure:
    reader = Reader(connection)
    ours = _median_ms(lambda: question.ask(reader))
    connection.asked.clear()
    question.ask(reader)
    asked = list(connection.asked)
    server = http.client.HTTPConnection(urlsplit(url).netloc)
    bare = _median_ms(lambda: [_post(server, *one) for one in asked])
    server.close()
    return Figure(
        question.name,
        f"{ours:.0f} ms",
        f"{question.bound_ms} ms",
        ours <= question.bound_ms,
        f"its searches alone: {bare:.0f} ms",
        f"{ours / bare:.2f}",
    )


def _cached(url: str) -> Figure:
    """The first question again, from the tiles of a web node, folded as it is drawn."""
    store = ElasticReading(url)
    samples = Samples(store, 20 * SECOND)
    how = How(10 * SECOND, BEGAN + 2 * HOUR)

    def ask() -> None:
        parts = samples.parts(_series(FEW[3:4]), BEGAN, BEGAN + HOUR, how).parts
        fold(p.take(parts, _are(parts, "counter")), "rate")
        fold(p.take(parts, _are(parts, "gauge")), "avg")

    ours = _median_ms(ask)
    store.close()
    return Figure("1 host, 4 metrics, 1 h by 10 s, cached", f"{ours:.1f} ms", "5 ms", ours <= 5, "", "")


def _are(parts: Parts, kind: str) -> NDArray[np.bool_]:
    return np.array([key.kind == kind for key in parts.keys], bool)[parts.series]


def _post(server: http.client.HTTPConnection, path: str, body: bytes) -> None:
    server.request("POST", path, body, {"Content-Type": "application/x-ndjson"})
    server.getresponse().read()


def _median_ms(job: Callable[[], object], times: int = 15) -> float:
    def once() -> float:
        begun = time.perf_counter()
        job()
        return 1000 * (time.perf_counter() - begun)

    once()
    return statistics.median(once() for _ in range(times))


def _fill(url: str) -> None:
    store = open_store(url, retention_days=3, summary_days=90)
    arrivals = [
        *(Arrival(record, BEGAN + HOUR, 0) for host in FEW for record in _records(host, 3600)),
        *(Arrival(record, BEGAN + HOUR, 0) for host in MANY for record in _records(host, 60)),
        *(Arrival(record, BEGAN, 0) for host in FEW[:2] for record in _minutes(host)),
    ]
    for at in range(0, len(arrivals), 8):
        outcomes = {one.outcome for one in store.append(arrivals[at : at + 8])}
        assert outcomes == {"stored"}, outcomes
    store.close()


def _records(host: str, count: int) -> Iterator[Record]:
    """A row a second: counters that grow, gauges with two decimals."""
    random = np.random.default_rng(len(host) + int(host[-2:]))
    for begin in range(0, count, ROWS):
        times = [BEGAN + SECOND * second for second in range(begin, min(begin + ROWS, count))]
        counted = np.cumsum(random.integers(0, 1000, (METRICS // 2, len(times))), axis=1) + 10**6 * begin
        drawn = np.round(random.random((METRICS // 2, len(times))) * 100, 2)
        values = [*counted.astype(float).tolist(), *drawn.tolist()]
        block = Block("host", [_entity(host)], COLUMNS, [0] * len(times), times, values)
        yield Record(host=host, incarnation=INCARNATION, seq=begin, blocks=[block])


def _minutes(host: str) -> Iterator[Record]:
    """Minute rows of the days before, of the metrics that are asked for."""
    for day in range(DAYS):
        times = [BEGAN - (day + 1) * DAY + MINUTE * minute for minute in range(DAY // MINUTE)]
        many = range(len(times))
        values: list[list[list[float] | None]] = [
            [[60, 60.0 * i, 60.0 * i + 59, 1.0, 1.0] if column.kind == "counter" else [60, 1.5, i / 4, 30.0 * i, 2.25]
             for i in many] for column in ASKED
        ]  # fmt: skip
        ends = [time_ms + 59 * SECOND for time_ms in times]
        block = MinuteBlock("host", [_entity(host)], ASKED, [0] * len(times), times, ends, [60] * len(times), values)
        yield Record(host=host, incarnation=INCARNATION, seq=10_000 + day, minutes=[block])


def _entity(host: str) -> Entity:
    return Entity(host, "host", "boot", 1000, {"host.id": host, "host.name": f"{host}.example", "fleet": "default"})
