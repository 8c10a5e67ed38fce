"""What is known of one segment without reading it: 38 bytes a record instead of its body.

A segment holds records of one incarnation whose sequence numbers follow each other, so that a key
says where its record is, and a hole how many are missing.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import NamedTuple

from collector.disk.record import Place
from collector.spool import Key

WAITING, SETTLED, LOST = b"01x"
MOST_RECORDS = 4096


class Span(NamedTuple):
    """A record's key and the times of its raw rows."""

    key: Key
    from_ms: int
    to_ms: int


class Segment:
    """The index of one file. Not safe for threads: the spool's lock is around it.

    number: its place among the others. follows: its first record follows the last of the segment before.
    size_bytes: of the file. left, left_bytes: records that wait, and their bodies. gone: there is no such
    file any more. entry: its part of the cursor, until that changes.
    """

    def __init__(self, number: int, incarnation: str, first_seq: int) -> None:
        self.number = number
        self.incarnation = incarnation
        self.first_seq = first_seq
        self.follows = False
        self.size_bytes = 0
        self.left = 0
        self.left_bytes = 0
        self.gone = False
        self.entry: bytes | None = None
        self.last_summary = self.last_raw = -1
        self.states = bytearray()
        self._places = array("I")
        self._sizes = array("I")
        self._bodies = array("I")
        self._froms = array("q")
        self._tos = array("q")
        self._ticks = array("I")

    def __len__(self) -> int:
        return len(self.states)

    @property
    def raw_behind(self) -> bool:
        """Whether raw rows lie behind its last summary."""
        return self.last_raw > self.last_summary

    def takes(self, place: Place) -> bool:
        """Whether a record can be one of its next."""
        return len(self) <= place.ordinal < MOST_RECORDS and place[:2] == self.key(place.ordinal)

    def add(self, place: Place) -> None:
        """Take a record in; those that are missing before it are lost."""
        self.lose_until(place.ordinal, place.from_ms, place.from_ms)
        self.follows = self.follows or place.follows
        self.states.append(WAITING)
        self._places.append(place.at)
        self._sizes.append(place.end - place.at)
        self._bodies.append(place.end - place.body)
        self._froms.append(place.from_ms)
        self._tos.append(place.to_ms)
        self._ticks.append(place.ticks)
        self.left += 1
        self.left_bytes += place.end - place.body
        self.entry = None
        if place.summary:
            self.last_summary = place.ordinal
        elif place.ticks:
            self.last_raw = place.ordinal

    def lose_until(self, count: int, from_ms: int = 0, to_ms: int = 0) -> None:
        """Have so many records; those that are not there are lost."""
        missing = count - len(self)
        if missing > 0:
            self.states += bytes([LOST]) * missing
            for column in (self._places, self._sizes, self._bodies, self._ticks):
                column.extend([0] * missing)
            self._froms.extend([from_ms] * missing)
            self._tos.extend([to_ms] * missing)
            self.entry = None

    def forgive(self) -> None:
        """What is lost is known to be: it counts as settled."""
        if LOST in self.states:
            self.states = self.states.replace(bytes([LOST]), bytes([SETTLED]))
            self.entry = None

    def settle_known(self, done: int) -> None:
        """Settle, or forgive, what a cursor says; a bit a record, the first is the lowest."""
        for ordinal, bit in enumerate(f"{done:b}"[::-1][: len(self)]):
            if bit == "1":
                self.mark(ordinal, SETTLED)
                self.states[ordinal] = SETTLED

    def ordinal(self, key: Key) -> int:
        """Where a record that waits is; -1 if it does not."""
        ordinal = key[1] - self.first_seq
        waits = key[0] == self.incarnation and 0 <= ordinal < len(self) and self.states[ordinal] == WAITING
        return ordinal if waits else -1

    def mark(self, ordinal: int, state: int) -> None:
        """Settle or lose a record; one that does not wait stays what it is."""
        if self.states[ordinal] == WAITING:
            self.left -= 1
            self.left_bytes -= self._bodies[ordinal]
            self.states[ordinal] = state
            self.entry = None

    def settle_all(self) -> None:
        """Settle all that waits."""
        self._mark_all(SETTLED)

    def lose_all(self) -> None:
        """Lose all that waits."""
        self._mark_all(LOST)

    def _mark_all(self, state: int) -> None:
        self.states = self.states.replace(bytes([WAITING]), bytes([state]))
        self.left = self.left_bytes = 0
        self.entry = None

    def waiting(self, start: int = 0) -> Iterator[int]:
        """The records that wait, oldest first."""
        at = self.states.find(WAITING, start)
        while at >= 0:
            yield at
            at = self.states.find(WAITING, at + 1)

    def waiting_backwards(self) -> Iterator[int]:
        """The records that wait, newest first."""
        at = self.states.rfind(WAITING)
        while at >= 0:
            yield at
            at = self.states.rfind(WAITING, 0, at)

    def raw_rest(self) -> Iterator[int]:
        """The records behind its last summary that hold raw rows, settled or not."""
        found = range(self.last_summary + 1, len(self))
        return (ordinal for ordinal in found if self._ticks[ordinal] and self.states[ordinal] != LOST)

    def key(self, ordinal: int) -> Key:
        """What names a record."""
        return self.incarnation, self.first_seq + ordinal

    def span(self, ordinal: int) -> Span:
        """Key and times of a record."""
        return Span(self.key(ordinal), self._froms[ordinal], self._tos[ordinal])

    def place(self, ordinal: int) -> tuple[int, int]:
        """Where in the file a record begins, and its size."""
        return self._places[ordinal], self._sizes[ordinal]
