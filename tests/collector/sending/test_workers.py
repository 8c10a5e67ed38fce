"""A few threads that many senders share."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from collector.sending.transport import Connections
from collector.sending.workers import Job, Lanes, Workers, lanes

PATIENCE_SECONDS = 10


@pytest.fixture
def workers() -> Iterator[Workers]:
    """Two threads at most."""
    made = Workers(2, "test")
    yield made
    made.close(PATIENCE_SECONDS)


def hand_in(workers: Workers, job: Job) -> None:
    """Hand a job in as soon as a thread is free."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not workers.try_run(job):
        assert time.monotonic() < until


def test_at_most_so_many_at_once(workers: Workers) -> None:
    """When all threads are busy a job is not taken; it is when one is free again."""
    release, done = threading.Event(), threading.Semaphore(0)

    def job(_connections: Connections) -> None:
        release.wait(PATIENCE_SECONDS)
        done.release()

    assert [workers.try_run(job) for _ in range(3)] == [True, True, False]
    release.set()
    hand_in(workers, job)
    assert all(done.acquire(timeout=PATIENCE_SECONDS) for _ in range(3))


def test_one_after_the_other_on_one_thread() -> None:
    """A thread serves one job after the other, with the same connections."""
    workers = Workers(1, "test")
    seen: list[tuple[int, Connections]] = []
    for _ in range(3):
        hand_in(workers, lambda connections: seen.append((threading.get_ident(), connections)))
    workers.close(PATIENCE_SECONDS)
    assert (len(seen), len(set(seen))) == (3, 1)


def test_closed(workers: Workers) -> None:
    """After close no job is taken and the threads end."""
    workers.try_run(lambda _connections: None)
    workers.close(PATIENCE_SECONDS)
    assert not workers.try_run(lambda _connections: None)


@pytest.mark.parametrize(("senders", "live", "resend"), [(1, 4, 1), (3, 12, 3), (5000, 64, 8)])
def test_lanes(senders: int, live: int, resend: int) -> None:
    """One sender has all the threads it may use; many share a bounded number."""
    made: Lanes = lanes(senders)
    assert (made.live.size, made.resend.size) == (live, resend)
    made.close()
