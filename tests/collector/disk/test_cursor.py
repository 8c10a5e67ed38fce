"""What is settled, through kills, power cuts and damage."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.disk import cursor
from collector.disk.cursor import SLOT_BYTES, SLOTS, Cursor, Entry
from collector.disk.segment import SETTLED, Segment
from tests.collector.disk.test_index import segment
from tests.collector.disk.test_segment import place


@given(st.binary(max_size=300))
def test_arbitrary_bytes(data: bytes) -> None:
    """What is no slot gives nothing, and never an error."""
    assert cursor.decode(data) is None


@given(st.text(max_size=20), st.lists(st.sampled_from("rR"), max_size=40), st.integers(0, 1 << 63))
def test_round_trip(incarnation: str, states: list[str], generation: int) -> None:
    """Entries come back as they were."""
    made = segment(7, incarnation, "".join(states))
    bits = sum(1 << n for n, state in enumerate(states) if state == "R")
    span = (0, 1000 * len(states) - 999) if states else (0, 0)
    entry = Entry(7, 100, len(states), *span, incarnation, bits)
    assert cursor.decode(cursor.encode(generation, [made])) == (generation, {7: entry})


@given(st.data())
def test_a_flipped_bit(data: st.DataObject) -> None:
    """A slot of which any bit is flipped is none."""
    spoilt = bytearray(cursor.encode(3, [segment(7, "i", "rRr")]))
    at = data.draw(st.integers(0, len(spoilt) * 8 - 1))
    spoilt[at // 8] ^= 1 << at % 8
    assert cursor.decode(bytes(spoilt)) is None


def test_what_is_lost_is_told_once() -> None:
    """A record that is lost counts as settled in the next life."""
    made = segment(7, "i", "r")
    made.lose_until(2)
    found = cursor.decode(cursor.encode(1, [made]))
    assert found is not None
    assert found[1][7].done == 0b10


def test_too_many_segments() -> None:
    """What does not fit is left out: the newest segments."""
    many = [Segment(number, "i" * 40, 0) for number in range(5000)]
    found = cursor.decode(cursor.encode(1, many))
    assert found is not None
    assert list(found[1]) == list(range(len(found[1])))
    assert 2000 < len(found[1]) < 5000


def open_cursor(path: Path) -> tuple[Cursor, dict[int, Entry] | None]:
    """A cursor as a start opens it."""
    made = Cursor(path, os.fdatasync)
    return made, made.load()


def test_no_settle_is_lost_to_a_kill(tmp_path: Path) -> None:
    """What was written is what the next life finds, though any write of it is torn at any place."""
    path = tmp_path / "cursor"
    made = Cursor(path, os.fdatasync)
    kept = segment(1, "i", "r" * 9)
    made.write([kept])
    for settled in range(9):
        before = path.read_bytes()
        kept.mark(settled, SETTLED)
        made.write([kept], durable=settled == 3)
        written = path.read_bytes()
        again, found = open_cursor(path)
        again.close()
        assert found is not None
        assert found[1].done == (2 << settled) - 1
        changed = [at for at in range(len(written)) if written[at] != before[at]]
        (tmp_path / "torn").write_bytes(written[: changed[-1]] + before[changed[-1] :])
        torn, found = open_cursor(tmp_path / "torn")
        torn.close()
        assert found is not None
        assert found[1].done == (1 << settled) - 1
    made.close()


def test_no_durable_settle_is_lost_to_a_power_cut(tmp_path: Path) -> None:
    """Whatever became of the slots that were written since, the one that was synced is still there."""
    path = tmp_path / "cursor"
    made = Cursor(path, os.fdatasync)
    kept = segment(1, "i", "r" * 9)
    kept.mark(0, SETTLED)
    made.write([kept])
    durable = path.read_bytes()
    for settled in range(1, 9):
        kept.mark(settled, SETTLED)
        made.write([kept])
    written = path.read_bytes()
    slots = [slice(n * SLOT_BYTES, (n + 1) * SLOT_BYTES) for n in range(SLOTS)]
    spoilt = b"".join(written[one] if written[one] == durable[one] else b"?" * SLOT_BYTES for one in slots)
    path.write_bytes(spoilt)
    made.close()
    again, found = open_cursor(path)
    again.close()
    assert found is not None
    assert found[1].done == 1


@pytest.mark.parametrize("content", [b"", b"\0" * (SLOTS * SLOT_BYTES), b"?" * 100, b"?" * (SLOTS * SLOT_BYTES)])
def test_all_slots_are_bad(tmp_path: Path, content: bytes) -> None:
    """Nothing is known to be settled; the next write makes the file whole."""
    path = tmp_path / "cursor"
    path.write_bytes(content)
    made, found = open_cursor(path)
    assert found is None
    made.write([segment(1, "i", "R")])
    made.close()
    again, found = open_cursor(path)
    again.close()
    assert found is not None
    assert path.stat().st_size == SLOTS * SLOT_BYTES


def test_a_failed_sync_is_not_tried_again(tmp_path: Path) -> None:
    """After it the file is another one, and all that is settled is in it."""
    failing = [False]
    synced: list[str] = []

    def sync(fd: int) -> None:
        synced.append(Path(f"/proc/self/fd/{fd}").readlink().name)
        if failing[0]:
            raise OSError(errno.EIO, "I/O error")

    path = tmp_path / "cursor"
    made = Cursor(path, sync)
    kept = segment(1, "i", "Rr")
    made.write([kept])
    failing[0] = True
    for _ in range(2):
        with pytest.raises(OSError, match="I/O error"):
            made.write([kept], durable=True)
    failing[0] = False
    kept.add(place(2))
    made.write([kept])
    assert synced == ["cursor.new", "cursor", "cursor.new", "cursor.new"]
    made.close()
    again, found = open_cursor(path)
    again.close()
    assert found is not None
    assert found[1].records == 3
