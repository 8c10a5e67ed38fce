"""One record in a segment: a header, the incarnation's text, the body. Pure.

The CRC stands behind the magic and is over all that follows it. `scan` takes any bytes: what is no
record is stepped over to the next that is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple
from zlib import crc32

from collector.spool import Item

MAGIC = b"\x8bTGR"
VERSION = 1
SUMMARY, FOLLOWS = 1, 2
_START = struct.Struct("<4sI")
_FIELDS = struct.Struct("<BBHIIQqqI")
HEADER_BYTES = _START.size + _FIELDS.size


class Place(NamedTuple):
    """A whole record that was found.

    ordinal: how many came before it in its segment. follows: the one before it is the last of the segment before.
    at, body, end: where it begins, where its body does, and where both end.
    """

    incarnation: str
    seq: int
    ordinal: int
    from_ms: int
    to_ms: int
    ticks: int
    summary: bool
    follows: bool
    at: int
    body: int
    end: int


def placed(item: Item, ordinal: int, at: int, follows: bool = False) -> Place:
    """Where a record of an item will be."""
    body = at + HEADER_BYTES + len(item.incarnation.encode())
    times = item.from_ms, item.to_ms, item.ticks
    return Place(item.incarnation, item.seq, ordinal, *times, item.summary, follows, at, body, body + len(item.body))


def encode(place: Place, body: bytes) -> bytes:
    """A record as it stands in a segment."""
    name = place.incarnation.encode()
    flags = (SUMMARY if place.summary else 0) | (FOLLOWS if place.follows else 0)
    about = place.ordinal, place.seq, place.from_ms, place.to_ms, place.ticks
    checked = b"".join((_FIELDS.pack(VERSION, flags, len(name), len(body), *about), name, body))
    return _START.pack(MAGIC, crc32(checked)) + checked


def read(data: bytes, at: int = 0) -> Place | None:
    """The record that begins at `at`, if a whole one does."""
    if len(data) - at < HEADER_BYTES:
        return None
    magic, crc = _START.unpack_from(data, at)
    version, flags, name, size, ordinal, seq, from_ms, to_ms, ticks = _FIELDS.unpack_from(data, at + _START.size)
    body = at + HEADER_BYTES + name
    end = body + size
    whole = magic == MAGIC and version == VERSION and end <= len(data)
    if not whole or crc != crc32(memoryview(data)[at + _START.size : end]):
        return None
    incarnation = str(data[at + HEADER_BYTES : body], "utf-8", "replace")
    marks = bool(flags & SUMMARY), bool(flags & FOLLOWS)
    return Place(incarnation, seq, ordinal, from_ms, to_ms, ticks, *marks, at, body, end)


def scan(data: bytes) -> Iterator[Place]:
    """All whole records, in order."""
    at = data.find(MAGIC)
    while at >= 0:
        place = read(data, at)
        if place is not None:
            yield place
            at = place.end
        else:
            at += 1
        if not data.startswith(MAGIC, at):
            at = data.find(MAGIC, at)


def is_torn(tail: bytes) -> bool:
    """Whether the end of a file is what a write that did not come to its end leaves: the beginning of a record,
    or zeros."""
    if not tail.strip(b"\0"):
        return True
    if not tail.startswith(MAGIC[: len(tail)]):
        return False
    if len(tail) < HEADER_BYTES:
        return True
    _, _, name, size, *_ = _FIELDS.unpack_from(tail, _START.size)
    return HEADER_BYTES + int(name) + int(size) > len(tail)


def item(place: Place, data: bytes) -> Item:
    """The item of a record in the bytes that it was found in."""
    body = data[place.body : place.end]
    return Item(place.incarnation, place.seq, place.from_ms, place.to_ms, body, place.ticks, place.summary)
