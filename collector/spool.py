"""The queue between agent and sender: what a server has not yet settled."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple, Protocol

from tidegauge.metrics import wire
from tidegauge.metrics.records import Record
from tidegauge.metrics.wire import Queue, WireError

INFLATED_BYTES = 16 << 20

Key = tuple[str, int]
"""What names a record: (incarnation, seq)."""


class Item(NamedTuple):
    """A record as it will be sent: `body` is one gzip member (wire.encode).

    ticks: of how many ticks it holds the raw rows; where there are none, its loss leaves no hole. The
    span is of them; without any, where the record stands among the others. summary: it holds the minute
    rows of all raw rows of the items before it that no other summary holds (rule 13).
    """

    incarnation: str
    seq: int
    from_ms: int
    to_ms: int
    body: bytes
    ticks: int = 1
    summary: bool = False

    @property
    def key(self) -> Key:
        return self.incarnation, self.seq

    def record(self) -> Record | None:
        """What the body holds; None where it cannot be read."""
        try:
            return next((wire.decode(line) for line in wire.members(self.body, INFLATED_BYTES)), None)
        except WireError:
            return None


class Spool(Protocol):
    """Holds items from `append` until `settle`.

    Order: items come back in the order they were appended. Threads: any may call at any time.
    Ownership: an item that was appended is the spool's until it is settled or handed back; it may be
    asked for many times. Bound: the bodies take at most `limit_bytes`; where a new item would not
    fit, the oldest are given up, some more than need be, and handed back to the caller, who counts
    and claims them; never the new one. Durability: an implementation says what outlives the process. Errors: none of
    these methods raises; what a disk refuses is kept in memory within the same bound.
    """

    limit_bytes: int

    def append(self, item: Item) -> list[Item]:
        """Keep an item. Returns those given up for it, oldest first."""
        ...

    def settle(self, keys: Iterable[Key]) -> None:
        """Forget items; a key that is not here is no error."""
        ...

    def oldest(self, records: int, size_bytes: int, besides: Collection[Key] = ()) -> list[Item]:
        """The oldest items but `besides`: at most so many, of at most so many bytes, yet at least one."""
        ...

    def holds(self, key: Key) -> bool:
        """Whether an item is still here."""
        ...

    def held(self, besides: Collection[Key] = ()) -> Queue:
        """How many items there are, and from the oldest's first row to the newest's last one."""
        ...

    def size_bytes(self) -> int:
        """What the bodies take now."""
        ...

    def volatile(self) -> list[Item]:
        """The items that would be lost if the process ended now, oldest first."""
        ...
