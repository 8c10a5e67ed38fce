"""The folder of dead letters."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from collector.letters import letter
from collector.letters.letter import Letter, write_up
from collector.letters.letter_folder import MOST_LETTERS, NEW, RETRY, LetterFolder
from collector.spool import Item
from tests.rows import INCARNATION, NOW


def a_letter(seq: int = 0, size: int = 10, reason: str = "bad") -> Letter:
    """A refused record."""
    return write_up(Item(INCARNATION, seq, NOW, NOW, bytes(size)), "refused", reason, [], NOW + seq)


def name(seq: int) -> str:
    """What the letter of a record is called."""
    return letter.name((INCARNATION, seq))


@pytest.fixture
def folder(tmp_path: Path) -> LetterFolder:
    """A folder that was begun."""
    made = LetterFolder(tmp_path)
    made.begin()
    return made


def test_write_and_list(folder: LetterFolder) -> None:
    """Letters are listed whole, in the order of their records; one of the same record is replaced."""
    for seq in (10, 9, 10):
        folder.write(a_letter(seq))
    assert [(entry.id, entry.waits, entry.letter) for entry in folder.entries()] == [
        (name(9), False, a_letter(9)),
        (name(10), False, a_letter(10)),
    ]
    assert folder.path.stat().st_mode & 0o777 == 0o700


def test_send_again_and_put_back(folder: LetterFolder) -> None:
    """A letter is in one of two places."""
    folder.write(a_letter())
    folder.send_again(name(0))
    assert (folder.ids(waiting=False), folder.ids(waiting=True)) == ([], [name(0)])
    assert (folder.count(waiting=False), folder.count(waiting=True)) == (0, 1)
    assert folder.waiting(name(0)) == a_letter()
    folder.put_back(name(0))
    assert (folder.ids(waiting=False), folder.ids(waiting=True)) == ([name(0)], [])
    with pytest.raises(FileNotFoundError):
        folder.send_again(name(1))


@pytest.mark.parametrize("taken", [True, False])
def test_settle(folder: LetterFolder, taken: bool) -> None:
    """None is left of a record that was taken; one that was refused again rests and does not wait."""
    folder.write(a_letter())
    folder.send_again(name(0))
    folder.write(a_letter(reason="again"))
    assert folder.settle(name(0), taken)
    assert [entry.waits for entry in folder.entries()] == ([] if taken else [False])
    assert not folder.settle(name(1), taken)


def test_a_later_life_settles_letters_of_an_earlier_one(folder: LetterFolder, tmp_path: Path) -> None:
    """A record whose letter was written before a kill, and that is taken after all, leaves none."""
    folder.write(a_letter(0))
    folder.write(a_letter(1))
    folder.send_again(name(1))
    later = LetterFolder(tmp_path)
    later.begin()
    assert later.settle(name(0), taken=True)
    assert later.settle(name(1), taken=True)
    assert list(later.entries()) == []


def test_drop(folder: LetterFolder, tmp_path: Path) -> None:
    """A letter is removed wherever it is, by a process that did not write it."""
    folder.write(a_letter(0))
    folder.write(a_letter(1))
    folder.send_again(name(1))
    for seq in (0, 1, 2):
        LetterFolder(tmp_path).drop(name(seq))
    assert list(folder.entries()) == []


@pytest.mark.parametrize("limit_bytes", [20_000, 1])
def test_bounded_in_bytes(tmp_path: Path, limit_bytes: int) -> None:
    """The oldest go, counted, and never the newest."""
    folder = LetterFolder(tmp_path, limit_bytes)
    folder.begin()
    for seq in range(50):
        folder.write(a_letter(seq, size=1000))
    kept = [int(one.rpartition("-")[2]) for one in folder.ids(waiting=False)]
    assert kept == list(range(50 - len(kept), 50))
    assert folder.given_up == 50 - len(kept)
    assert folder.lost == [a_letter(seq).item._replace(body=b"") for seq in range(50 - len(kept))]
    assert 1 <= len(kept) <= max(1, limit_bytes // 1000)


def test_bounded_in_number(folder: LetterFolder) -> None:
    """Small letters are bounded too; those that were dropped meanwhile make room."""
    for seq in range(MOST_LETTERS + 1):
        _put(folder, a_letter(seq), seq)
    folder.drop(name(3))
    folder.write(a_letter(MOST_LETTERS + 1))
    kept = folder.ids(waiting=False)
    assert (len(kept) <= MOST_LETTERS, kept[-1], name(0) in kept) == (True, name(MOST_LETTERS + 1), False)
    assert len(kept) + folder.given_up == MOST_LETTERS + 1


def _put(folder: LetterFolder, one: Letter, age: int) -> None:
    """A letter without waiting for the disk."""
    file = folder.path / f"{one.about.id}.letter"
    file.write_bytes(letter.encode(one))
    os.utime(file, ns=(age, age))


@pytest.mark.parametrize("content", [b"", b"x", b"00000000 {}", letter.encode(a_letter(7)), None])
def test_damage_is_listed(folder: LetterFolder, content: bytes | None) -> None:
    """What is no letter, or that of another record, is shown as damaged; None: it is a folder."""
    file = folder.path / f"{name(3)}.letter"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    folder.write(a_letter(5))
    assert [(entry.id, entry.letter) for entry in folder.entries()] == [(name(3), None), (name(5), a_letter(5))]
    if content is None:
        with pytest.raises(OSError, match="directory"):
            folder.drop(name(3))
    else:
        folder.drop(name(3))
        assert folder.ids(waiting=False) == [name(5)]


def test_strange_names_are_no_letters(folder: LetterFolder) -> None:
    """Other files are let alone; a letter without a number is listed, to be dropped."""
    for file in ("x", "zz.letter", "y.txt"):
        (folder.path / file).touch()
    folder.write(a_letter())
    assert folder.ids(waiting=False) == [name(0), "zz"]


def test_without_a_folder(tmp_path: Path) -> None:
    """Where there never was a letter, none is listed."""
    assert list(LetterFolder(tmp_path / "gone").entries()) == []


def test_a_folder_that_went_is_made_again(folder: LetterFolder) -> None:
    """A letter finds its folder whatever became of it."""
    (folder.path / RETRY).rmdir()
    folder.path.rmdir()
    folder.write(a_letter())
    assert folder.ids(waiting=False) == [name(0)]


def test_killed_at_each_step_of_writing(tmp_path: Path) -> None:
    """Cut at every byte before it has its name: no letter yet, and the next life clears it away and writes it."""
    content = letter.encode(a_letter())
    for size in range(len(content) + 1):
        (tmp_path / str(size)).mkdir()
        folder = LetterFolder(tmp_path / str(size))
        folder.begin()
        (folder.path / f"{name(0)}{NEW}").write_bytes(content[:size])
        assert list(folder.entries()) == []
        later = LetterFolder(tmp_path / str(size))
        later.begin()
        assert [file.name for file in later.path.iterdir()] == [RETRY]
    folder.write(a_letter())
    assert folder.ids(waiting=False) == [name(0)]


WRITER = """
import sys
from pathlib import Path
from tests.collector.letters.test_letter_folder import a_letter
from collector.letters.letter_folder import LetterFolder
folder = LetterFolder(Path(sys.argv[1]))
folder.begin()
for seq in range(int(sys.argv[2]), 10**6):
    folder.write(a_letter(seq, size=5000))
    print(seq, flush=True)
