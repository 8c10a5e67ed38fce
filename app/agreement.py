"""Whether web nodes make the same of hosts: digests of their verdicts, compared. Pure.

A digest has a mark for each of some buckets of hosts, the sum of what is made of those that are in it. Hosts whose
state changed just now are left out: nodes learn of a change at slightly different times.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tidegauge.cluster.presence import Verdict
from tidegauge.metrics.steps import HOUR

BUCKETS = 32
DIGITS = 4
"""Of a bucket's mark, hexadecimal."""
SETTLED_MS = 3_000
"""A state that is younger is left out."""
DIFFER_MS = 5_000
"""For so long a bucket differs before it counts: a digest is told once a second, and passed on once a second."""


class _Judged(NamedTuple):
    word: str
    since_ms: float
    mark: int


class Agreement:
    """This node's digest, and in how many buckets those of others differ from it. For one thread."""

    def __init__(self) -> None:
        self.digest = ""
        """What this node tells; "" until its verdicts had time to settle."""
        self.differing: dict[str, int] = {}
        """How many hosts, at least, each other web node makes something else of, by its name; none where nothing."""
        self._began_ms: float | None = None
        self._judged: dict[str, _Judged] = {}
        self._since: dict[tuple[str, int], float] = {}

    def note(self, verdicts: Iterable[tuple[str, Verdict | None]], now_ms: float) -> None:
        """Make the digest of these verdicts; now_ms: monotonic. Hosts not seen for an hour have no part in it: nodes
        forget them at different times."""
        if self._began_ms is None:
            self._began_ms = now_ms
        self._judged = {
            host: self._judge(host, f"{host} {verdict.seen.incarnation} {verdict.state}", now_ms)
            for host, verdict in verdicts
            if verdict is not None and verdict.for_ms <= HOUR
        }
        if now_ms - self._began_ms >= 2 * SETTLED_MS:
            settled = {host: one.mark for host, one in self._judged.items() if now_ms - one.since_ms >= SETTLED_MS}
            self.digest = digest(settled)

    def compare(self, digests: Mapping[str, str], now_ms: float) -> None:
        """Compare with the digests of other web nodes, by name."""
        found = {(name, bucket) for name, told in digests.items() for bucket in differing(self.digest, told)}
        self._since = {one: self._since.get(one, now_ms) for one in found}
        lasting = [name for (name, _), since_ms in self._since.items() if now_ms - since_ms > DIFFER_MS]
        self.differing = {name: lasting.count(name) for name in sorted(set(lasting))}

    def _judge(self, host: str, word: str, now_ms: float) -> _Judged:
        known = self._judged.get(host)
        return known if known and known.word == word else _Judged(word, now_ms, _mark(word))


def digest(marks: Mapping[str, int]) -> str:
    """The digest of hosts with what is made of each."""
    sums = [0] * BUCKETS
    for host, mark in marks.items():
        sums[zlib.crc32(host.encode()) % BUCKETS] ^= mark
    return "".join(f"{one:0{DIGITS}x}" for one in sums)


def differing(one: str, other: str) -> list[int]:
    """The buckets in which two digests differ; none where one is not known, or made in another way."""
    if len(one) != BUCKETS * DIGITS or len(other) != len(one):
        return []
    places = [slice(DIGITS * bucket, DIGITS * (bucket + 1)) for bucket in range(BUCKETS)]
    return [bucket for bucket, place in enumerate(places) if one[place] != other[place]]


def _mark(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=DIGITS // 2).digest())
