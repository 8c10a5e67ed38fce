"""What is missing between others, as spans."""

from __future__ import annotations

import pytest

from collector.claims import Run
from collector.disk.losses import Loss, take
from collector.disk.segment import Segment
from tests.collector.disk.test_segment import place


def segment(number: int, states: str, gone: bool = False, incarnation: str = "i") -> Segment:
    """A segment whose records are at 1000 × (10 × number + ordinal) ms; x is lost."""
    made = Segment(number, incarnation, 100)
    made.gone = gone
    for ordinal, state in enumerate(states):
        at_ms = 1000 * (10 * number + ordinal)
        if state == "0":
            made.add(place(ordinal)._replace(from_ms=at_ms, to_ms=at_ms))
        elif gone:
            made.lose_until(ordinal + 1, at_ms, at_ms)
    made.lose_until(len(states))
    return made


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        ([segment(1, "000")], []),
        ([segment(1, "0xx0x0")], [Loss(2, 10_000, 13_000), Loss(1, 13_000, 15_000)]),
        ([segment(1, "x0")], [Loss(1, None, 11_000)]),
        ([segment(1, "0x")], [Loss(1, 10_000, None)]),
        ([segment(1, "0x"), segment(2, "x0")], [Loss(2, 10_000, 21_000)]),
        ([segment(1, "0x"), segment(3, "x0")], [Loss(1, 10_000, None), Loss(1, None, 31_000)]),
        ([segment(1, "00"), segment(2, "xx", gone=True), segment(3, "0")], [Loss(2, 11_000, 30_000, 20_000, 21_000)]),
        ([segment(1, "00"), segment(3, "xx", gone=True), segment(5, "0")], [Loss(2, None, None, 30_000, 31_000)]),
        ([segment(1, "0x"), segment(2, "xx", gone=True)], [Loss(3, 10_000, None, None, 21_000)]),
        ([segment(2, "xx", gone=True), segment(3, "x0")], [Loss(3, None, 31_000, 20_000, None)]),
        ([segment(1, "00"), segment(2, "x0", incarnation="j")], [Loss(1, None, 21_000)]),
        ([segment(1, "xx")], [Loss(2)]),
    ],
)
def test_take(segments: list[Segment], expected: list[Loss]) -> None:
    """Losses lie between rows that are known, across segments that follow each other; each is told once."""
    assert take(segments) == expected
    assert take(segments) == []


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (Loss(3, 10_000, 14_000), Run(11_000, 13_000, 3)),
        (Loss(1, 10_000, 12_000), Run(11_000, 11_000, 1)),
        (Loss(2, 10_000, 12_000), Run(11_000, 11_000, 2)),
        (Loss(1, 10_000, 11_990), Run(10_990, 11_000, 1)),
        (Loss(1, 10_000, 11_000), None),
        (Loss(3, 10_000, None), Run(11_000, 13_000, 3)),
        (Loss(3, None, 14_000), Run(11_000, 13_000, 3)),
        (Loss(3), None),
        (Loss(3, None, None, 11_000, 13_000), Run(11_000, 13_000, 3)),
        (Loss(3, 10_000, 14_000, 10_900, 13_100), Run(11_000, 13_000, 3)),
    ],
)
def test_run(loss: Loss, expected: Run | None) -> None:
    """A claim reaches no row that is there; where no row fits in, there is none."""
    assert loss.run(1000) == expected
