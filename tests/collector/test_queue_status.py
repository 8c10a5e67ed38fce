"""The queue on disk as `status` shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector import queue_status
from collector.copied import Aside
from collector.disk.disk_spool import DiskSpool
from collector.queue_status import QueueStatus
from tests.collector.scripted_server import PATIENCE_SECONDS
from tests.collector.sender_bench import Bench, item
from tests.rows import NOW


def text(**changes: object) -> str:
    """What a person reads."""
    return "\n".join(queue_status.lines(QueueStatus(**changes)))  # type: ignore[arg-type]


def test_nothing_waits() -> None:
    """One line."""
    assert text(disk_bytes=3 << 20) == "  on disk      3.0 MiB"


@pytest.mark.parametrize(
    ("seconds_left", "words"), [(90, "90 s"), (840.0, "14 min"), (7200, "2.0 h"), (None, "none sent of late")]
)
def test_a_backlog(seconds_left: float | None, words: str) -> None:
    """How much, how fast, how long."""
    found = text(backlog=81_200, a_second=96.7, seconds_left=seconds_left)
    assert "backlog      81200 records" in found
    assert words in found


def test_a_disk_that_fails() -> None:
    """Since when, why, what that means; and afterwards that it was so."""
    failing = {"error": "No space left on device", "errors": 7}
    found = text(in_memory=12, failing_since_ms=NOW, **failing)
    assert "FAILS since 2023-11-14 22:13:20 UTC: No space left on device; 12 records are in memory alone" in found
    assert "takes records again after 7 errors: No space left on device" in text(**failing)


def test_losses() -> None:
    """What was lost is never silent."""
    assert "lost         9 records for want of room, 2 to damage" in text(given_up=9, damaged=2)


def test_another_host() -> None:
    """Where it lies, why, and what to do."""
    found = text(aside=[Aside("a1b2", "/s/others/a1b2", 1 << 20)])
    assert "1.0 MiB of host a1b2 in /s/others/a1b2" in found
    assert "TIDEGAUGE_HOST_ID=a1b2" in found


def test_read(bench: Bench, tmp_path: Path) -> None:
    """Numbers of sender and spool."""
    spool = DiskSpool(tmp_path)
    for seq in range(5):
        spool.append(item(seq))
    bench.sender.spool = spool
    found = queue_status.read(bench.sender, spool, [])
    assert (found.backlog, found.in_memory, found.given_up, found.error) == (5, 0, 0, "")
    assert found.disk_bytes > 0
    bench.sender.tick()
    assert bench.sender.wait(PATIENCE_SECONDS)
    assert queue_status.read(bench.sender, spool, []).backlog == 0
    spool.close()
