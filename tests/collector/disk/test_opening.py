"""What a start makes of every damage: the damaged records are lost, counted and claimed, and no others."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.claims import Run
from collector.disk.cursor import SLOT_BYTES, SLOTS
from collector.disk.folder import Folder
from tests.collector.disk.filled import SEGMENT_RECORDS, copy, fill, left, places

ALL = list(range(1, 21))
"""Four segments: 1 to 5, 6 to 10, 11 to 15, 16 to 20."""
MIDDLE = 2


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of four segments; nobody changes it."""
    path = tmp_path_factory.mktemp("whole") / "spool"
    fill(path, ALL)
    assert Folder(path).numbers() == [1, 2, 3, 4]
    return path


def without(*seqs: int) -> list[int]:
    """All but some."""
    return [seq for seq in ALL if seq not in seqs]


def claim(first: int, last: int) -> Run:
    """The claim for records that followed each other."""
    return Run(1000 * first, 1000 * last, last - first + 1)


def test_nothing_is_damaged(whole: Path, tmp_path: Path) -> None:
    """All is there, and nothing is claimed, however often it is opened."""
    copy(whole, tmp_path / "spool")
    for _ in range(3):
        assert left(tmp_path / "spool") == (ALL, [], 0)


@pytest.mark.slow
def test_cut_at_every_byte_within_others(whole: Path, tmp_path: Path) -> None:
    """Of a segment that was cut anywhere, and that others follow, the rest is lost and claimed."""
    ends = [place.end for place in places(Folder(whole), MIDDLE)]
    for size in range(ends[-1] + 1):
        folder = copy(whole, tmp_path / "spool")
        os.truncate(folder.segment(MIDDLE), size)
        first = 6 + sum(end <= size for end in ends)
        claims = [claim(first, 10)] if first <= 10 else []
        assert left(folder.path) == (without(*range(first, 11)), claims, 11 - first), size


@pytest.mark.slow
def test_cut_at_every_byte_at_the_end(whole: Path, tmp_path: Path) -> None:
    """Of the last segment the end that was torn is cut off; nothing of it was acknowledged, so it is not claimed."""
    ends = [place.end for place in places(Folder(whole), 4)]
    for size in range(ends[-1] + 1):
        folder = copy(whole, tmp_path / "spool")
        os.truncate(folder.segment(4), size)
        folder.cursor.unlink()
        kept = 15 + sum(end <= size for end in ends)
        assert left(folder.path) == (ALL[:kept], [], 0), size


def test_the_cursor_knows_what_is_cut_off_the_end(whole: Path, tmp_path: Path) -> None:
    """Records that the cursor saw are missed at the end, too."""
    folder = copy(whole, tmp_path / "spool")
    os.truncate(folder.segment(4), places(folder, 4)[2].end)
    assert left(folder.path) == (without(19, 20), [claim(19, 20)], 2)
    assert left(folder.path) == (without(19, 20), [], 0)


@pytest.mark.parametrize("number", [1, MIDDLE, 4])
def test_flipped_bits(whole: Path, tmp_path: Path, number: int) -> None:
    """One bit, anywhere, costs the record that it is in."""
    data = Folder(whole).read(number)
    found = places(Folder(whole), number)
    for at in range(0, len(data), 5):
        folder = copy(whole, tmp_path / "spool")
        spoilt = bytearray(data)
        spoilt[at] ^= 0x10
        folder.segment(number).write_bytes(spoilt)
        seq = next(place.seq for place in found if at < place.end)
        assert left(folder.path) == (without(seq), [claim(seq, seq)], 1), at
        assert left(folder.path) == (without(seq), [], 0), at


@pytest.mark.parametrize("filler", [b"\0", b"\xff", b"\x8bTGR\x01"])
def test_a_page_is_overwritten(whole: Path, tmp_path: Path, filler: bytes) -> None:
    """A hole in the middle costs what it touches; the damaged bytes go to the quarantine."""
    folder = copy(whole, tmp_path / "spool")
    found = places(folder, MIDDLE)
    data = bytearray(folder.read(MIDDLE))
    start, end = found[1].at + 50, found[3].at + 5
    data[start:end] = (filler * len(data))[: end - start]
    folder.segment(MIDDLE).write_bytes(data)
    assert left(folder.path) == (without(7, 8, 9), [claim(7, 9)], 3)
    kept = folder.quarantine / f"{folder.segment(MIDDLE).name}.{found[1].at}"
    assert kept.read_bytes() == data[found[1].at : found[4].at]


def test_damage_across_segments(whole: Path, tmp_path: Path) -> None:
    """The end of one, all of the next and the beginning of a third are one claim."""
    folder = copy(whole, tmp_path / "spool")
    os.truncate(folder.segment(1), places(folder, 1)[3].at)
    folder.segment(2).unlink()
    third = folder.read(3)
    folder.segment(3).write_bytes(b"?" * 50 + third[50:])
    assert left(folder.path) == (without(*range(4, 12)), [claim(4, 11)], 8)


