"""kill -9 of a process that writes: what was answered is there once."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tidegauge.storage.contract.opening import EVER, Opening
from tidegauge.metrics.parts import Series

ROOT = Path(__file__).parents[4]

WRITER = """
import sys, threading
from tests.rows import record
from tests.tidegauge.storage.contract.opening import NOW
from tidegauge.metrics.steps import DAY
from tidegauge.storage.base import Arrival
from tidegauge.storage.open import open_store

url, begin = sys.argv[1], int(sys.argv[2])
store = open_store(url, retention_days=3, disk_floor_mb=0)
def tidy():
    while True:
        store.retain(NOW + 2 * DAY)
threading.Thread(target=tidy, daemon=True).start()
print("ready", flush=True)
for seq in range(begin, begin + 1_000_000):
    times = [NOW - (seq % 2) * DAY + 1000 * seq + i for i in range(10)]
    sent = record(times, {"gauge": [float(seq)] * 10}, seq=seq)
    for outcome in store.append([Arrival(sent, NOW, 0)]):
        print(outcome.outcome, outcome.seq, flush=True)
"""
GAUGE = Series("h1", "gauge", "gauge")


class Killing(Opening):
    """Nothing answered is lost and nothing is doubled."""

    @pytest.mark.processes
    def test_five_kills(self, url: str) -> None:
        """Five processes, each killed at a random moment, each after the other."""
        self._kill_many(url, 5)

    @pytest.mark.soak
    def test_twenty_kills(self, url: str) -> None:
        """The same, twenty times."""
        self._kill_many(url, 20)

    def _kill_many(self, url: str, kills: int) -> None:
        answered: set[int] = set()
        for life in range(kills):
            answered |= self._killed(url, 1_000 * life)
            self._check(url, answered)

    def _killed(self, url: str, begin: int) -> set[int]:
        """Sequences of the records that a process answered before it was killed."""
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, url, str(begin)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        lines = [writer.stdout.readline() for _ in range(random.randrange(1, 100))]
        writer.send_signal(signal.SIGKILL)
        lines += writer.stdout.readlines()
        writer.wait()
        writer.stdout.close()
        whole = [line.split() for line in lines if line.endswith("\n")]
        assert {outcome for outcome, _ in whole} == {"stored"}
        return {int(seq) for _, seq in whole}

    def _check(self, url: str, answered: set[int]) -> None:
        store = self.open(url)
        found = store.parts([GAUGE], *EVER, 0)
        covered = store.coverage(["h1"], *EVER, 0)
        store.close()
        times = found.bucket.tolist()
        assert len(set(times)) == len(times) == len(covered) == covered.rows.sum()
        seqs = [round(value) for value in found.first.tolist()]
        assert answered <= set(seqs)
        assert {seqs.count(seq) for seq in answered} <= {10}
