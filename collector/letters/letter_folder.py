"""The folder of dead letters: `X.letter` lies there until a person has it sent again or dropped, or newer ones need
its room; what is to be sent again lies in `retry/` until a server took it.

The running collector alone writes letters; the command line moves and removes them, also meanwhile.
"""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from collector.files import sync
from collector.letters import letter
from collector.letters.letter import Letter, LetterError
from collector.spool import Item

log = logging.getLogger(__name__)

NAME = "dead-letters"
RETRY = "retry"
SUFFIX = ".letter"
NEW = ".new"
MOST_LETTERS = 1000
DEFAULT_LIMIT_BYTES = 16 << 20
ROOM = 16
"""A full folder makes a sixteenth of it free at once."""


class Entry(NamedTuple):
    """A letter of the folder. letter: None if it is damaged. waits: it is to be sent again."""

    id: str
    size_bytes: int
    waits: bool
    letter: Letter | None


class LetterFolder:
    """The letters below one state folder. Threads: the owner calls `write` from one at a time, the rest from any.

    given_up: how many letters went for newer ones. lost: those of them, less their bodies, of which no server has
    a row; whoever claims them takes them out.
    """

    def __init__(self, state: Path, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self.path = state / NAME
        self.given_up = 0
        self.lost: list[Item] = []
        self._limit_bytes = limit_bytes
        self._letters_left = self._bytes_left = 0
        self._known: set[str] = set()

    def begin(self) -> None:
        """Make the folder, and clear away what a killed process left half written. Raises OSError."""
        self._make()
        for left in self.path.glob(f"*{NEW}"):
            left.unlink()
        self._known = {*self.ids(waiting=False), *self.ids(waiting=True)}

    def write(self, new: Letter) -> None:
        """Keep a letter so that it outlives the process and a power cut; the oldest go where there is no room.

        A letter of the same record is replaced. Raises OSError; then its record may not be forgotten.
        """
        content = letter.encode(new)
        file = self.path / f"{new.about.id}{NEW}"
        self._known.add(new.about.id)
        try:
            self._make()
            _write_durably(file, content)
            file.replace(self._at_rest(new.about.id))
            sync(self.path)
        except OSError:
            with suppress(OSError):
                file.unlink()
            raise
        self._letters_left -= 1
        self._bytes_left -= len(content)
        if self._letters_left < 0 or self._bytes_left < 0:
            self._make_room(new.about.id)

    def ids(self, waiting: bool) -> list[str]:
        """The letters that wait to be sent again, or those at rest, by record. Raises OSError."""
        return sorted(self._names(waiting), key=_order)

    def count(self, waiting: bool) -> int:
        """How many letters wait to be sent again, or are at rest. Raises OSError."""
        return len(self._names(waiting))

    def entries(self) -> Iterator[Entry]:
        """All letters; one that goes meanwhile is left out. Raises OSError."""
        for waits in (False, True):
            for name in self.ids(waits):
                file = self._waiting(name) if waits else self._at_rest(name)
                with suppress(FileNotFoundError):
                    yield Entry(name, file.stat().st_size, waits, _read(file))

    def waiting(self, id: str) -> Letter | None:
        """A letter that waits to be sent again; None if it is damaged or gone."""
        self._known.add(id)
        try:
            return _read(self._waiting(id))
        except FileNotFoundError:
            return None

    def send_again(self, id: str) -> None:
        """Let a letter wait to be sent again. Raises OSError."""
        self._move(self._at_rest(id), self._waiting(id))

    def put_back(self, id: str) -> None:
        """Let a letter rest that cannot be sent. Raises OSError."""
        self._move(self._waiting(id), self._at_rest(id))

    def settle(self, id: str, taken: bool) -> bool:
        """A server settled a record: no letter of it waits any more, and none is left if it was taken.

        Returns whether there may have been one.
        """
        if id not in self._known:
            return False
        if taken:
            self._remove(self._at_rest(id))
            self._known.discard(id)
        self._remove(self._waiting(id))
        return True

    def drop(self, id: str) -> None:
        """Remove a letter wherever it is. Raises OSError."""
        self._at_rest(id).unlink(missing_ok=True)
        self._waiting(id).unlink(missing_ok=True)

    def _names(self, waiting: bool) -> list[str]:
        try:
            with os.scandir(self.path / RETRY if waiting else self.path) as found:
                return [file.name.removesuffix(SUFFIX) for file in found if file.name.endswith(SUFFIX)]
        except FileNotFoundError:
            return []

    def _make(self) -> None:
        for folder in (self.path, self.path / RETRY):
            if not folder.is_dir():
                folder.mkdir(mode=0o700)
                sync(folder.parent)

    def _make_room(self, newest: str) -> None:
        """Count what there is, and give up the oldest if it is too much, but never the newest."""
        found = []
        for name in self.ids(waiting=False):
            with suppress(FileNotFoundError):
                about = self._at_rest(name).stat()
                found.append((name == newest, about.st_mtime_ns, name, about.st_size))
        letters, size = len(found), sum(one[3] for one in found)
        if letters > MOST_LETTERS or size > self._limit_bytes:
            for is_newest, _, name, size_bytes in sorted(found):
                enough = letters <= MOST_LETTERS - MOST_LETTERS // ROOM
                if is_newest or (enough and size <= self._limit_bytes - self._limit_bytes // ROOM):
                    break
                self._give_up(name)
                letters, size = letters - 1, size - size_bytes
        self._known = {*self.ids(waiting=False), *self.ids(waiting=True)}
        self._letters_left, self._bytes_left = MOST_LETTERS - letters, self._limit_bytes - size

    def _give_up(self, id: str) -> None:
        log.warning("dead_letter_given_up id=%s", id)
        self.given_up += 1
        if (known := _read(self._at_rest(id))) and known.about.outcome != "partial":
            self.lost.append(known.item._replace(body=b""))
        self._remove(self._at_rest(id))

    def _at_rest(self, id: str) -> Path:
        return self.path / f"{id}{SUFFIX}"

    def _waiting(self, id: str) -> Path:
        return self.path / RETRY / f"{id}{SUFFIX}"

    def _move(self, old: Path, new: Path) -> None:
        old.rename(new)
        sync(new.parent)
        sync(old.parent)

    def _remove(self, file: Path) -> None:
        with suppress(OSError):
            file.unlink()


def _write_durably(file: Path, content: bytes) -> None:
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(opened, "wb", buffering=0) as new:
        if new.write(content) != len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(new.fileno())


def _read(file: Path) -> Letter | None:
    """None for a damaged one and for one that cannot be read. Raises FileNotFoundError."""
    try:
        found = letter.decode(file.read_bytes())
    except FileNotFoundError:
        raise
    except (OSError, LetterError):
        return None
    return found if found.about.id + SUFFIX == file.name else None


def _order(id: str) -> tuple[str, int]:
    try:
        return letter.key(id)
    except LetterError:
        return id, -1