def _delete(path: Path) -> None:
    path.unlink()


def _empty(path: Path) -> None:
    os.truncate(path, 0)


def _zero(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def _garbage(path: Path) -> None:
    path.write_bytes(b"?" * 5000)


def _directory(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "x").touch()


def _fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _loop(path: Path) -> None:
    """It cannot be opened, not even by root."""
    path.unlink()
    path.symlink_to(path.name)


def _huge(path: Path) -> None:
    os.truncate(path, 1 << 40)


RUINS = [_delete, _empty, _zero, _garbage, _directory, _fifo, _loop, _huge]


@pytest.mark.parametrize("ruin", RUINS)
@pytest.mark.parametrize("number", [1, MIDDLE, 4])
def test_a_segment_is_ruined(whole: Path, tmp_path: Path, ruin: Callable[[Path], None], number: int) -> None:
    """All of it is lost and claimed, once; what stood in its place is out of the way."""
    folder = copy(whole, tmp_path / "spool")
    ruin(folder.segment(number))
    seqs = range(number * SEGMENT_RECORDS - 4, number * SEGMENT_RECORDS + 1)
    assert left(folder.path) == (without(*seqs), [claim(seqs[0], seqs[-1])], 5)
    assert left(folder.path) == (without(*seqs), [], 0)
    assert not folder.segment(number).exists()


@given(st.data())
def test_any_damage(whole: Path, data: st.DataObject) -> None:
    """Whatever is done to files, a start finds records as they were, in order, and counts those that it does not."""
    with tempfile.TemporaryDirectory() as path:
        folder = copy(whole, Path(path, "spool"))
        for _ in range(data.draw(st.integers(1, 4))):
            file = folder.segment(data.draw(st.integers(1, 4)))
            content = bytearray(file.read_bytes())
            at = data.draw(st.integers(0, len(content)))
            end = data.draw(st.integers(at, len(content)))
            content[at:end] = data.draw(st.one_of(st.binary(max_size=80), st.just(bytes(end - at))))
            file.write_bytes(content)
        found, _, damaged = left(folder.path)
        assert found == sorted(set(found))
        assert len(found) + damaged >= len(ALL)
        assert left(folder.path) == (found, [], 0)


@given(st.integers(0, SLOTS * SLOT_BYTES), st.binary(min_size=1, max_size=500))
def test_any_damage_of_the_cursor(whole: Path, at: int, piece: bytes) -> None:
    """It costs no record."""
    with tempfile.TemporaryDirectory() as path:
        folder = copy(whole, Path(path, "spool"))
        content = bytearray(folder.cursor.read_bytes())
        content[at : at + len(piece)] = piece
        folder.cursor.write_bytes(content)
        assert left(folder.path) == (ALL, [], 0)


def test_all_segments_are_gone(whole: Path, tmp_path: Path) -> None:
    """The cursor alone says what there was."""
    folder = copy(whole, tmp_path / "spool")
    folder.remove([1, 2, 3, 4])
    assert left(folder.path) == ([], [claim(1, 20)], 20)


@pytest.mark.parametrize("slots", [1, 2, 3])
def test_the_cursor_is_damaged(tmp_path: Path, slots: int) -> None:
    """One slot costs nothing; without any all is handed out again, and nothing is lost."""
    fill(tmp_path, ALL)
    folder = Folder(tmp_path)
    data = bytearray(folder.cursor.read_bytes())
    for slot in range(SLOTS - slots, SLOTS):
        data[slot * SLOT_BYTES + 10] ^= 1
    folder.cursor.write_bytes(data)
    assert left(tmp_path) == (ALL, [], 0)


def test_the_cursor_is_a_folder(whole: Path, tmp_path: Path) -> None:
    """What stands in its place is set aside, and a new one made."""
    folder = copy(whole, tmp_path / "spool")
    folder.cursor.unlink()
    folder.cursor.mkdir()
    assert left(folder.path) == (ALL, [], 0)
    assert folder.cursor.is_file()


def test_files_of_others(whole: Path, tmp_path: Path) -> None:
    """They are left alone."""
    folder = copy(whole, tmp_path / "spool")
    (folder.path / "000000000009.txt").write_bytes(b"note")
    (folder.path / "1.segment").write_bytes(b"note")
    assert left(folder.path) == (ALL, [], 0)
    assert (folder.path / "1.segment").read_bytes() == b"note"


def test_segments_of_several_lives(tmp_path: Path) -> None:
    """Records of one incarnation that do not follow each other are no loss."""
    for seqs, incarnation in (([1, 2], "i"), ([7, 9, 8], "i"), ([1], "j"), ([1 << 20, 3], "i")):
        spool_items = fill(tmp_path, seqs, incarnation)
        assert len(spool_items) == len(seqs)
    assert left(tmp_path) == ([1, 2, 7, 9, 8, 1, 1 << 20, 3], [], 0)
