"""Presence (rule 10): facts replicated, verdicts made by the reader, by arrival. Pure.

A fact is what one node saw of one incarnation of a host's collector. Nodes tell facts in shards
(`shard`, `replica`), nodes of the version before as frames Seen. The order in which facts come does
not matter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Literal, NamedTuple

import msgspec

from tidegauge.cluster.frames import Seen
from tidegauge.metrics.wire import Queue

State = Literal["live", "silent", "down", "stopped", "unknown"]
"""unknown: of a host that is suspended and was never judged."""

SILENT_PERIODS = 4
DOWN_PERIODS = 5
DOWN_MS = 15_000
STOP_MS = 250
"""A POST that was sent so little after a clean stop, or before it, was sent before it."""
YOUNG_PERIODS = 4

Key = tuple[str, str]


class Fact(NamedTuple):
    """What was seen of a collector, and when by the reader's monotonic clock.

    seen is as it was told, which was `by_ms` before `at_ms`: `advance` makes it what it was then.
    """

    seen: Seen
    at_ms: float
    by_ms: float = 0.0

    @property
    def sent_ms(self) -> float:
        """When its last POST was sent, by the collector's clock."""
        return self.seen.now_ms + self.by_ms

    @property
    def ahead_ms(self) -> float:
        """By how much the collector's clock is ahead of the reader's, less what its last POST was on its way."""
        return self.sent_ms - self.at_ms


Facts = Mapping[Key, Fact]
AheadMs = Callable[[Fact], float]
"""By how much a collector's clock is ahead of the reader's."""
BY_LAST_POST: AheadMs = attrgetter("ahead_ms")


class Verdict(NamedTuple):
    """What the reader makes of a host. for_ms: since it was last seen, live: since it is.

    now_ms: the host's own now. overlap: a second incarnation was seen within the silent time.
    suspended: why the reader cannot know whether the state is still what it was; "" if it can.
    """

    state: State
    for_ms: float
    now_ms: float
    seen: Seen
    overlap: bool
    suspended: str = ""


def add(facts: Facts, seen: Seen, at_ms: float) -> dict[Key, Fact]:
    """The facts with one more; of two on the same collector the later seen stays, and the newest row of both."""
    key = (seen.host, seen.incarnation)
    fact = Fact(seen, at_ms - seen.ago_ms)
    if (held := facts.get(key)) is not None:
        newest_ms = max(held.seen.newest_ms, seen.newest_ms)
        fact = max(held, fact, key=lambda one: (one.at_ms, one.seen.seq))
        if fact.seen.newest_ms != newest_ms:
            fact = fact._replace(seen=msgspec.structs.replace(fact.seen, newest_ms=newest_ms))
    return {**facts, key: fact}


def advance(told: Seen, by_ms: float) -> Seen:
    """A collector that is seen again so much later, and of which nothing else was told.

    Its clock and its newest row go on with the time. So do the ends of its queue that were young: they
    are of a record on its way. An older end is of a backlog, and stays.
    """
    by = round(by_ms)
    if not by:
        return told
    young_ms = told.now_ms - YOUNG_PERIODS * told.period_ms
    from_ms, to_ms = (
        time if time is None or time < young_ms else time + by for time in (told.queue.from_ms, told.queue.to_ms)
    )
    return Seen(
        host=told.host,
        name=told.name,
        incarnation=told.incarnation,
        seq=told.seq,
        period_ms=told.period_ms,
        now_ms=told.now_ms + by,
        offset_ms=told.offset_ms,
        queue=Queue(told.queue.count, from_ms, to_ms) if told.queue.count else told.queue,
        stopping=told.stopping,
        problem=told.problem,
        newest_ms=told.newest_ms + by if told.newest_ms else 0,
    )


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


def judge(
    facts: Iterable[Fact], now_ms: float, known_ms: float = math.inf, ahead_ms: AheadMs = BY_LAST_POST
) -> Verdict | None:
    """The verdict on one host from all facts on all its incarnations; None without any.

    known_ms: until when the reader was told of all that nodes saw: nobody is silent for what may have been
    seen since. The greatest incarnation still seen speaks for the host; if none is, the one seen last.
    """
    until_ms = min(now_ms, known_ms)
    shown, overlap = speaker(facts, until_ms)
    if shown is None:
        return None
    seen = advance(shown.seen, shown.by_ms)
    return Verdict(state(shown, until_ms), now_ms - shown.at_ms, now_ms + ahead_ms(shown), seen, overlap)


def speaker(facts: Iterable[Fact], until_ms: float) -> tuple[Fact | None, bool]:
    """The fact that speaks for its host, and whether another incarnation is seen, too."""
    lives: dict[str, list[Fact]] = {}
    for fact in facts:
        lives.setdefault(fact.seen.incarnation, []).append(fact)
    by_incarnation = [_last(lives[incarnation]) for incarnation in sorted(lives)]
    if len(by_incarnation) < 2:
        return (by_incarnation[0] if by_incarnation else None), False
    seen_now = [fact for fact in by_incarnation if state(fact, until_ms) == "live"]
    shown = seen_now[-1] if seen_now else max(by_incarnation, key=lambda fact: (fact.at_ms, fact.seen.incarnation))
    return shown, len(seen_now) > 1


def _last(facts: list[Fact]) -> Fact:
    """What speaks of one incarnation: the fact seen last, unless that POST was sent before a clean stop that
    another node took: an order that only the collector's own clock knows."""
    if len(facts) == 1:
        return facts[0]
    last = max(facts, key=lambda fact: (fact.at_ms, fact.seen.seq))
    stop = max((fact for fact in facts if fact.seen.stopping), key=lambda fact: fact.at_ms, default=last)
    return stop if stop.sent_ms >= last.sent_ms - STOP_MS else last


def newest_ms(facts: Iterable[Fact], ahead_ms: AheadMs = BY_LAST_POST) -> float | None:
    """When the newest row of a host was taken, by the reader's monotonic clock; None where none was."""
    taken = (fact.seen.newest_ms + fact.by_ms - ahead_ms(fact) for fact in facts if fact.seen.newest_ms)
    return max(taken, default=None)


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
