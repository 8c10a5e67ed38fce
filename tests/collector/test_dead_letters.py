"""Records that a server will never take."""

from __future__ import annotations

import logging

import pytest

from collector.dead_letters import KEPT, DeadLetter, DeadLetters
from tidegauge.metrics.wire import Outcome


def test_counts_all_and_keeps_refusals(caplog: pytest.LogCaptureFixture) -> None:
    """Every outcome is counted; what was not taken is kept and logged."""
    letters = DeadLetters()
    with caplog.at_level(logging.WARNING):
        letters.note([Outcome("i", 1, "stored"), Outcome("i", 2, "partial", "retention", ["e@1: retention"] * 30)])
    assert letters.counts == {"stored": 1, "partial": 1}
    assert list(letters.last) == [DeadLetter("i", 2, "partial", "retention", ["e@1: retention"] * 20)]
    assert "record_partial seq=2" in caplog.text


def test_bounded() -> None:
    """Only the last ones are kept."""
    letters = DeadLetters()
    letters.note(Outcome("i", seq, "refused", "bad") for seq in range(KEPT + 5))
    assert (len(letters.last), letters.last[0].seq, letters.counts["refused"]) == (KEPT, 5, KEPT + 5)