"""


@pytest.mark.processes
@pytest.mark.parametrize("rounds", [5, pytest.param(100, marks=pytest.mark.soak)])
def test_killed_while_writing(tmp_path: Path, rounds: int) -> None:
    """After kill -9 at any moment each letter that was reported is there, whole."""
    told = 0
    for number in range(rounds):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), str(told)], stdout=subprocess.PIPE)
        assert writer.stdout
        writer.stdout.readline()
        time.sleep(0.01 * (number % 7) / 7)
        writer.send_signal(signal.SIGKILL)
        told += 1 + len(writer.stdout.read().splitlines())
        writer.wait()
        writer.stdout.close()
        kept = list(LetterFolder(tmp_path).entries())
        assert all(entry.letter for entry in kept)
        assert {name(seq) for seq in range(max(0, told - 500), told)} <= {entry.id for entry in kept}


def test_full_disk(small_disk: Path) -> None:
    """On a disk that is full a letter is an error, whatever is there stays whole, and with room it is written."""
    folder = LetterFolder(small_disk)
    folder.begin()
    folder.write(a_letter(0))
    filler = small_disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    for size in (10, 9000, 2 << 20):
        with pytest.raises(OSError, match="No space left"):
            folder.write(a_letter(1, size))
        with pytest.raises(OSError, match="No space left"):
            folder.write(a_letter(0, size))
        assert [entry.letter for entry in folder.entries()] == [a_letter(0)]
        assert not list(folder.path.glob(f"*{NEW}"))
    filler.unlink()
    folder.write(a_letter(1))
    assert [entry.letter for entry in folder.entries()] == [a_letter(0), a_letter(1)]


def test_a_disk_that_is_full_at_once(folder: LetterFolder) -> None:
    """Where no small disk can be made: a letter that cannot be written is an error, and leaves nothing behind."""
    (folder.path / f"{name(0)}{NEW}").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        folder.write(a_letter())
    assert list(folder.path.iterdir()) == [folder.path / RETRY]
    folder.write(a_letter())
    assert folder.ids(waiting=False) == [name(0)]
