"""What fails, and since when."""

from __future__ import annotations

import logging

import pytest

from collector.disk.trouble import Trouble
from tests.clocks import HandClock


def test_begins_and_ends(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged when it begins and when it ends, not in between; the last error is told."""
    clock = HandClock(1000)
    trouble = Trouble("write", clock)
    with caplog.at_level(logging.INFO):
        trouble.end()
        trouble.begin(OSError(28, "No space"))
        clock.advance(500)
        trouble.begin(OSError(5, "I/O error"))
        assert (trouble.since_ms, trouble.error) == (1000, "I/O error")
        trouble.end()
        assert (trouble.since_ms, trouble.error) == (None, "")
    assert [entry.message.split()[0] for entry in caplog.records] == ["spool_fails", "spool_works_again"]
