"""What of the segments is settled, in slots of one file that are written in place and need no new space.

A slot is a header with generation, length and CRC, and an entry a segment. A write goes to a slot that
is neither the newest nor the newest that is known to be on the disk. So a killed process loses no settle
that returned, and a power cut those since the last durable write, whatever it left of the others.
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from collector.disk.segment import Segment
from collector.files import sync

MAGIC = b"\x8bTGC"
SLOTS = 3
SLOT_BYTES = 256 << 10
_HEADER = struct.Struct("<4sQII")
_ENTRY = struct.Struct("<QQIqqHH")
_SETTLED = bytes.maketrans(b"x", b"1")


class Entry(NamedTuple):
    """A segment as the cursor knew it. done: a bit a record, the first is the lowest: settled or known to be lost."""

    number: int
    first_seq: int
    records: int
    from_ms: int
    to_ms: int
    incarnation: str
    done: int


def encode_entry(segment: Segment) -> bytes:
    """A segment's entry, kept at it until it changes."""
    if segment.entry is None:
        count = len(segment)
        bits = int(segment.states.translate(_SETTLED)[::-1] or b"0", 2)
        done = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
        name = segment.incarnation.encode()
        from_ms, to_ms = (segment.span(0).from_ms, segment.span(count - 1).to_ms) if count else (0, 0)
        fields = _ENTRY.pack(segment.number, segment.first_seq, count, from_ms, to_ms, len(name), len(done))
        segment.entry = b"".join((fields, name, done))
    return segment.entry


def encode(generation: int, segments: Iterable[Segment]) -> bytes:
    """A slot. What does not fit is left out: the newest segments, of which all will be sent again."""
    body = bytearray()
    for segment in segments:
        entry = encode_entry(segment)
        if _HEADER.size + len(body) + len(entry) > SLOT_BYTES:
            break
        body += entry
    crc = crc32(body, crc32(struct.pack("<QI", generation, len(body))))
    return _HEADER.pack(MAGIC, generation, len(body), crc) + bytes(body)


def decode(slot: bytes) -> tuple[int, dict[int, Entry]] | None:
    """Generation and entries of a slot by their numbers; None if it is damaged."""
    if len(slot) < _HEADER.size:
        return None
    magic, generation, length, crc = _HEADER.unpack_from(slot)
    body = slot[_HEADER.size : _HEADER.size + length]
    whole = magic == MAGIC and len(body) == length
    if not whole or crc != crc32(body, crc32(struct.pack("<QI", generation, length))):
        return None
    entries: dict[int, Entry] = {}
    at = 0
    while at + _ENTRY.size <= length:
        number, first_seq, count, from_ms, to_ms, name, done = _ENTRY.unpack_from(body, at)
        at += _ENTRY.size + name + done
        text = str(body[at - name - done : at - done], "utf-8", "replace")
        bits = int.from_bytes(body[at - done : at], "little")
        entries[number] = Entry(number, first_seq, count, from_ms, to_ms, text, bits)
    return generation, entries


class Cursor:
    """The file. One thread at a time. Methods raise OSError; then the file is made anew by the next write."""

    def __init__(self, path: Path, sync: Callable[[int], None]) -> None:
        self._path = path
        self._sync = sync
        self._fd = -1
        self._generation = 0
        self._newest = self._durable = -1

    def load(self) -> dict[int, Entry] | None:
        """The newest slot that is whole; None if there is none."""
        found: dict[int, Entry] | None = None
        self._fd = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        for number in range(SLOTS):
            slot = decode(os.pread(self._fd, SLOT_BYTES, number * SLOT_BYTES))
            if slot is not None and slot[0] > self._generation:
                self._generation, found = slot
                self._newest = self._durable = number
        if os.fstat(self._fd).st_size != SLOTS * SLOT_BYTES:
            self.close()
        return found

    def write(self, segments: Iterable[Segment], durable: bool = False) -> None:
        """Note what is settled; durable: it outlives a power cut when this returns."""
        self._generation += 1
        data = encode(self._generation, segments)
        try:
            if self._fd < 0:
                self._make(data)
            else:
                self._put(data, durable)
        except OSError:
            # after a failed sync nobody knows what is on the disk, and a second one would say that all is well
            self.close()
            raise

    def close(self) -> None:
        """Give the descriptor back."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            with suppress(OSError):
                os.close(fd)

    def _put(self, data: bytes, durable: bool) -> None:
        if os.fstat(self._fd).st_nlink == 0:
            raise FileNotFoundError(errno.ENOENT, "the file was removed")
        slot = next(n for n in range(SLOTS) if n not in (self._newest, self._durable))
        _write(self._fd, data, slot * SLOT_BYTES)
        self._newest = slot
        if durable:
            self._sync(self._fd)
            self._durable = slot

    def _make(self, data: bytes) -> None:
        """A new file, with all its space and a first slot, in place of the old one."""
        new = self._path.with_suffix(".new")
        fd = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            _write(fd, data.ljust(SLOTS * SLOT_BYTES, b"\0"), 0)
            self._sync(fd)
            new.replace(self._path)
            sync(self._path.parent)
        except OSError:
            os.close(fd)
            with suppress(OSError):
                new.unlink()
            raise
        self._fd, self._newest, self._durable = fd, 0, 0


def _write(fd: int, data: bytes, at: int) -> None:
    if os.pwrite(fd, data, at) < len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
