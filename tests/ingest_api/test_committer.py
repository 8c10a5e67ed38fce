"""Group commit."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from ingest_api import breaker
from ingest_api.committer import BUSY, MAX_ROWS, NO_ANSWER, SLOW, Committer
from ingest_api.congestion import LEAST_ROWS
from tests.e2e.programs import eventually
from tests.rows import NOW, record
from tidegauge.metrics.wire import Outcome
from tidegauge.storage.base import Arrival, StoreUnavailableError


class ScriptedStore:
    """A store whose appends wait for a gate and can fail, as a real one does only in trouble."""

    def __init__(self, writers: int = 1) -> None:
        self.writers = writers
        self.refresh_ms = 0
        self.groups: list[int] = []
        self.gate = threading.Event()
        self.entered = threading.Semaphore(0)
        self.failing = False
        self.retried: set[int] = set()

    def append(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
        self.entered.release()
        self.gate.wait(10)
        self.groups.append(len(arrivals))
        if self.failing:
            raise StoreUnavailableError("down", "start it")
        return [self._outcome(one.record.incarnation, one.record.seq) for one in arrivals]

    def _outcome(self, incarnation: str, seq: int) -> Outcome:
        return Outcome(incarnation, seq, "retry" if seq in self.retried else "stored")


def arrival(seq: int, rows: int = 1) -> Arrival:
    times = [NOW + n for n in range(rows)]
    return Arrival(record(times, {"gauge": [1.0] * rows}, seq=seq), NOW, 0)


@contextmanager
def committing(store: ScriptedStore, **options: Any) -> Iterator[Committer]:
    """A committer that is closed in the end; what it waits for goes on then."""
    made = Committer(store, **options)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        store.gate.set()
        made.close()


def submit(committer: Committer, seq: int, rows: int = 1, size_bytes: int = 0) -> str:
    """What becomes of one record: its outcome, or why it has to come again."""
    (outcome,) = committer.submit([arrival(seq, rows)], size_bytes)
    assert outcome.seq == seq
    return outcome.reason or outcome.outcome


class Posts:
    """Requests, each in a thread of its own; their outcomes, or why not, by sequence."""

    def __init__(self, committer: Committer) -> None:
        self.answers: dict[int, str] = {}
        self._committer = committer
        self._threads: list[threading.Thread] = []

    def submit(self, *seqs: int, rows: int = 1, size_bytes: int = 0) -> None:
        for seq in seqs:
            self._threads.append(threading.Thread(target=self._work, args=(seq, rows, size_bytes)))
            self._threads[-1].start()

    def _work(self, seq: int, rows: int, size_bytes: int) -> None:
        self.answers[seq] = submit(self._committer, seq, rows, size_bytes)

    def wait(self) -> dict[int, str]:
        for thread in self._threads:
            thread.join(10)
        return self.answers


def are_waiting(committer: Committer, count: int) -> None:
    eventually(lambda: committer.progress().waiting == count, what=f"{count} that wait")


def test_what_waits_while_a_commit_runs_is_one_group() -> None:
    """Requests that come during an append share the next one, each with its own outcome."""
    store = ScriptedStore()
    with committing(store) as committer:
        posts = Posts(committer)
        posts.submit(0)
        assert store.entered.acquire(timeout=5)
        posts.submit(*range(1, 6))
        are_waiting(committer, 5)
        store.gate.set()
        assert posts.wait() == dict.fromkeys(range(6), "stored")
        assert store.groups == [1, 5]


def test_a_store_that_takes_several_appends_gets_several() -> None:
    """As many as it says at once, and each smaller."""
    store = ScriptedStore(writers=3)
    with committing(store, gather_seconds=0) as committer:
        posts = Posts(committer)
        for seq in range(3):
            posts.submit(seq)
            assert store.entered.acquire(timeout=5)
        posts.submit(3)
        are_waiting(committer, 1)
        store.gate.set()
        assert posts.wait() == dict.fromkeys(range(4), "stored")
        assert store.groups == [1, 1, 1, 1]


def test_a_group_has_so_many_rows() -> None:
    """What is over goes into the next, but a record is never split."""
    store = ScriptedStore(writers=2)
    with committing(store) as committer:
        posts = Posts(committer)
        for seq in range(2):
            posts.submit(seq)
            assert store.entered.acquire(timeout=5)
        posts.submit(2, 3, 4, rows=6_000)
        are_waiting(committer, 3)
        store.gate.set()
        posts.wait()
        assert sorted(store.groups) == [1, 1, 1, 2]


def test_where_rows_are_seen_late_more_is_gathered() -> None:
    """But no longer than until there is enough for an append."""
    store = ScriptedStore(writers=20)
    store.refresh_ms = 40_000
    store.gate.set()
    with committing(store) as committer:
        posts = Posts(committer)
        posts.submit(*range(4), rows=250)
        assert posts.wait() == dict.fromkeys(range(4), "stored")
        assert store.groups == [4]


def test_a_slow_store_is_answered_in_time() -> None:
    """What is under way within the wait is to be sent again, though it may yet be stored; the rest is let go."""
    store = ScriptedStore()
    with committing(store, wait_seconds=0.2) as committer:
        posts = Posts(committer)
        posts.submit(0)
        assert store.entered.acquire(timeout=5)
        posts.submit(1)
        assert posts.wait() == {0: SLOW, 1: SLOW}
        assert committer.progress().waiting == 0
    assert store.groups == [1]


def test_what_comes_again_is_given_to_the_store_once() -> None:
    """While it is on its way its sender waits for that; what landed since is answered at once, beside new
    records: a store that is slow is not asked for the same again and again."""
    store = ScriptedStore()
    with committing(store, wait_seconds=0.2) as committer:
        first = [arrival(seq) for seq in range(3)]
        assert [one.reason for one in committer.submit(first)] == [SLOW] * 3
        assert [one.reason for one in committer.submit(first[:2])] == [SLOW] * 2
        posts = Posts(committer)
        posts.submit(2)
        store.gate.set()
        assert posts.wait() == {2: "stored"}
        again = committer.submit([*first, arrival(3)])
        assert [(one.seq, one.outcome) for one in again] == [(seq, "stored") for seq in range(4)]
        assert store.groups == [3, 1]


def test_a_store_that_does_nothing_is_down() -> None:
    """After one wait the others fail at once; when it goes on they are taken."""
    store = ScriptedStore()
    with committing(store, wait_seconds=0.2) as committer:
        posts = Posts(committer)
        posts.submit(0)
        posts.wait()
        assert submit(committer, 1) == NO_ANSWER
        assert committer.progress().failure == NO_ANSWER
        store.gate.set()
        eventually(lambda: committer.progress().failure == "", what="the store")
        assert submit(committer, 2) == "stored"


def test_only_so_many_wait() -> None:
    """Past the bound a request does not wait at all."""
    store = ScriptedStore()
    with committing(store, max_waiting=2) as committer:
        posts = Posts(committer)
        posts.submit(0)
        assert store.entered.acquire(timeout=5)
        posts.submit(1, 2)
        are_waiting(committer, 2)
        assert submit(committer, 3) == BUSY
        store.gate.set()
        posts.wait()


def test_only_so_many_bytes_wait() -> None:
    """But one request may, however long: it would never be taken else."""
    store = ScriptedStore()
    with committing(store, max_waiting_bytes=100) as committer:
        posts = Posts(committer)
        posts.submit(0, size_bytes=900)
        assert store.entered.acquire(timeout=5)
        posts.submit(1, size_bytes=900)
        are_waiting(committer, 1)
        assert committer.progress().waiting_bytes == 900
        assert submit(committer, 2, size_bytes=1) == BUSY
        store.gate.set()
        assert posts.wait() == {0: "stored", 1: "stored"}
        assert committer.progress().waiting_bytes == 0


def test_a_backlog_finds_half_of_the_room() -> None:
    """As much as may wait beside what is new; what is on its way already is to be read."""
    store = ScriptedStore()
    with committing(store) as committer:
        assert not committer.is_behind
        assert committer.refusal(arrival(9), MAX_ROWS) == ""
        posts = Posts(committer)
        posts.submit(0)
        assert store.entered.acquire(timeout=5)
        posts.submit(1, rows=100)
        are_waiting(committer, 1)
        assert committer.is_behind
        assert [committer.refusal(arrival(9), n) for n in (MAX_ROWS // 2 - 100, MAX_ROWS // 2)] == ["", BUSY]
        assert committer.refusal(arrival(0), MAX_ROWS) == ""
        store.gate.set()
        assert posts.wait() == {0: "stored", 1: "stored"}


def test_why_the_store_is_down_is_said_before_that_it_is_busy() -> None:
    """What waits beyond the bound meanwhile is told the cause."""
    store = ScriptedStore()
    with committing(store, max_waiting=1) as committer:
        posts = Posts(committer)
        posts.submit(0)
        assert store.entered.acquire(timeout=5)
        posts.submit(1)
        are_waiting(committer, 1)
        committer._breaker.failed("down", 1000 * time.monotonic())
        assert committer.refusal(arrival(2), 1) == submit(committer, 2) == "down"
        store.gate.set()
        posts.wait()


@pytest.mark.slow
def test_while_the_store_is_down_requests_fail_at_once() -> None:
    """All of the group, then whoever comes, but for one that tries; when it is back commits go on."""
    store = ScriptedStore()
    store.gate.set()
    store.failing = True
    with committing(store) as committer:
        assert submit(committer, 0) == "down"
        assert {submit(committer, 0) for _ in range(20)} == {"down; start it"}
        assert store.groups == [1]
        store.failing = False
        eventually(lambda: submit(committer, 0) == "stored", breaker.PAUSE_MS / 1000 + 1, "the store")
        assert committer.progress().failure == ""


def test_it_counts_what_it_does() -> None:
    """Records that were settled and that have to come again, and how long an append takes."""
    store = ScriptedStore()
    store.gate.set()
    store.retried = {1, 2}
    with committing(store) as committer:
        outcomes = committer.submit([arrival(seq) for seq in range(5)])
        assert [one.outcome for one in outcomes] == ["stored", "retry", "retry", "stored", "stored"]
        store.failing = True
        committer.submit([arrival(5), arrival(6)])
        progress = committer.progress()
        assert (progress.records, progress.retried, progress.waiting) == (3, 4, 0)
        assert 0 <= progress.commit_ms < 1_000


def test_closing_commits_what_waits_and_takes_no_more() -> None:
    """A node that is told to stop has answered everyone."""
    store = ScriptedStore(writers=2)
    with committing(store) as committer:
        posts = Posts(committer)
        for seq in range(2):
            posts.submit(seq)
            assert store.entered.acquire(timeout=5)
        posts.submit(2, 3)
        are_waiting(committer, 2)
        store.gate.set()
        committer.close()
        assert posts.wait() == dict.fromkeys(range(4), "stored")
        assert not committer.alive
        assert submit(committer, 4) == BUSY


@pytest.mark.slow
def test_a_store_that_was_too_slow_gets_less_at_once() -> None:
    """So much that it may be done in time; what is more does not wait in vain."""
    store = ScriptedStore(writers=2)
    with committing(store, wait_seconds=1.0) as committer:
        assert submit(committer, 0, rows=2 * LEAST_ROWS) == SLOW
        store.gate.set()
        eventually(lambda: committer.progress().failure == "", what="the store")
        store.gate.clear()
        posts = Posts(committer)
        for seq in (1, 2):
            posts.submit(seq, rows=LEAST_ROWS)
            are_waiting(committer, seq - 1)
        assert submit(committer, 3, rows=LEAST_ROWS) == BUSY
        store.gate.set()
        assert posts.wait() == {1: "stored", 2: "stored"}
        assert submit(committer, 3) == "stored"
        assert store.groups == [1, 1, 1, 1]


def test_a_request_given_up_while_others_are_gathered_ends_no_writer() -> None:
    """The thread that finds nothing left waits for the next."""
    store = ScriptedStore()
    store.gate.set()
    with committing(store, wait_seconds=0.001, gather_seconds=5) as committer:
        assert submit(committer, 0) == SLOW
        with pytest.raises(AssertionError):
            eventually(lambda: not committer.alive, 0.3, "the end of a writer")
        assert store.groups == []
