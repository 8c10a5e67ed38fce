"""The frames of presence (rule 10): what a node tells of the collectors that it hears. `frames` decodes them.

Twice a second a Beat says who was seen; Facts say what changed of whom; a Shard is all of it.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Annotated

import msgspec

MAX_ENTRIES = 1 << 15
"""A shard of presence has at most so many places."""
AGES = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
"""The digits of ages in a Beat, 0 to 63."""

Int = Annotated[int, msgspec.Meta(ge=-(1 << 53), le=1 << 53)]
Place = Annotated[int, msgspec.Meta(ge=0, lt=MAX_ENTRIES)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]


class Rest(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What most collectors have nothing of: a queue, a clean stop, a problem; the fields of Queue and Seen."""

    count: Count
    from_ms: Int | None
    to_ms: Int | None
    stopping: bool
    problem: str


NOTHING = Rest(0, None, None, False, "")


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One collector in a shard of presence, as its POST at `seen_ms` showed it; the fields of Seen.

    index: its place in the shard, for as long as that lives. version: of two the greater was told later.
    seen_ms: by the node's own monotonic clock, since the shard began to live. age_ms: how long before now_ms its
    newest row was taken; None: it has none. rest: None stands for NOTHING.
    """

    index: Place
    version: Count
    seen_ms: Count
    host: str
    name: str
    incarnation: str
    seq: Int
    period_ms: Annotated[int, msgspec.Meta(ge=1, le=1 << 32)]
    now_ms: Int
    age_ms: Int | None
    rest: Rest | None


class _OfShard(msgspec.Struct, frozen=True, kw_only=True):
    """A frame of one life of one node's shard. at_ms: the node's clock, as in Entry. number: of what was
    published of this life, without holes."""

    node: str
    life: str
    number: Count
    at_ms: Count


class Shard(_OfShard, frozen=True, kw_only=True, tag="shard", tag_field="type"):
    """All of a shard, with what was published up to `number`. seen: when each of `entries` was seen last."""

    entries: list[Entry]
    seen: list[Count]

    def __post_init__(self) -> None:
        if len(self.seen) != len(self.entries) or max(self.seen, default=0) > self.at_ms:
            raise ValueError("a shard whose columns differ in length, or that was seen later than it was told of")


class Facts(_OfShard, frozen=True, kw_only=True, tag="facts", tag_field="type"):
    """Some collectors as they are now, in place of what was told of them before."""

    entries: list[Entry]

    def __post_init__(self) -> None:
        if max((entry.seen_ms for entry in self.entries), default=0) > self.at_ms:
            raise ValueError("a collector that was seen later than it was told of")


class Beat(_OfShard, frozen=True, kw_only=True, tag="beat", tag_field="type"):
    """Which collectors were seen since the last beat and when, to `unit_ms`.

    seen: a bit a place of the shard, the lowest first, as base64. ages: of each that is set one digit of
    AGES, how many units before at_ms it was seen last.
    """

    unit_ms: Annotated[int, msgspec.Meta(ge=1, le=1 << 32)]
    seen: str
    ages: str

    def __post_init__(self) -> None:
        self.sightings()

    def sightings(self) -> list[tuple[int, int]]:
        """Places, and when each was seen last."""
        bits = base64.b64decode(self.seen, validate=True)
        if 8 * len(bits) > MAX_ENTRIES:
            raise ValueError("a beat of too many places")
        places = [8 * at + bit for at, byte in enumerate(bits) if byte for bit in range(8) if byte >> bit & 1]
        ages = [AGES.index(digit) for digit in self.ages]
        return [(i, max(0, self.at_ms - age * self.unit_ms)) for i, age in zip(places, ages, strict=True)]


def marked(places: Sequence[int]) -> str:
    """Places as the bits of a Beat."""
    bits = bytearray(max(places, default=-1) // 8 + 1)
    for place in places:
        bits[place // 8] |= 1 << place % 8
    return base64.b64encode(bits).decode()


OfPresence = Shard | Facts | Beat
