"""A dead letter as it lies on disk: what became of a record, and the record itself. Pure.

CRC-32 in eight hex digits, a blank, one line of JSON, then the record's body; the sum is of all behind it.
"""

from __future__ import annotations

import zlib
from typing import NamedTuple

import msgspec

from collector.spool import Item, Key

MOST_ITEMS = 1000
LONGEST_TEXT = 1000


class LetterError(Exception):
    """Bytes that are no whole letter."""


class DeadLetter(msgspec.Struct, frozen=True):
    """What was not taken, and why. items: the rows that were not, of a partial one; at most `MOST_ITEMS`.

    time_ms: when, by the wall clock. The span and ticks are those of its Item.
    """

    incarnation: str
    seq: int
    outcome: str
    reason: str
    items: list[str]
    time_ms: int
    from_ms: int = 0
    to_ms: int = 0
    ticks: int = 0

    @property
    def key(self) -> Key:
        """The record."""
        return self.incarnation, self.seq

    @property
    def id(self) -> str:
        """Its name on disk and on the command line."""
        return name(self.key)


class Letter(NamedTuple):
    """A dead letter with its record."""

    about: DeadLetter
    body: bytes

    @property
    def item(self) -> Item:
        """The record, to be sent again."""
        about = self.about
        return Item(about.incarnation, about.seq, about.from_ms, about.to_ms, self.body, about.ticks)


def write_up(item: Item, outcome: str, reason: str, items: list[str], now_ms: int) -> Letter:
    """The letter of an item that was not taken, with texts of a server cut to what is kept."""
    kept = [text[:LONGEST_TEXT] for text in items[:MOST_ITEMS]]
    reason = reason[:LONGEST_TEXT]
    about = DeadLetter(*item.key, outcome, reason, kept, now_ms, item.from_ms, item.to_ms, item.ticks)
    return Letter(about, item.body)


def name(key: Key) -> str:
    """What a letter is called: the record's incarnation and number."""
    return f"{key[0]}-{key[1]}"


def key(name: str) -> Key:
    """The record that a name names. Raises LetterError."""
    incarnation, _, seq = name.rpartition("-")
    if not (seq.isascii() and seq.isdecimal()):
        raise LetterError(f"no record is called {name!r}")
    return incarnation, int(seq)


def encode(letter: Letter) -> bytes:
    """The letter's file."""
    told = msgspec.json.encode(letter.about) + b"\n" + letter.body
    return b"%08x " % zlib.crc32(told) + told


def decode(content: bytes) -> Letter:
    """The letter of a file. Raises LetterError for bytes that are not whole."""
    told = content[9:]
    if content[:9] != b"%08x " % zlib.crc32(told):
        raise LetterError("the sum is wrong")
    line, _, body = told.partition(b"\n")
    try:
        return Letter(msgspec.json.decode(line, type=DeadLetter), body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LetterError(f"written by another version: {error}") from error
