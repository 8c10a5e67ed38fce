"""What an answer means for the records of a POST."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.settle import judge
from tests.rows import INCARNATION
from tidegauge.metrics import wire
from tidegauge.metrics.wire import Outcome, Settled

SENT = [(INCARNATION, 1), (INCARNATION, 2)]


def answer(*outcomes: Settled, first: int = 1) -> bytes:
    """An answer that names records from `first`."""
    found = [Outcome(INCARNATION, seq, outcome, "why") for seq, outcome in enumerate(outcomes, first)]
    return wire.encode_answer(0, found)


@pytest.mark.parametrize("status", [200, 503])
@pytest.mark.parametrize("outcome", ["stored", "duplicate", "partial", "refused"])
def test_settled(status: int, outcome: Settled) -> None:
    """Each outcome but retry settles, with either status."""
    verdict = judge(SENT, status, answer(outcome, outcome))
    assert (verdict.keys, verdict.failure, verdict.foreign) == (SENT, "", None)


def test_retry_is_kept() -> None:
    """Retry keeps its record and says why; the other one is settled."""
    verdict = judge(SENT, 200, answer("stored", "retry"))
    assert (verdict.keys, verdict.failure) == (SENT[:1], "retry: why")


def test_only_named_records() -> None:
    """A record that the answer does not name is kept, and one that was not sent is ignored."""
    verdict = judge(SENT, 200, answer("stored", "stored", first=2))
    assert (verdict.keys, verdict.failure) == (SENT[1:], "an answer that does not name all records")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>welcome</html>"),
        (200, b'{"ok": true}'),
        (200, b'{"tidegauge": 9, "now_ms": 0, "outcomes": []}'),
        (503, b""),
        (500, answer("stored", "stored")),
        (202, answer("stored", "stored")),
        (401, b"{}"),
        (413, b"too large"),
    ],
)
def test_nothing_else_settles(status: int, body: bytes) -> None:
    """Any other page or status settles nothing, not even with our JSON in it."""
    verdict = judge(SENT, status, body)
    assert (verdict.settled, verdict.foreign, bool(verdict.failure)) == ([], status, True)


@given(st.integers(100, 599), st.binary())
def test_any_bytes(status: int, body: bytes) -> None:
    """Hostile bytes settle nothing and raise nothing."""
    assert judge(SENT, status, body).settled == []
