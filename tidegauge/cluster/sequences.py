"""Sequences: which of a host's own records no link has brought. Pure: time is a parameter.

A collector numbers the records of each life without holes, and sends each to one ingest node, by turns. So they come
in any order, some twice; one that is missing for a while on all links was lost on the way.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

WAIT_MS = 1_500
"""So long a record may come on another link, once a later one came."""
REST_MS = 5_000
"""A host of which a hole was told is left alone for so long; then all that is missing is told as one."""
MOST_RUNS, MOST_LIVES, MOST_HOLES = 32, 2, 50
"""Of a life; of a host; that are told in one go."""
SUMMARIES = 1 << 40
"""From here on records have minute rows alone (rule 13)."""
WIDE_PERIODS = 1.5
"""Neighbours that lie closer have no row between them, whatever their numbers."""
BEHIND_PERIODS = 0.75
"""A row that is so much older than the newest that was sent is not the last one."""


class Hole(NamedTuple):
    """A span of a host's time, its own clock, of which rows are missing."""

    host: str
    from_ms: int
    to_ms: int


@dataclass
class _Run:
    """Records without a hole, or whose holes were told. since_ms: when the hole before them was first seen."""

    first: int
    last: int
    from_ms: int
    to_ms: int
    since_ms: float

    def widen(self, seq: int, from_ms: int, to_ms: int) -> None:
        """Take more rows of a record that came before."""
        if seq == self.first:
            self.from_ms = min(self.from_ms, from_ms)
        if seq == self.last:
            self.to_ms = max(self.to_ms, to_ms)

    def join(self, later: _Run) -> None:
        """Take over a run behind this one."""
        self.last, self.to_ms = later.last, later.to_ms


class _Sent(NamedTuple):
    """A record that was sent, as presence says, and none so late was seen: its number, its newest time, since when."""

    seq: int
    newest_ms: int
    since_ms: float


@dataclass
class _Life:
    """One incarnation of a host's collector: its runs in order, the holes lie between them."""

    period_ms: int
    runs: list[_Run] = field(default_factory=list)
    sent: _Sent | None = None

    def add(self, seq: int, from_ms: int, to_ms: int, now_ms: float) -> None:
        """Take a record."""
        at = bisect_right(self.runs, seq, key=lambda run: run.first)
        before = self.runs[at - 1] if at else None
        if before and seq <= before.last:
            before.widen(seq, from_ms, to_ms)
            return
        since_ms = now_ms
        if at < len(self.runs):
            after = self.runs[at]
            since_ms = after.since_ms = after.since_ms if before else now_ms
        self.runs.insert(at, _Run(seq, seq, from_ms, to_ms, since_ms))
        self._close(at + 1)
        self._close(at)
        if len(self.runs) > MOST_RUNS:
            self.runs[0].join(self.runs.pop(1))

    def note_sent(self, seq: int, newest_ms: int, now_ms: float) -> None:
        """Note what presence says of the newest record, until that or a later one came."""
        last = self.runs[-1].last
        if seq > last and (self.sent is None or self.sent.seq <= last):
            self.sent = _Sent(seq, newest_ms, now_ms)

    def holes(self, since_ms: float) -> list[tuple[int, int]]:
        """The spans between rows of which some have been missing since then; they are not told again."""
        found = []
        for at in range(len(self.runs) - 1, 0, -1):
            before, after = self.runs[at - 1 : at + 1]
            if after.since_ms <= since_ms:
                if after.from_ms - before.to_ms >= WIDE_PERIODS * self.period_ms:
                    found.append((before.to_ms + 1, after.from_ms - 1))
                before.join(self.runs.pop(at))
        return found + self._behind(since_ms)

    def _behind(self, since_ms: float) -> list[tuple[int, int]]:
        """The span behind the last row, if one that was sent has been missing since then."""
        run, sent = self.runs[-1], self.sent
        if sent is None or sent.since_ms > since_ms:
            return []
        self.sent = None
        if sent.seq <= run.last:
            return []
        found = (
            [(run.to_ms + 1, sent.newest_ms)] if sent.newest_ms - run.to_ms >= BEHIND_PERIODS * self.period_ms else []
        )
        run.join(_Run(sent.seq, sent.seq, run.to_ms, max(run.to_ms, sent.newest_ms), 0))
        return found

    def _close(self, at: int) -> None:
        """Join a run to the one before it if no number lies between them."""
        if 0 < at < len(self.runs) and self.runs[at - 1].last + 1 == self.runs[at].first:
            self.runs[at - 1].join(self.runs.pop(at))


class Sequences:
    """The records of each host whose rows are read. For one thread."""

    def __init__(self, wait_ms: int = WAIT_MS, rest_ms: int = REST_MS) -> None:
        self._wait_ms = wait_ms
        self._rest_ms = rest_ms
        self._hosts: dict[str, dict[str, _Life]] = {}
        self._told_ms: dict[str, float] = {}

    def take(
        self, host: str, incarnation: str, seq: int, period_ms: int, span_ms: tuple[int, int], now_ms: float
    ) -> None:
        """A record came with rows of the host itself, of times from and to; now_ms: monotonic."""
        if seq >= SUMMARIES:
            return
        lives = self._hosts.setdefault(host, {})
        life = lives.get(incarnation) or self._begin(lives, incarnation, period_ms, now_ms)
        life.add(seq, *span_ms, now_ms)
        if len(lives) > MOST_LIVES:
            del lives[min(lives)]

    def sent(self, host: str, incarnation: str, seq: int, newest_ms: int, now_ms: float) -> None:
        """Presence says that a record was sent; newest_ms: the time of the newest row by then, 0: there is none."""
        life = self._hosts.get(host, {}).get(incarnation)
        if life and newest_ms > 0 and seq < SUMMARIES:
            life.note_sent(seq, newest_ms, now_ms)

    def holes(self, now_ms: float) -> list[Hole]:
        """What has been missing for so long that it will not come, a span a host; each is told once."""
        found: list[Hole] = []
        for host, lives in self._hosts.items():
            if now_ms - self._told_ms.get(host, float("-inf")) < self._rest_ms:
                continue
            spans = [span for life in lives.values() for span in life.holes(now_ms - self._wait_ms)]
            if spans:
                self._told_ms[host] = now_ms
                found.append(Hole(host, min(begin for begin, _ in spans), max(end for _, end in spans)))
            if len(found) >= MOST_HOLES:
                break
        return found

    def reads(self, host: str) -> bool:
        """Whether records of a host came."""
        return host in self._hosts

    def keep(self, hosts: Collection[str | None]) -> None:
        """Forget all but these hosts: the rows of others are read no longer."""
        self._hosts = {host: lives for host, lives in self._hosts.items() if host in hosts}
        self._told_ms = {host: at for host, at in self._told_ms.items() if host in hosts}

    def _begin(self, lives: dict[str, _Life], incarnation: str, period_ms: int, now_ms: float) -> _Life:
        """A life that follows another of which the end was seen was to be seen from its first record on."""
        lives[incarnation] = life = _Life(period_ms)
        if before := [one.runs[-1].to_ms for name, one in lives.items() if name < incarnation]:
            life.runs.append(_Run(-1, -1, max(before), max(before), now_ms))
        return life
