"""A node's own shard of presence: which collectors it hears, told in few bytes. Pure; for one thread at a time.

Each incarnation of a collector has a place. What changes is told as Facts; that a collector was seen, and
nothing else, as a bit of the next Beat. Reader and writer take the same arithmetic (`presence.advance`) for
what nobody tells: what comes out differently is told.

How exact a reader is, with a link that takes no time: it knows of a POST at the next beat, when it was seen to
`unit_ms` (a 64th of the time between two beats, rounded up), and the collector's clock and the age of its newest
row to EXACT_MS more. A change of name, period or problem, a clean stop, a new incarnation, a queue that begins or ends,
and a clock or an age that is off by more than AT_ONCE_MS is told at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from tidegauge.cluster import presence
from tidegauge.cluster.frames import Seen
from tidegauge.cluster.presence import Fact, Key
from tidegauge.cluster.shard_frames import (
    AGES,
    MAX_ENTRIES,
    NOTHING,
    Beat,
    Entry,
    Facts,
    OfPresence,
    Rest,
    Shard,
    marked,
)

EXACT_MS = 100
AT_ONCE_MS = 1_000
PART = 8
"""A queue that changed by less than one part in so many is not told again."""
OVERTAKEN_MS = 10_000
"""A POST may be so late that one that was sent after it came before it."""
BACK_PERIODS = 3
"""A collector that is back after so long may be silent elsewhere: it is told of at once, if that is rare."""
EARLY, EARLY_MS = 8, 1_000
"""So many beats may come early one after another, and one more each second."""
SPARSE = 64
"""A shard with more empty places than this and than collectors begins a new life, without them."""


@dataclass(slots=True)
class _Row:
    """One place: the collector as it was told last, also as an entry and its bytes, and as it is. told_ms,
    seen_ms: when it was seen so. sent_ms: when the last of its POSTs was sent, by its clock."""

    told: Seen
    told_ms: int
    entry: Entry
    raw: msgspec.Raw
    last: Seen
    seen_ms: int
    sent_ms: int


class _Encoded(msgspec.Struct, frozen=True, tag="shard", tag_field="type"):
    """A frame Shard whose entries are bytes already."""

    node: str
    life: str
    number: int
    at_ms: int
    entries: list[msgspec.Raw]
    seen: list[int]


class OwnShard:
    """One node's shard; times are ms of the node's own monotonic clock since it began. life: of this process."""

    def __init__(self, node: str, life: str) -> None:
        self._node = node
        self._process = life
        self._epoch = 0
        self._number = 0
        self._beat_ms = 0
        self._rows: list[_Row | None] = []
        self._places: dict[Key, int] = {}
        self._marked: set[int] = set()
        self._early_ms = float("-inf")
        """Until when early beats are used up, one each EARLY_MS."""

    def see(self, seen: Seen, at_ms: int) -> list[OfPresence]:
        """Note a POST; what is to be told of it at once, if anything."""
        key = (seen.host, seen.incarnation)
        if (place := self._places.get(key)) is None:
            if len(self._rows) >= MAX_ENTRIES:
                return []
            place = self._places[key] = len(self._rows)
            self._rows.append(_Row(seen, at_ms, _entry(place, seen, at_ms, 0), msgspec.Raw(), seen, at_ms, seen.now_ms))
            self._marked.add(place)
            return [self._tell([place], at_ms)]
        row = self._row(place)
        is_back = at_ms - row.seen_ms > BACK_PERIODS * seen.period_ms
        _join(row, seen, at_ms)
        self._marked.add(place)
        if _is_urgent(row):
            return [self._tell([place], at_ms)]
        return self.beat(at_ms) if is_back and self._may_be_early(at_ms) else []

    def beat(self, at_ms: int) -> list[OfPresence]:
        """What is to be told of the time since the last beat."""
        told: list[OfPresence] = []
        places = sorted(self._marked)
        if stale := [place for place in places if _is_off(self._row(place))]:
            told.append(self._tell(stale, at_ms))
        unit_ms = max(1, -(-(at_ms - self._beat_ms + 1) // len(AGES)))
        ages = [(at_ms - self._row(place).seen_ms) // unit_ms for place in places]
        self._number += 1
        told.append(
            Beat(
                node=self._node,
                life=self.life,
                number=self._number,
                at_ms=at_ms,
                unit_ms=unit_ms,
                seen=marked(places),
                ages="".join(AGES[age] for age in ages),
            )
        )
        self._marked.clear()
        self._beat_ms = at_ms
        return told

    def snapshot(self, at_ms: int) -> Shard:
        """All of it."""
        return Shard(
            node=self._node,
            life=self.life,
            number=self._number,
            at_ms=at_ms,
            entries=[row.entry for row in self._rows if row],
            seen=[row.seen_ms for row in self._rows if row],
        )

    def encoded(self, at_ms: int) -> bytes:
        """The bytes of `snapshot`. Entries were encoded when they were told."""
        return msgspec.json.encode(
            _Encoded(
                node=self._node,
                life=self.life,
                number=self._number,
                at_ms=at_ms,
                entries=[row.raw for row in self._rows if row],
                seen=[row.seen_ms for row in self._rows if row],
            )
        )

    def forget(self, at_ms: int, superseded_ms: float, lost_ms: float) -> Shard | None:
        """Let go of whom was not seen for so long (`presence.forget`). A shard that becomes sparse begins a new
        life, which is to be told whole: a place is never given twice in one life."""
        since_ms = at_ms - min(superseded_ms, lost_ms)
        if all(self._row(place).seen_ms >= since_ms for place in self._places.values()):
            return None
        held = {key: Fact(self._row(place).last, self._row(place).seen_ms) for key, place in self._places.items()}
        kept = presence.forget(held, at_ms, superseded_ms, lost_ms)
        for key in held.keys() - kept.keys():
            place = self._places.pop(key)
            self._rows[place] = None
            self._marked.discard(place)
        if len(self._rows) - len(self._places) <= max(SPARSE, len(self._places)):
            return None
        self._epoch, self._number = self._epoch + 1, 0
        self._rows = [row for row in self._rows if row is not None]
        self._places = {(row.last.host, row.last.incarnation): at for at, row in enumerate(self._rows) if row}
        self._marked.clear()
        self._tell(list(self._places.values()), at_ms)
        self._number = 0
        return self.snapshot(at_ms)

    @property
    def life(self) -> str:
        """The name of its present life."""
        return f"{self._process}.{self._epoch}"

    def _may_be_early(self, at_ms: int) -> bool:
        """Where many nodes share the collectors each comes back seldom: then beats come when they are due."""
        until_ms = max(self._early_ms, at_ms - EARLY * EARLY_MS) + EARLY_MS
        if until_ms > at_ms:
            return False
        self._early_ms = until_ms
        return True

    def _tell(self, places: list[int], at_ms: int) -> Facts:
        """Tell these as they are."""
        self._number += 1
        entries = []
        for place in places:
            row = self._row(place)
            row.told, row.told_ms = row.last, row.seen_ms
            row.entry = _entry(place, row.told, row.told_ms, self._number)
            row.raw = msgspec.Raw(msgspec.json.encode(row.entry))
            entries.append(row.entry)
        return Facts(
            node=self._node,
            life=self.life,
            number=self._number,
            at_ms=at_ms,
            entries=entries,
        )

    def _row(self, place: int) -> _Row:
        row = self._rows[place]
        assert row is not None, "a place that was given up"
        return row


def _entry(place: int, told: Seen, seen_ms: int, version: int) -> Entry:
    queue = told.queue
    rest = Rest(queue.count, queue.from_ms, queue.to_ms, told.stopping, told.problem)
    return Entry(
        place,
        version,
        seen_ms,
        told.host,
        told.name,
        told.incarnation,
        told.seq,
        told.period_ms,
        told.now_ms,
        told.now_ms - told.newest_ms if told.newest_ms else None,
        None if rest == NOTHING else rest,
    )


def _join(row: _Row, seen: Seen, at_ms: int) -> None:
    """A collector after one more POST. One that was overtaken says nothing new but that the collector was there."""
    newest_ms = max(row.last.newest_ms, seen.newest_ms)
    if 0 < row.sent_ms - seen.now_ms < OVERTAKEN_MS:
        seen = presence.advance(row.last, at_ms - row.seen_ms)
    else:
        row.sent_ms = seen.now_ms
    row.last, row.seen_ms = msgspec.structs.replace(seen, newest_ms=newest_ms), at_ms


def _is_urgent(row: _Row) -> bool:
    """Whether a reader would be wrong about what is told at once."""
    assumed, now = presence.advance(row.told, row.seen_ms - row.told_ms), row.last
    return (
        (assumed.stopping, assumed.problem, assumed.period_ms, assumed.name, not assumed.queue.count)
        != (now.stopping, now.problem, now.period_ms, now.name, not now.queue.count)
    ) or _error_ms(assumed, now) > AT_ONCE_MS


def _is_off(row: _Row) -> bool:
    """Whether a reader would be wrong about anything."""
    assumed, now = presence.advance(row.told, row.seen_ms - row.told_ms), row.last
    return _error_ms(assumed, now) > EXACT_MS or _queue_is_off(assumed, now)


def _error_ms(assumed: Seen, now: Seen) -> int:
    """By how much the collector's clock, or the age of its newest row, is another than a reader assumes."""
    clock_ms = abs(assumed.now_ms - now.now_ms)
    ages = [one.now_ms - one.newest_ms if one.newest_ms else 0 for one in (assumed, now)]
    return max(clock_ms, abs(ages[0] - ages[1]))


def _queue_is_off(assumed: Seen, now: Seen) -> bool:
    a, b = assumed.queue, now.queue
    if abs(a.count - b.count) > max(1, a.count // PART):
        return True
    if None in (a.from_ms, a.to_ms, b.from_ms, b.to_ms):
        return (a.from_ms is None, a.to_ms is None) != (b.from_ms is None, b.to_ms is None)
    allowed_ms = max(2 * now.period_ms, ((b.to_ms or 0) - (b.from_ms or 0)) // PART)
    return max(abs((a.from_ms or 0) - (b.from_ms or 0)), abs((a.to_ms or 0) - (b.to_ms or 0))) > allowed_ms
