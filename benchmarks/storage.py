"""The embedded store alone: appends of large and of one-tick records, a query, bytes a sample after a day."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from benchmarks.table import Figure
from tidegauge.metrics.catalogue import catalogue
from tidegauge.metrics.parts import Series
from tidegauge.metrics.records import Block, Column, Entity, Record
from tidegauge.metrics.steps import DAY, HOUR
from tidegauge.storage.base import Arrival, Store
from tidegauge.storage.open import open_store

HOSTS, SECONDS, METRICS = 100, 4500, 40
ROWS_A_RECORD, RECORDS_A_COMMIT = 500, 20
BEGAN = 20_000 * DAY
INCARNATION = f"{BEGAN:013d}-00000000"
COLUMNS = [Column(f"metric.{m:02d}", "counter" if m < METRICS // 2 else "gauge") for m in range(METRICS)]

TICK = (("host", 1), ("disk", 2), ("network", 2), ("container", 2), ("processes", 1))
GROUPS = (20, 50)

Values = NDArray[np.float64]


def rows() -> list[Figure]:
    """18 million samples of 100 hosts, appended, queried, sealed and queried again; then one-tick records."""
    with tempfile.TemporaryDirectory() as folder:
        figures = _large(Path(folder))
    for group in GROUPS:
        with tempfile.TemporaryDirectory() as folder:
            figures.append(_ticks(Path(folder), group))
    return figures


def _large(folder: Path) -> list[Figure]:
    values = _values()
    store = open_store(f"embedded:{folder}/store", retention_days=3)
    ours = HOSTS * SECONDS * METRICS / _append_all(store, values)
    bare = HOSTS * SECONDS * METRICS / _insert_all(folder / "bare.duckdb", values)
    figures = [
        Figure(
            "store, records of 500 rows × 40",
            f"{ours / 1e6:.2f} M samples/s",
            "0.50 M",
            ours >= 500_000,
            f"bare insert of the same arrays: {bare / 1e6:.2f} M",
            f"{ours / bare:.2f}",
        ),
        _query(store, "hot", folder),
    ]
    begun = time.perf_counter()
    store.retain(BEGAN + 2 * DAY)
    sealing = time.perf_counter() - begun
    sealed = sum(path.stat().st_size for path in (folder / "store/samples").glob("*/*")) / (HOSTS * SECONDS * METRICS)
    doubles = _sorted_bytes(folder / "bare.duckdb", folder / "sorted.duckdb") / (HOSTS * SECONDS * METRICS)
    figures += [
        Figure(
            "bytes a sample after a day closes",
            f"{sealed:.2f} ({sealing:.1f} s to seal)",
            "3.00",
            sealed <= 3,
            f"DuckDB's own file, sorted: {doubles:.2f}",
            f"{sealed / doubles:.2f}",
        ),
        _query(store, "sealed", folder),
    ]
    store.close()
    return figures


def _values() -> Values:
    """metrics × seconds × hosts. Counters grow by whole numbers or hundredths, gauges change now and then."""
    random = np.random.default_rng(1)
    values = np.empty((METRICS, SECONDS, HOSTS))
    for m in range(METRICS // 2):
        grown = np.cumsum(random.integers(0, 10 ** (1 + m % 5), (SECONDS, HOSTS)), axis=0)
        values[m] = grown / 100 if m % 4 == 0 else grown + 10**9
    for m in range(METRICS // 2, METRICS):
        drawn = np.round(random.random((SECONDS, HOSTS)) * 100, 2)
        changes = random.random((SECONDS, HOSTS)) < 0.3
        changes[0] = True
        since = np.maximum.accumulate(np.where(changes, np.arange(SECONDS)[:, None], 0), axis=0)
        values[m] = np.take_along_axis(drawn, since, axis=0)
    return values


def _records(values: Values) -> Iterator[list[Arrival]]:
    """Commits of many hosts' records, in the order of time."""
    for begin in range(0, SECONDS, ROWS_A_RECORD):
        for host in range(0, HOSTS, RECORDS_A_COMMIT):
            yield [_arrival(values, h, begin) for h in range(host, host + RECORDS_A_COMMIT)]


def _arrival(values: Values, host: int, begin: int) -> Arrival:
    times = [BEGAN + 1000 * second for second in range(begin, begin + ROWS_A_RECORD)]
    block = Block(
        "host",
        [_entity(host)],
        COLUMNS,
        [0] * ROWS_A_RECORD,
        times,
        values[:, begin : begin + ROWS_A_RECORD, host].tolist(),
    )
    record = Record(host=f"host{host}", incarnation=INCARNATION, seq=begin, blocks=[block])
    return Arrival(record, times[-1] + 1000, 0)


def _entity(host: int) -> Entity:
    name = f"host{host}"
    return Entity(name, "host", "boot", 1000, {"host.id": name, "host.name": name, "fleet": "default"})


def _append_all(store: Store, values: Values) -> float:
    """Seconds of all appends; the making of records does not count."""
    seconds = 0.0
    for arrivals in _records(values):
        begun = time.perf_counter()
        store.append(arrivals)
        seconds += time.perf_counter() - begun
    return seconds


