"""The collector around its queue on disk: outages and kills, against a real server."""

from __future__ import annotations

import logging
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from collector import status
from tests.e2e.outage import MovedClock, Simulated, missing, on_disk
from tests.e2e.programs import Up, eventually
from tidegauge.metrics import gaps
from tidegauge.metrics.parts import Series
from tidegauge.metrics.steps import MINUTE
from tidegauge.storage.open import open_store

log = logging.getLogger(__name__)

ALL = (0, 1 << 50)
LIVE_MS = 2000
HOST = "killed"
INTERVAL_MS = 100


@pytest.mark.processes
def test_a_short_outage(tmp_path: Path) -> None:
    """Four minutes without a server, at the usual pace."""
    outage(tmp_path, 240, a_second=100, patience=60)


@pytest.mark.processes
@pytest.mark.soak
def test_a_day_of_outage(tmp_path: Path) -> None:
    """86,400 ticks without a server, then everything while new records go on."""
    outage(tmp_path, 86_400, a_second=1000, patience=1200)


def outage(folder: Path, seconds: int, a_second: int, patience: float) -> None:
    """A host measures, its server goes, comes back after so long: new records are there within two seconds
    all the way, and in the end all rows and all their minute rows, once."""
    up = Up(folder)
    clock = MovedClock(-1000 * min(seconds, 80_000))  # no server takes records of a clock that is a day off
    collector = Simulated(folder / "queue", [up.url], clock, containers=2, a_second=a_second)
    try:
        up.start()
        collector.run()
        eventually(lambda: len(collector.spool.taken) > 3 and collector.spool.held().count == 0, 20, "first records")
        collector.pause()
        up.stop()
        collector.pass_time(seconds)
        assert collector.spool.held().count > seconds - 5
        up.start()
        collector.spool.watch()
        begun = time.monotonic()
        collector.run()
        collector.drain(patience)
        lags = sorted(collector.spool.lags_ms)
        log.info("drained in %.1f s, live at most %s ms behind", time.monotonic() - begun, lags[-5:])
    finally:
        collector.close()
        up.close()
    assert collector.spool.given_up == []
    check_store(folder, collector)
    assert lags[-1] <= LIVE_MS


@pytest.mark.processes
def test_killed_at_random_moments(tmp_path: Path) -> None:
    """Six kills, some of them without a server."""
    kills(tmp_path, 6)


@pytest.mark.processes
@pytest.mark.soak
def test_killed_again_and_again(tmp_path: Path) -> None:
    """Ninety kills."""
    kills(tmp_path, 90)


def kills(folder: Path, count: int) -> None:
    """kill -9 of the real collector: each row that its queue had taken is in the store once, each hole is claimed,
    and the minute rows of each life hold all of its rows."""
    chance, state = random.Random(count), folder / "killed"
    up = Up(folder)
    taken: set[tuple[str, int]] = set()
    try:
        up.start()
        for number in range(count):
            if number % 6 == 2:
                up.stop()
            with collector(up, state) as process:
                PAUSE.wait(chance.uniform(0.3, 1.5))
                process.kill()
            taken |= {(row.incarnation, row.time_ms) for row in on_disk(state / "spool") if row.entity.kind == "host"}
            if number % 6 == 4:
                up.start()
        with collector(up, state) as process:
            eventually(lambda: is_drained(state, process.pid), 60, "the end of the backlog")
    finally:
        up.close()
    assert len(taken) > count
    check_lives(folder, taken)


PAUSE = threading.Event()


@contextmanager
def collector(up: Up, state: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The real collector as a host of its own, stopped in the end if it still runs."""
    told = {"TIDEGAUGE_HOST_ID": HOST, "TIDEGAUGE_STATE": str(state), "TIDEGAUGE_INTERVAL_MS": str(INTERVAL_MS)}
    command = [sys.executable, "-m", "collector", "run", "--ingest", up.url]
    with (up.folder / "killed.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **told})
        try:
            yield process
        finally:
            process.terminate()
            process.wait(10)


def is_drained(state: Path, pid: int) -> bool:
    """Whether nothing but the newest records waits, by the status of a process."""
    found = status.read(str(state))
    return found is not None and found.pid == pid and bool(found.outcomes) and found.queue.count < 5


def check_lives(folder: Path, taken: set[tuple[str, int]]) -> None:
    """The oracle of the kills."""
    series = [Series(HOST, "system.uptime", "gauge")]
    store = open_store(f"embedded:{folder}/var", retention_days=3)
    try:
        raw = store.parts(series, *ALL, 0)
        minutes = store.parts(series, *ALL, MINUTE, tier="minute")
        claimed = gaps.claims(stored.event for stored in store.events(*ALL) if stored.host == HOST)
    finally:
        store.close()
    names = [raw.incarnations[place] for place in raw.incarnation.tolist()]
    stored = list(zip(names, raw.bucket.tolist(), strict=True))
    assert len(set(stored)) == len(stored)
    assert taken - set(stored) == set()
    summed: Counter[str] = Counter()
    for place, rows in zip(minutes.incarnation.tolist(), minutes.count.tolist(), strict=True):
        summed[minutes.incarnations[place]] += rows
    assert summed == Counter(names)
    for before, after in pairwise(sorted(raw.bucket.tolist())):
        hole = after - before > 1.5 * INTERVAL_MS
        assert not hole or any(claim.from_ms < after and before < claim.to_ms for claim in claimed)


def check_store(folder: Path, collector: Simulated) -> None:
    """The oracle: each row that was measured is in the store once, and so are the minute rows of them."""
    expected = list(collector.spool.taken.values())
    series = [Series(collector.host, "system.uptime", "gauge")]
    store = open_store(f"embedded:{folder}/var", retention_days=3)
    try:
        raw = store.parts(series, *ALL, 0)
        minutes = store.parts(series, *ALL, MINUTE, tier="minute")
    finally:
        store.close()
    assert missing(expected, raw.bucket.tolist()) == ([], [])
    counts: dict[int, int] = {}
    for time_ms in expected:
        counts[time_ms - time_ms % MINUTE] = counts.get(time_ms - time_ms % MINUTE, 0) + 1
    assert dict(zip(minutes.bucket.tolist(), minutes.count.tolist(), strict=True)) == counts
