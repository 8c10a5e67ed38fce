"""The index of one segment."""

from __future__ import annotations

from collector.disk.record import Place
from collector.disk.segment import LOST, MOST_RECORDS, SETTLED, Segment, Span


def place(ordinal: int, ticks: int = 1, summary: bool = False, seq: int | None = None) -> Place:
    """A record of 10 bytes with a body of 4, taken at 1000 × ordinal ms."""
    at, seq = 10 * ordinal, 100 + ordinal if seq is None else seq
    return Place("i", seq, ordinal, 1000 * ordinal, 1000 * ordinal + 1, ticks, summary, False, at, at + 6, at + 10)


def segment(*places: Place) -> Segment:
    """A segment of incarnation i from seq 100 on."""
    made = Segment(1, "i", 100)
    for one in places:
        made.add(one)
    return made


def test_a_key_says_where_its_record_is() -> None:
    """Only a record that is there and waits is found."""
    found = segment(place(0), place(1))
    assert [found.ordinal(("i", seq)) for seq in (99, 100, 101, 102)] == [-1, 0, 1, -1]
    assert found.ordinal(("j", 100)) == -1
    assert (found.place(1), found.key(1), found.span(1)) == ((10, 10), ("i", 101), Span(("i", 101), 1000, 1001))


def test_settle_and_lose() -> None:
    """A record leaves what waits once."""
    found = segment(*map(place, range(4)))
    found.mark(1, SETTLED)
    found.mark(1, LOST)
    found.mark(2, LOST)
    assert (list(found.waiting()), list(found.waiting_backwards())) == ([0, 3], [3, 0])
    assert (found.left, found.left_bytes, bytes(found.states)) == (2, 8, b"01x0")
    found.forgive()
    assert bytes(found.states) == b"0110"
    found.settle_all()
    assert (bytes(found.states), found.left, found.left_bytes) == (b"1111", 0, 0)


def test_lose_all() -> None:
    """What is settled is not lost with the rest."""
    found = segment(place(0), place(1))
    found.mark(0, SETTLED)
    found.lose_all()
    assert (bytes(found.states), found.left) == (b"1x", 0)


def test_holes() -> None:
    """Records that are missing are lost, wherever they were."""
    found = segment(place(2), place(4))
    found.lose_until(6)
    found.lose_until(3)
    assert (bytes(found.states), found.left) == (b"xx0x0x", 2)
    assert found.ordinal(("i", 104)) == 4


def test_what_a_cursor_knows() -> None:
    """Settled records are settled, lost ones forgiven; bits beyond the end say nothing."""
    found = segment(place(0), place(2), place(3))
    found.settle_known(0b11110110)
    assert (bytes(found.states), found.left) == (b"0110", 2)
    found.settle_known(0)
    assert found.left == 2


def test_takes() -> None:
    """The next record has the next sequence number, and a segment is bounded."""
    found = segment(place(0), place(1))
    assert found.takes(place(2))
    assert not found.takes(place(1))
    assert not found.takes(place(2, seq=107))
    assert not found.takes(place(MOST_RECORDS))


def test_summaries() -> None:
    """Raw rows behind the last summary are known, settled or not."""
    found = segment(place(0), place(1, ticks=0, summary=True))
    assert not found.raw_behind
    for one in (place(2), place(3, ticks=0), place(5)):
        found.add(one)
    found.mark(2, SETTLED)
    assert (found.raw_behind, list(found.raw_rest())) == (True, [2, 5])