def _insert_all(path: Path, values: Values) -> float:
    """The same rows in the same commits, as arrays, into one bare table."""
    connection = duckdb.connect(str(path))
    columns = ", ".join(f'"{column.name}" DOUBLE' for column in COLUMNS)
    connection.execute(f"CREATE TABLE host (origin INTEGER, time BIGINT, received BIGINT, {columns})")
    seconds = 0.0
    for begin in range(0, SECONDS, ROWS_A_RECORD):
        for host in range(0, HOSTS, RECORDS_A_COMMIT):
            span, hosts = slice(begin, begin + ROWS_A_RECORD), slice(host, host + RECORDS_A_COMMIT)
            count = ROWS_A_RECORD * RECORDS_A_COMMIT
            arrays = {
                "origin": np.repeat(np.arange(host, host + RECORDS_A_COMMIT), ROWS_A_RECORD),
                "time": np.tile(BEGAN + 1000 * np.arange(begin, begin + ROWS_A_RECORD), RECORDS_A_COMMIT),
                "received": np.ma.masked_all(count, np.int64),
            }
            arrays |= {f"v{m}": values[m, span, hosts].T.reshape(-1) for m in range(METRICS)}
            begun = time.perf_counter()
            connection.execute("INSERT INTO host SELECT * FROM arrays")
            seconds += time.perf_counter() - begun
    connection.close()
    return seconds


def _sorted_bytes(path: Path, into: Path) -> int:
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"ATTACH '{into}' AS sorted")
        connection.execute("CREATE TABLE sorted.host AS SELECT * FROM host ORDER BY origin, time")
        connection.execute("CHECKPOINT sorted")
    return into.stat().st_size


def _query(store: Store, where: str, folder: Path) -> Figure:
    """One host, 4 metrics, 1 h, step 10 s; beside it the same rows by bare SQL, not aggregated."""
    series = [Series("host42", f"metric.{m:02d}", "gauge" if m > 19 else "counter") for m in (1, 5, 25, 30)]
    start = BEGAN + 600_000
    ours = _median_ms(lambda: store.parts(series, start, start + HOUR, 10_000))
    names = ", ".join(f'"{key.metric}"' for key in series)
    with duckdb.connect(str(folder / "bare.duckdb")) as connection:
        sql = f"SELECT time, {names} FROM host WHERE origin = 42 AND time >= {start} AND time < {start + HOUR}"
        bare = _median_ms(lambda: connection.execute(sql).fetchnumpy())
    return Figure(
        f"query of 1 h of 18 M {where} samples",
        f"{ours:.1f} ms",
        "10 ms",
        ours <= 10,
        f"its rows by bare SQL: {bare:.1f} ms",
        f"{ours / bare:.1f}",
    )


def _median_ms(job: Callable[[], object], times: int = 30) -> float:
    def once() -> float:
        begun = time.perf_counter()
        job()
        return 1000 * (time.perf_counter() - begun)

    return statistics.median(once() for _ in range(times))


def _ticks(folder: Path, group: int, commits: int = 200) -> Figure:
    """One-tick records of 8 rows of 5 kinds from as many hosts as a group has."""
    store = open_store(f"embedded:{folder}", retention_days=3)
    batches = [[_tick(host, second) for host in range(group)] for second in range(commits)]
    store.append(batches[0])
    begun = time.perf_counter()
    for arrivals in batches[1:]:
        store.append(arrivals)
    ours = group * (commits - 1) / (time.perf_counter() - begun)
    store.close()
    bare = group / _bare_commit_seconds(folder / "bare.duckdb", group)
    return Figure(
        f"one-tick records, groups of {group}",
        f"{ours:.0f}/s",
        "1500/s",
        ours >= 1500,
        f"bare inserts of the same sizes: {bare:.0f}/s",
        f"{ours / bare:.2f}",
    )


def _names(kind: str) -> list[str]:
    return [metric.name for metric in catalogue().values() if metric.entity == kind]


def _tick(host: int, second: int) -> Arrival:
    time_ms = BEGAN + 1000 * second
    name = f"host{host}"
    blocks = []
    for kind, count in TICK:
        entities = [Entity(f"{name}:{kind}:{i}", kind, "boot", 1000, _entity(host).attributes) for i in range(count)]
        columns = [Column(metric, "gauge") for metric in _names(kind)]
        values = [[float(host + second + i) for i in range(count)] for _ in columns]
        blocks.append(Block(kind, entities, columns, list(range(count)), [time_ms] * count, values))
    return Arrival(Record(host=name, incarnation=INCARNATION, seq=second, blocks=blocks), time_ms + 100, 0)


def _bare_commit_seconds(path: Path, group: int, commits: int = 200) -> float:
    connection = duckdb.connect(str(path))
    sizes = {kind: (len(_names(kind)), count * group) for kind, count in TICK}
    for kind, (metrics, _) in sizes.items():
        columns = ", ".join(f"v{m} DOUBLE" for m in range(metrics))
        connection.execute(f"CREATE TABLE {kind} (origin INTEGER, time BIGINT, {columns})")
    begun = time.perf_counter()
    for _ in range(commits):
        connection.execute("BEGIN")
        for kind, (metrics, count) in sizes.items():
            arrays = {"origin": np.arange(count), "time": np.arange(count)}
            arrays |= {f"v{m}": np.ones(count) for m in range(metrics)}
            connection.execute(f"INSERT INTO {kind} SELECT * FROM arrays")
        connection.execute("COMMIT")
    seconds = (time.perf_counter() - begun) / commits
    connection.close()
    return seconds
