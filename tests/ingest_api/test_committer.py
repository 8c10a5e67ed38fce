"""Group commit."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from ingest_api.committer import Committer, NotCommittedError
from tests.rows import NOW, record
from tidegauge.metrics.wire import Outcome
from tidegauge.storage.base import Arrival, StoreUnavailableError


class ScriptedStore:
    """A store whose appends wait for a gate and can fail, as a real one does only in trouble."""

    def __init__(self) -> None:
        self.groups: list[int] = []
        self.gate = threading.Event()
        self.entered = threading.Event()
        self.failing = False

    def append(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
        self.entered.set()
        self.gate.wait(10)
        self.groups.append(len(arrivals))
        if self.failing:
            raise StoreUnavailableError("down")
        return [Outcome(a.record.incarnation, a.record.seq, "stored") for a in arrivals]


def arrival(seq: int) -> Arrival:
    return Arrival(record([NOW], {"gauge": [1.0]}, seq=seq), NOW, 0)


def submit_all(committer: Committer, seqs: Sequence[int]) -> tuple[list[threading.Thread], dict[int, object]]:
    answers: dict[int, object] = {}

    def work(seq: int) -> None:
        try:
            answers[seq] = committer.submit([arrival(seq)])
        except NotCommittedError as error:
            answers[seq] = str(error)

    threads = [threading.Thread(target=work, args=(seq,)) for seq in seqs]
    for thread in threads:
        thread.start()
    return threads, answers


def wait_until_waiting(committer: Committer, count: int) -> None:
    done = threading.Event()
    for _ in range(2000):
        if committer.waiting() >= count:
            return
        done.wait(0.005)
    raise AssertionError(f"{committer.waiting()} of {count} wait")


def test_what_waits_while_a_commit_runs_is_one_group() -> None:
    """Requests that come during an append share the next one, each with its own outcome."""
    store = ScriptedStore()
    committer = Committer(store)  # type: ignore[arg-type]
    first, answers = submit_all(committer, [0])
    assert store.entered.wait(5)
    rest, more = submit_all(committer, range(1, 6))
    wait_until_waiting(committer, 5)
    store.gate.set()
    for thread in (*first, *rest):
        thread.join(5)
    assert store.groups == [1, 5]
    assert [answers[0][0].seq, *(more[i][0].seq for i in range(1, 6))] == list(range(6))  # type: ignore[index]
    committer.close()


def test_a_slow_store_is_answered_in_time() -> None:
    """What is not committed within the wait is to be sent again, though it may yet be stored."""
    store = ScriptedStore()
    committer = Committer(store, wait_seconds=0.05)  # type: ignore[arg-type]
    with pytest.raises(NotCommittedError):
        committer.submit([arrival(0)])
    store.gate.set()
    committer.close()
    assert store.groups == [1]


def test_only_so_many_wait() -> None:
    """Past the bound a request does not wait at all."""
    store = ScriptedStore()
    committer = Committer(store, max_waiting=2)  # type: ignore[arg-type]
    threads, _ = submit_all(committer, [0])
    assert store.entered.wait(5)
    more, _ = submit_all(committer, [1, 2])
    wait_until_waiting(committer, 2)
    with pytest.raises(NotCommittedError):
        committer.submit([arrival(3)])
    store.gate.set()
    for thread in (*threads, *more):
        thread.join(5)
    committer.close()


def test_a_failing_store_fails_its_group_and_then_recovers() -> None:
    """A store that is down gives NotCommittedError; when it is back commits go on."""
    store = ScriptedStore()
    store.gate.set()
    store.failing = True
    committer = Committer(store)  # type: ignore[arg-type]
    with pytest.raises(NotCommittedError, match="down"):
        committer.submit([arrival(0)])
    store.failing = False
    assert committer.submit([arrival(0)])[0].outcome == "stored"
    committer.close()
