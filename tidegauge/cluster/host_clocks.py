"""What time it is at each host, by the quickest of its POSTs of the last minutes. Pure; for one thread at a time.

A POST tells the collector's clock as it was when it was sent. What a balancer holds up, because the node that it asked
first says nothing, makes that clock look behind and its rows look young; nothing makes it look ahead.
"""

from __future__ import annotations

from typing import NamedTuple

from tidegauge.cluster.presence import Fact, Key
from tidegauge.cluster.shard import EXACT_MS, OVERTAKEN_MS
from tidegauge.metrics.steps import MINUTE

LASTS_MS = 10 * MINUTE
"""A clock that was behind for so long is behind."""


class _Quickest(NamedTuple):
    """By how much a clock is ahead of the reader's, and when a POST said so last."""

    ahead_ms: float
    at_ms: float


class HostClocks:
    """The clocks of collectors, each incarnation's apart. Times are the reader's, monotonic."""

    def __init__(self) -> None:
        self._quickest: dict[Key, _Quickest] = {}

    def ahead_ms(self, fact: Fact) -> float:
        """By how much the clock of a fact's collector is ahead of the reader's.

        What is behind by no more than shards leave untold goes as the quickest POST said; what is behind by more than
        any POST is on its way was set back.
        """
        key, told = (fact.seen.host, fact.seen.incarnation), _Quickest(fact.ahead_ms, fact.at_ms)
        held = self._quickest.get(key, told)
        behind_ms, later_ms = held.ahead_ms - told.ahead_ms, told.at_ms - held.at_ms
        if later_ms < -LASTS_MS:
            return held.ahead_ms
        if behind_ms <= EXACT_MS:
            held = _Quickest(max(held.ahead_ms, told.ahead_ms), max(held.at_ms, told.at_ms))
        elif behind_ms > OVERTAKEN_MS or later_ms > LASTS_MS:
            held = told
        self._quickest[key] = held
        return held.ahead_ms

    def forget(self, since_ms: float) -> None:
        """Let go of collectors that were not seen since."""
        self._quickest = {key: one for key, one in self._quickest.items() if one.at_ms >= since_ms}
