"""Presence (rule 10): facts replicated, verdicts made by the reader, by arrival. Pure.

A shard is what one ingest node saw: one fact per (host, incarnation). Merging takes the freshest;
the order in which facts come does not matter.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from tidegauge.cluster.frames import Seen

State = Literal["live", "silent", "down", "stopped"]

SILENT_PERIODS = 4
DOWN_PERIODS = 5
DOWN_MS = 15_000

Key = tuple[str, str]


class Fact(NamedTuple):
    """What was seen of a collector, and when by the reader's monotonic clock."""

    seen: Seen
    at_ms: float


Facts = Mapping[Key, Fact]


class Verdict(NamedTuple):
    """What the reader makes of a host. for_ms: since it was last seen, live: since it is.

    now_ms: the host's own now. overlap: a second incarnation was seen within the silent time.
    """

    state: State
    for_ms: float
    now_ms: float
    seen: Seen
    overlap: bool


def add(facts: Facts, seen: Seen, at_ms: float) -> dict[Key, Fact]:
    """The facts with one more; of two on the same collector the later seen stays."""
    key = (seen.host, seen.incarnation)
    fact = Fact(seen, at_ms - seen.ago_ms)
    held = facts.get(key)
    if held is not None and (held.at_ms, held.seen.seq) > (fact.at_ms, fact.seen.seq):
        return dict(facts)
    return {**facts, key: fact}


def silent_ms(seen: Seen) -> float:
    """After how long without a POST a collector is silent."""
    return SILENT_PERIODS * seen.period_ms


def down_ms(seen: Seen) -> float:
    """After how long without a POST a collector is down."""
    return max(DOWN_MS, DOWN_PERIODS * seen.period_ms)


def state(fact: Fact, now_ms: float) -> State:
    """One collector's state as the reader sees it at `now_ms`."""
    ago = now_ms - fact.at_ms
    if fact.seen.stopping:
        return "stopped"
    if ago > down_ms(fact.seen):
        return "down"
    return "silent" if ago > silent_ms(fact.seen) else "live"


def judge(facts: Iterable[Fact], now_ms: float) -> Verdict | None:
    """The verdict on one host from the facts of all its incarnations; None without any.

    The greatest incarnation still seen speaks for the host; if none is, the one seen last.
    """
    by_incarnation = sorted(facts, key=lambda fact: fact.seen.incarnation)
    if not by_incarnation:
        return None
    seen_now = [fact for fact in by_incarnation if state(fact, now_ms) == "live"]
    shown = seen_now[-1] if seen_now else max(by_incarnation, key=lambda fact: (fact.at_ms, fact.seen.incarnation))
    ago = now_ms - shown.at_ms
    return Verdict(state(shown, now_ms), ago, shown.seen.now_ms + ago, shown.seen, len(seen_now) > 1)


def forget(facts: Facts, now_ms: float, superseded_ms: float, lost_ms: float = math.inf) -> dict[Key, Fact]:
    """The facts less those not seen for so long: of an older incarnation of a host, of the newest."""
    newest: dict[str, str] = {}
    for host, incarnation in facts:
        newest[host] = max(newest.get(host, ""), incarnation)
    return {
        (host, incarnation): fact
        for (host, incarnation), fact in facts.items()
        if now_ms - fact.at_ms <= (lost_ms if newest[host] == incarnation else superseded_ms)
    }
