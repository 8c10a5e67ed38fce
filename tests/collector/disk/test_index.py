"""All segments in their order."""

from __future__ import annotations

from collector.disk.index import Index
from collector.disk.segment import LOST, SETTLED, Segment
from tests.collector.disk.test_segment import place


def segment(number: int, incarnation: str, summaries: str) -> Segment:
    """A segment: a letter a record, r for raw rows, s for a summary, settled if in capitals."""
    made = Segment(number, incarnation, 100)
    for ordinal, letter in enumerate(summaries):
        summary = letter in "sS"
        made.add(place(ordinal, ticks=not summary, summary=summary))
        if letter.isupper():
            made.mark(ordinal, SETTLED)
    made.size_bytes = 10 * len(made)
    return made


def test_find() -> None:
    """A key is found in its segment, until that is forgotten."""
    one, two = segment(1, "i", "rr"), segment(2, "j", "rr")
    index = Index([one, two])
    assert [index.find((name, 101)) for name in "iijk"] == [one, one, two, None]
    index.forget([two])
    assert (index.find(("j", 101)), index.find(("i", 100))) == (None, one)


def test_sums() -> None:
    """What waits, in both directions, and what it takes."""
    index = Index([segment(1, "i", "rRr"), segment(2, "j", "Rr")])
    keys = [("i", 100), ("i", 102), ("j", 101)]
    assert [span.key for span in index.spans()] == keys
    assert [span.key for span in index.spans_backwards()] == keys[::-1]
    assert (index.left(), index.left_bytes(), index.disk_bytes()) == (3, 12, 50)


def test_lost() -> None:
    """Whether anything is lost is known."""
    one = segment(1, "i", "rr")
    index = Index([one])
    assert not index.has_lost()
    one.mark(0, LOST)
    assert index.has_lost()


def test_rule_13() -> None:
    """A segment goes when all of it is settled and a summary lies at or behind its end, but never the written one."""
    segments = [segment(1, "i", "RR"), segment(2, "i", "RrS"), segment(3, "i", "RS"), segment(4, "i", "SR")]
    segments.append(segment(5, "j", "RR"))
    index = Index(segments)
    assert [one.number for one in index.done(None)] == [3, 1]
    assert [one.number for one in index.done(segments[2])] == [1]
    assert [one.number for one in index.behind_summary()] == [4, 5]


def test_no_raw_rows() -> None:
    """Records without raw rows need no summary."""
    one = Segment(1, "i", 100)
    one.add(place(0, ticks=0))
    index = Index([one])
    assert index.done(None) == []
    one.settle_all()
    assert index.done(None) == [one]
